// zstd frames, one behind the other, cut into reads as zstd-jni's ZstdInputStream does it. No
// compressed bytes at all are an empty stream there, not an error.
#include <zstd.h>

#include <algorithm>

#include "codec/codecs.h"
#include "wire/assert.h"

namespace understudy::codec::detail {
namespace {

constexpr std::size_t kZstdOutputChunk = 16 * 1024;  // the buffer through which Kafka reads

class ZstdStream final : public Decompressor {
 public:
  explicit ZstdStream(ByteView compressed) : rest_(compressed), context_(ZSTD_createDCtx()) {
    ASSERT(context_ != nullptr);
  }
  ~ZstdStream() override { ZSTD_freeDCtx(context_); }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  std::size_t chunk_size() const override { return kZstdOutputChunk; }

  // A read ends with the frame, when `out` is full, or when nothing more comes.
  Read read(std::span<std::uint8_t> out) override {
    for (;;) {
      const Read result = read_some(out);
      if (result.status != Status::kData || result.count > 0) return result;
    }
  }

 private:
  Read read_some(std::span<std::uint8_t> out) {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    for (bool progress = true; output.pos < output.size && progress;) {
      if (needs_input_ && (!rest_.empty() || output.pos == 0)) {
        if (!fill()) {
          if (frame_finished_) return {Status::kEnd, 0};
          return fail("the zstd stream ends too early");
        }
        frame_finished_ = false;
      }
      const std::size_t before = output.pos;
      const std::size_t code = ZSTD_decompressStream(context_, &output, &input_);
      if (ZSTD_isError(code)) return fail(std::string("zstd: ") + ZSTD_getErrorName(code));
      if (code == 0) {
        frame_finished_ = true;
        needs_input_ = input_.pos == input_.size;
        break;
      }
      needs_input_ = output.pos < output.size;
      progress = output.pos > before;
    }
    return {Status::kData, output.pos};
  }

  bool fill() {
    const std::size_t size = std::min(ZSTD_DStreamInSize(), rest_.size());
    input_ = {rest_.data(), size, 0};
    rest_ = rest_.subspan(size);
    return size > 0;
  }

  ByteView rest_;
  ZSTD_DCtx* context_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool needs_input_ = true;
  bool frame_finished_ = true;
};

}  // namespace

OpenedStream open_zstd(ByteView compressed) {
  return {{}, std::make_unique<ZstdStream>(compressed)};
}

std::vector<std::uint8_t> compress_zstd(ByteView bytes, int level) {
  std::vector<std::uint8_t> out(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  ASSERT(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

}  // namespace understudy::codec::detail
