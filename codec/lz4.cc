// The lz4 frame format as Kafka's Lz4BlockInputStream reads it: one frame of independent blocks;
// bytes behind it are not looked at, nor is the content checksum. liblz4's own frame reader accepts
// and refuses other things.
#include <lz4.h>
#include <lz4frame.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "codec/codecs.h"
#include "wire/assert.h"

namespace understudy::codec::detail {
namespace {

constexpr std::uint32_t kMagicNumber = 0x184d2204;
constexpr std::uint32_t kStoredBit = 0x80000000;   // a block that is not compressed
constexpr std::size_t kLz4OutputChunk = 2 * 1024;  // the buffer through which Kafka reads
constexpr int kFrameVersion = 1;

std::uint32_t load_little(const std::uint8_t* at) {
  return std::uint32_t{at[0]} | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 |
         std::uint32_t{at[3]} << 24;
}

struct FrameHeader {
  std::size_t size = 0;  // 0: it is none, and text says why
  std::string_view text;
  std::size_t max_block_size = 0;
  bool has_block_checksums = false;
  bool has_content_checksum = false;
};

FrameHeader parse_frame_header(ByteView in, Lz4HeaderChecksum checksum) {
  constexpr std::size_t kFlagsAt = 4;
  constexpr std::size_t kBlockByteAt = 5;
  FrameHeader header;
  const auto refuse = [&header](std::string_view text) {
    header.text = text;
    return header;
  };
  if (in.size() < kBlockByteAt + 1) return refuse("the lz4 stream ends inside its header");
  if (load_little(in.data()) != kMagicNumber) return refuse("not in lz4's frame format");
  const std::uint8_t flags = in[kFlagsAt];
  if (flags & 3) return refuse("the lz4 header sets bits that must be 0");
  if (!(flags & 0x20)) return refuse("lz4 blocks that depend on each other are not supported");
  if (flags >> 6 != kFrameVersion) return refuse("the lz4 frame has an unknown version");
  const std::uint8_t block_byte = in[kBlockByteAt];
  const int block_size_id = block_byte >> 4 & 7;
  if (block_byte & 0x8f) return refuse("the lz4 header sets bits that must be 0");
  if (block_size_id < 4) return refuse("the lz4 header names an unknown block size");
  header.max_block_size = std::size_t{1} << (2 * block_size_id + 8);
  header.has_block_checksums = (flags & 0x10) != 0;
  header.has_content_checksum = (flags & 0x04) != 0;
  const std::size_t checksum_at =
      kBlockByteAt + 1 + (flags & 0x08 ? 8 : 0);  // behind a content size
  if (in.size() < checksum_at + 1) return refuse("the lz4 stream ends inside its header");
  const std::uint32_t hash = XXH32(in.data() + kFlagsAt, checksum_at - kFlagsAt, 0);
  if (checksum == Lz4HeaderChecksum::kChecked &&
      in[checksum_at] != static_cast<std::uint8_t>(hash >> 8)) {
    return refuse("the lz4 header's checksum is wrong");
  }
  header.size = checksum_at + 1;
  return header;
}

class Lz4Stream final : public Decompressor {
 public:
  Lz4Stream(ByteView compressed, const FrameHeader& header)
      : header_(header), rest_(compressed.subspan(header.size)) {}

  std::size_t chunk_size() const override { return kLz4OutputChunk; }

  // Never goes over the end of a block.
  Read read(std::span<std::uint8_t> out) override {
    if (finished_) return {Status::kEnd, 0};
    if (block_.empty()) {
      const Read next = next_block();
      if (next.status != Status::kData) return next;
    }
    const std::size_t size = std::min(out.size(), block_.size());
    if (size > 0) std::memcpy(out.data(), block_.data(), size);
    block_ = block_.subspan(size);
    return {Status::kData, size};
  }

 private:
  Read next_block() {
    if (rest_.size() < 4) return fail("the lz4 stream ends too early");
    const std::uint32_t word = load_little(rest_.data());
    rest_ = rest_.subspan(4);
    const std::size_t size = word & ~kStoredBit;
    if (size == 0) return end_of_frame();
    if (size > header_.max_block_size) return fail("an lz4 block is larger than the header allows");
    if (rest_.size() < size) return fail("the lz4 stream ends inside a block");
    const ByteView stored = rest_.first(size);
    if (word & kStoredBit) {
      block_ = stored;
    } else if (!uncompress(stored)) {
      return fail("an lz4 block is damaged");
    }
    rest_ = rest_.subspan(size);
    if (header_.has_block_checksums) {
      if (rest_.size() < 4) return underflow();
      const std::uint32_t expected = load_little(rest_.data());
      rest_ = rest_.subspan(4);
      if (XXH32(stored.data(), stored.size(), 0) != expected) {
        block_ = {};
        return fail("an lz4 block's checksum is wrong");
      }
    }
    return {Status::kData, 0};
  }

  Read end_of_frame() {
    finished_ = true;
    if (header_.has_content_checksum && rest_.size() < 4) return underflow();
    return {Status::kEnd, 0};
  }

  Read underflow() {
    block_ = {};
    return fail("the lz4 stream ends before a checksum", Status::kUnderflow);
  }

  bool uncompress(ByteView block) {
    buffer_.resize(header_.max_block_size);
    const int size = LZ4_decompress_safe(
        reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(buffer_.data()),
        static_cast<int>(block.size()), static_cast<int>(buffer_.size()));
    if (size < 0) return false;
    block_ = ByteView(buffer_).first(static_cast<std::size_t>(size));
    return true;
  }

  FrameHeader header_;
  ByteView rest_;
  ByteView block_;  // what is left of the block at hand
  std::vector<std::uint8_t> buffer_;
  bool finished_ = false;
};

}  // namespace

OpenedStream open_lz4(ByteView compressed, Lz4HeaderChecksum checksum) {
  const FrameHeader header = parse_frame_header(compressed, checksum);
  if (header.size == 0) return refused_stream(std::string(header.text));
  return {{}, std::make_unique<Lz4Stream>(compressed, header)};
}

std::vector<std::uint8_t> compress_lz4(ByteView bytes, int level) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.compressionLevel = level;
  std::vector<std::uint8_t> out(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const std::size_t size =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  ASSERT(!LZ4F_isError(size));
  out.resize(size);
  return out;
}

}  // namespace understudy::codec::detail
