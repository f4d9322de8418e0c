// Snappy as Kafka's clients write it: blocks inside the framing of the xerial Java library, or one
// bare block (some clients). The framing: a header of 16 bytes (a magic of 8, version, least
// compatible version), then (int32 length, block) until the end.
#include <snappy.h>

#include <algorithm>
#include <cstring>

#include "codec/codecs.h"
#include "codec/record_batch.h"
#include "wire/assert.h"

namespace understudy::codec::detail {
namespace {

constexpr std::uint8_t kMagicBytes[8] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::int32_t kVersion = 1;
constexpr std::size_t kHeaderSize = sizeof kMagicBytes + 4 + 4;
constexpr std::size_t kBlockSize = 32 * 1024;         // what SnappyOutputStream puts into a block
constexpr std::size_t kSnappyOutputChunk = 2 * 1024;  // the buffer through which Kafka reads
// An element of 3 bytes makes at most 64; a block that promises more than this is not one. So a few
// bytes cannot make us reserve gigabytes.
constexpr std::size_t kMostPerByte = 64;

bool has_magic(ByteView in) {
  return in.size() >= sizeof kMagicBytes &&
         std::memcmp(in.data(), kMagicBytes, sizeof kMagicBytes) == 0;
}

bool uncompress_block(ByteView block, std::vector<std::uint8_t>& out) {
  const std::string_view text = text_of(block);
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(text.data(), text.size(), &size)) return false;
  if (size > kMostPerByte * block.size()) return false;
  out.resize(size);
  return snappy::RawUncompress(text.data(), text.size(), reinterpret_cast<char*>(out.data()));
}

class SnappyStream final : public Decompressor {
 public:
  // Framed: `rest` begins behind the header.
  explicit SnappyStream(ByteView rest) : rest_(rest) {}
  // A bare block, already uncompressed.
  explicit SnappyStream(std::vector<std::uint8_t> block) : block_(std::move(block)) {}

  std::size_t chunk_size() const override { return kSnappyOutputChunk; }

  // Goes on over the ends of blocks until `out` is full, as SnappyInputStream does.
  Read read(std::span<std::uint8_t> out) override {
    std::size_t count = 0;
    while (count < out.size()) {
      if (position_ == block_.size()) {
        const Status status = next_block();
        if (status == Status::kError) return {status, 0};
        if (status == Status::kEnd) break;
        continue;
      }
      const std::size_t size = std::min(out.size() - count, block_.size() - position_);
      std::memcpy(out.data() + count, block_.data() + position_, size);
      position_ += size;
      count += size;
    }
    return {count > 0 ? Status::kData : Status::kEnd, count};
  }

 private:
  Status next_block() {
    position_ = 0;
    block_.clear();
    for (;;) {
      if (rest_.size() < 4) {  // up to three stray bytes are the end
        rest_ = {};
        return Status::kEnd;
      }
      if (std::memcmp(rest_.data(), kMagicBytes, 4) != 0) break;
      // Streams may follow each other. A header that is none ends the data.
      if (rest_.size() < kHeaderSize)
        return fail("a snappy stream inside the stream has no whole header").status;
      if (!has_magic(rest_)) {
        rest_ = rest_.subspan(kHeaderSize);
        return Status::kEnd;
      }
      if (load<std::int32_t>(rest_.data() + sizeof kMagicBytes) < kVersion) {
        return fail("a snappy stream of an unknown version").status;
      }
      rest_ = rest_.subspan(kHeaderSize);
    }
    const auto size = load<std::int32_t>(rest_.data());
    rest_ = rest_.subspan(4);
    if (size < 0 || static_cast<std::size_t>(size) > rest_.size()) {
      return fail("the snappy stream ends inside a block").status;
    }
    const ByteView block = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(block.size());
    if (!uncompress_block(block, block_)) {
      block_.clear();
      return fail("a snappy block is damaged").status;
    }
    return Status::kData;
  }

  ByteView rest_;
  std::vector<std::uint8_t> block_;
  std::size_t position_ = 0;
};

}  // namespace

OpenedStream open_snappy(ByteView compressed) {
  if (compressed.empty()) return refused_stream("the snappy stream is empty");
  if (compressed.size() < kHeaderSize || !has_magic(compressed)) {
    std::vector<std::uint8_t> block;
    if (!uncompress_block(compressed, block)) return refused_stream("the snappy block is damaged");
    return {{}, std::make_unique<SnappyStream>(std::move(block))};
  }
  // The version in the first header is not looked at (snappy-java 1.1.10), unlike that of a stream
  // behind it.
  return {{}, std::make_unique<SnappyStream>(compressed.subspan(kHeaderSize))};
}

std::vector<std::uint8_t> compress_snappy(ByteView bytes, SnappyForm form) {
  const auto append_block = [](ByteView block, std::vector<std::uint8_t>& out) {
    const std::string_view text = text_of(block);
    const std::size_t start = out.size();
    out.resize(start + snappy::MaxCompressedLength(text.size()));
    std::size_t size = 0;
    snappy::RawCompress(text.data(), text.size(), reinterpret_cast<char*>(out.data() + start),
                        &size);
    out.resize(start + size);
    return size;
  };
  std::vector<std::uint8_t> out;
  if (form == SnappyForm::kRaw) {
    append_block(bytes, out);
    return out;
  }
  out.assign(std::begin(kMagicBytes), std::end(kMagicBytes));
  out.resize(kHeaderSize);
  store(out.data() + sizeof kMagicBytes, kVersion);
  store(out.data() + sizeof kMagicBytes + 4, kVersion);
  for (std::size_t at = 0; at < bytes.size(); at += kBlockSize) {
    const std::size_t length_at = out.size();
    out.resize(length_at + 4);
    const std::size_t size =
        append_block(bytes.subspan(at, std::min(kBlockSize, bytes.size() - at)), out);
    store(out.data() + length_at, static_cast<std::int32_t>(size));
  }
  return out;
}

}  // namespace understudy::codec::detail
