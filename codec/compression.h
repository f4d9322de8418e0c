// Compression of the records inside a batch: one interface over zlib, snappy, lz4 and zstd.
//
// Decompression is a stream of chunks, so that a batch can be looked through in bounded memory
// however far it expands, and so that a damaged stream fails at the record at which it fails in
// Kafka: chunk sizes follow the Java streams that Kafka 4.4 stacks (GzipCompression,
// SnappyCompression, ...), because bytes that come out of the read that fails are lost there.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/verdict.h"

namespace understudy::codec {

// The ids of attribute bits 0 to 2. From the wire 5, 6 and 7 may come as well; they name no codec.
enum class CompressionType : std::uint8_t {
  kNone = 0,
  kGzip = 1,
  kSnappy = 2,
  kLz4 = 3,
  kZstd = 4
};

inline bool is_known(CompressionType type) { return type <= CompressionType::kZstd; }

// "none", "gzip", "snappy", "lz4", "zstd"; "unknown" for 5 to 7.
std::string_view name_of(CompressionType type);

// The topic configs compression.gzip.level, compression.lz4.level and compression.zstd.level.
struct CompressionLevels {
  int gzip = -1;
  int lz4 = 9;
  int zstd = 3;
};

// What a batch may expand to while it is only walked over: as in Kafka there is no limit.
inline constexpr std::size_t kAnySize = std::numeric_limits<std::size_t>::max();

// What is in memory whole, in Kafka as objects on the heap: a batch that is compressed again, an
// old message. One array's worth of it is enough, the largest that a JVM makes.
inline constexpr std::size_t kMaxWholeBytes = 2147483639;

// What `compress` writes for snappy. Kafka writes framed; some clients send bare blocks.
enum class SnappyForm : std::uint8_t { kFramed, kRaw };

std::vector<std::uint8_t> compress(CompressionType type, ByteView bytes,
                                   const CompressionLevels& levels = {},
                                   SnappyForm snappy_form = SnappyForm::kFramed);

// A compressed stream, read like the Java stream that stands in its place in Kafka.
class Decompressor {
 public:
  enum class Status : std::uint8_t {
    kData,
    kEnd,
    kError,      // in Kafka an exception of the decompressor: UNKNOWN_SERVER_ERROR
    kUnderflow,  // in Kafka a BufferUnderflowException: INVALID_RECORD when it strikes inside a
                 // record
  };
  struct Read {
    Status status;
    std::size_t count;  // bytes written; may be 0 with kData (an empty lz4 block), which Kafka
                        // takes for the end
  };

  virtual ~Decompressor() = default;

  // Fills `out` as far as one read of the Java stream would. What had been written before an error
  // is lost.
  virtual Read read(std::span<std::uint8_t> out) = 0;

  // The size of the buffer through which Kafka reads this stream.
  virtual std::size_t chunk_size() const = 0;

  std::string_view error_text() const { return error_text_; }

 protected:
  Read fail(std::string_view text, Status status = Status::kError) {
    error_text_ = text;
    return {status, 0};
  }

 private:
  std::string error_text_;
};

struct OpenedStream {
  Verdict verdict;  // UNKNOWN_SERVER_ERROR if the beginning of the stream is no beginning
  std::unique_ptr<Decompressor> stream;
};

// The frames in messages of magic 0 have a header checksum that was taken over too much
// (KAFKA-3160); Kafka does not look at it.
enum class Lz4HeaderChecksum : std::uint8_t { kChecked, kIgnored };

// `type` is one of the four codecs; `compressed` must outlive the stream.
OpenedStream open_stream(CompressionType type, ByteView compressed,
                         Lz4HeaderChecksum lz4_header = Lz4HeaderChecksum::kChecked);

struct Decompressed {
  Verdict verdict;  // UNKNOWN_SERVER_ERROR for a damaged stream, INVALID_RECORD above the limit
  std::vector<std::uint8_t> bytes;
};

// The whole stream at once, at most `max_bytes` of it. kNone copies.
Decompressed decompress(CompressionType type, ByteView compressed, std::size_t max_bytes = kAnySize,
                        Lz4HeaderChecksum lz4_header = Lz4HeaderChecksum::kChecked);

}  // namespace understudy::codec
