// The decompressed records of a batch as Kafka's iterators see them, piece by piece
// (ChunkedBytesStream over the stream of a codec). Internal to codec.
//
// Reading at the end of the data is no error by itself: as in Java it gives -1, and what reads a
// varint takes that for a byte with all bits set, so that the varint is too long.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/compression.h"
#include "codec/record_batch.h"
#include "codec/verdict.h"

namespace understudy::codec::detail {

class RecordStream {
 public:
  RecordStream(CompressionType type, ByteView compressed, std::size_t max_bytes);

  // What opening or reading the stream came to. Once bad, everything below gives nothing more.
  bool failed() const { return failure_ != Failure::kNone; }
  // A failure while a record's fields were read one by one (readPartiallyFrom), or elsewhere: they
  // differ for a stream that ends before a checksum.
  enum class Where : std::uint8_t { kInsideFields, kElsewhere };
  Verdict verdict(Where where) const;

  int read_byte();                         // -1 at the end
  bool read_varint(std::int32_t& value);   // false: too long (or the end)
  bool read_varlong(std::int64_t& value);  // false: too long (or the end)
  bool skip(std::int32_t size);            // false: the end came first

  // The next `size` bytes, in one piece: valid until the next call of anything. Shorter if the end
  // came first.
  ByteView read_piece(std::size_t size);
  // The piece that was read last, as bytes that stay.
  std::vector<std::uint8_t> take_piece(ByteView piece);

 private:
  enum class Failure : std::uint8_t { kNone, kStream, kUnderflow, kTooLarge };

  bool fill();  // false: nothing came
  std::size_t read_into(std::span<std::uint8_t> out);
  ByteView available() const { return ByteView(chunk_).subspan(position_, count_ - position_); }

  std::unique_ptr<Decompressor> stream_;
  std::vector<std::uint8_t> chunk_;
  std::size_t position_ = 0;
  std::size_t count_ = 0;
  std::size_t budget_;  // decompressed bytes that may still come
  std::size_t max_bytes_;
  std::vector<std::uint8_t> piece_;
  Failure failure_ = Failure::kNone;
  std::string failure_text_;
};

}  // namespace understudy::codec::detail
