// gzip (RFC 1952) as java.util.zip.GZIPInputStream reads it: the members' headers and trailers are
// looked at here, zlib inflates what lies between them. zlib's own gzip mode is stricter about
// reserved flags and about what follows the last member.
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "codec/codecs.h"
#include "wire/assert.h"

namespace understudy::codec::detail {
namespace {

constexpr int kRawDeflate = -MAX_WBITS;
constexpr int kGzipFormat = MAX_WBITS + 16;
constexpr std::size_t kInputChunk =
    8 * 1024;  // Kafka's GzipCompression gives GZIPInputStream this buffer
constexpr std::size_t kGzipOutputChunk = 16 * 1024;  // and reads it through one of this size
constexpr std::size_t kTrailerSize = 8;
// GZIPInputStream looks for another member only if something is left unread or more than a trailer,
// a header and another trailer lie in its buffer.
constexpr std::size_t kLeastForAnotherMember = kTrailerSize + 10 + 8;

constexpr std::uint8_t kFlagHeaderCrc = 2;
constexpr std::uint8_t kFlagExtra = 4;
constexpr std::uint8_t kFlagName = 8;
constexpr std::uint8_t kFlagComment = 16;

std::uint32_t little_endian(ByteView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

// The size of a member's header, or 0 and why it is none.
struct MemberHeader {
  std::size_t size = 0;
  std::string_view text;
};

MemberHeader parse_member_header(ByteView in) {
  constexpr MemberHeader kShort{0, "the gzip stream ends inside a header"};
  if (in.size() < 2) return kShort;
  if (in[0] != 0x1f || in[1] != 0x8b) return {0, "not in gzip format"};
  if (in.size() < 10) return kShort;
  if (in[2] != 8) return {0, "the gzip header names an unknown compression method"};
  const std::uint8_t flags = in[3];
  std::size_t at = 10;
  if (flags & kFlagExtra) {
    if (in.size() - at < 2) return kShort;
    const std::size_t extra = little_endian(in.subspan(at, 2));
    if (in.size() - at - 2 < extra) return kShort;
    at += 2 + extra;
  }
  for (const std::uint8_t text_flag : {kFlagName, kFlagComment}) {
    if (!(flags & text_flag)) continue;
    const auto zero = std::find(in.begin() + static_cast<std::ptrdiff_t>(at), in.end(), 0);
    if (zero == in.end()) return kShort;
    at = static_cast<std::size_t>(zero - in.begin()) + 1;
  }
  if (flags & kFlagHeaderCrc) {
    if (in.size() - at < 2) return kShort;
    const auto computed = crc32(0, in.data(), static_cast<uInt>(at)) & 0xffff;
    if (computed != little_endian(in.subspan(at, 2)))
      return {0, "the gzip header's checksum is wrong"};
    at += 2;
  }
  return {at, {}};
}

class GzipStream final : public Decompressor {
 public:
  GzipStream(ByteView compressed, std::size_t first_header)
      : compressed_(compressed), position_(first_header) {
    ASSERT(inflateInit2(&zlib_, kRawDeflate) == Z_OK);
  }
  ~GzipStream() override { inflateEnd(&zlib_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  std::size_t chunk_size() const override { return kGzipOutputChunk; }

  Read read(std::span<std::uint8_t> out) override {
    while (!ended_) {
      const Read inflated = inflate_some(out);
      if (inflated.status != Status::kEnd) return inflated;
      const Read trailer = finish_member();
      if (trailer.status == Status::kError) return trailer;
    }
    return {Status::kEnd, 0};
  }

 private:
  // kEnd at the end of a member.
  Read inflate_some(std::span<std::uint8_t> out) {
    for (;;) {
      const std::size_t room = std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max());
      zlib_.next_out = out.data();
      zlib_.avail_out = static_cast<uInt>(room);
      const int code = member_ended_ ? Z_STREAM_END : ::inflate(&zlib_, Z_SYNC_FLUSH);
      const std::size_t count = room - zlib_.avail_out;
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        return fail("the gzip stream's compressed data is damaged");
      }
      if (code == Z_STREAM_END) member_ended_ = true;
      crc_ = static_cast<std::uint32_t>(crc32_z(crc_, out.data(), count));
      if (count > 0) return {Status::kData, count};
      if (member_ended_) return {Status::kEnd, 0};
      if (zlib_.avail_in == 0 && !fill()) return fail("the gzip stream ends too early");
    }
  }

  bool fill() {
    const std::size_t size = std::min(kInputChunk, compressed_.size() - position_);
    if (size == 0) return false;
    zlib_.next_in = const_cast<Bytef*>(compressed_.data() + position_);
    zlib_.avail_in = static_cast<uInt>(size);
    position_ += size;
    return true;
  }

  // Checks the trailer and turns to the next member, if there is one; sets ended_ if not.
  Read finish_member() {
    const std::size_t buffered = zlib_.avail_in;
    std::size_t at = position_ - buffered;
    if (compressed_.size() - at < kTrailerSize)
      return fail("the gzip stream ends inside a trailer");
    if (little_endian(compressed_.subspan(at, 4)) != crc_ ||
        little_endian(compressed_.subspan(at + 4, 4)) !=
            static_cast<std::uint32_t>(zlib_.total_out)) {
      return fail("the gzip trailer does not fit the data");
    }
    at += kTrailerSize;
    const bool unread = compressed_.size() > std::max(position_, at);
    ended_ = true;
    if (!unread && buffered <= kLeastForAnotherMember) return {Status::kEnd, 0};
    const MemberHeader header = parse_member_header(compressed_.subspan(at));
    if (header.size == 0) return {Status::kEnd, 0};  // what follows is ignored, as in Java
    ended_ = false;
    member_ended_ = false;
    crc_ = 0;
    ASSERT(inflateReset(&zlib_) == Z_OK);
    at += header.size;
    if (at < position_) {  // the rest of what was buffered comes first
      zlib_.next_in = const_cast<Bytef*>(compressed_.data() + at);
      zlib_.avail_in = static_cast<uInt>(position_ - at);
    } else {
      zlib_.avail_in = 0;
      position_ = at;
    }
    return {Status::kData, 0};
  }

  ByteView compressed_;
  std::size_t position_;  // behind what zlib was given
  z_stream zlib_{};
  std::uint32_t crc_ = 0;
  bool member_ended_ = false;
  bool ended_ = false;
};

}  // namespace

OpenedStream open_gzip(ByteView compressed) {
  const MemberHeader header = parse_member_header(compressed);
  if (header.size == 0) return refused_stream(std::string(header.text));
  return {{}, std::make_unique<GzipStream>(compressed, header.size)};
}

std::vector<std::uint8_t> compress_gzip(ByteView bytes, int level) {
  constexpr int kDefaultMemLevel = 8;
  z_stream zlib{};
  ASSERT(deflateInit2(&zlib, level, Z_DEFLATED, kGzipFormat, kDefaultMemLevel,
                      Z_DEFAULT_STRATEGY) == Z_OK);
  std::vector<std::uint8_t> out(deflateBound(&zlib, bytes.size()));
  ASSERT(bytes.size() <= std::numeric_limits<uInt>::max());
  ASSERT(out.size() <= std::numeric_limits<uInt>::max());
  zlib.next_in = const_cast<Bytef*>(bytes.data());
  zlib.avail_in = static_cast<uInt>(bytes.size());
  zlib.next_out = out.data();
  zlib.avail_out = static_cast<uInt>(out.size());
  ASSERT(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
  out.erase(out.end() - zlib.avail_out, out.end());
  deflateEnd(&zlib);
  return out;
}

}  // namespace understudy::codec::detail
