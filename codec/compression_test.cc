#include "codec/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <random>
#include <string>

#include "codec/crc32c.h"
#include "codec/testing/support.h"

namespace understudy::codec {
namespace {

using test::Bytes;
using test::bytes_of;
using test::joined;
using test::kCodecs;

Bytes noise(std::size_t size) {
  std::mt19937 random(7);
  Bytes out(size);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

Bytes words(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += "word " + std::to_string(i % 97) + ", ";
  text.resize(size);
  return bytes_of(text);
}

// Each stream in both of the ways in which the bytes can be compressible or not, over one block and
// many.
std::vector<Bytes> samples() {
  return {bytes_of("x"), bytes_of("hello, hello, hello, hello"),
          words(1000),   words(300000),
          noise(1000),   noise(200000)};
}

std::string name(CompressionType type) { return std::string(name_of(type)); }

TEST(Crc32c, GivesTheCheckValue) {
  EXPECT_EQ(crc32c("123456789", 9), 0xe3069283u);
  EXPECT_EQ(crc32c("", 0), 0u);
}

TEST(Crc32c, GoesOnWhereItStopped) {
  const Bytes all = noise(10000);
  for (const std::size_t cut : {0, 1, 7, 64, 4096, 9999, 10000}) {
    EXPECT_EQ(crc32c(all.data() + cut, all.size() - cut, crc32c(all.data(), cut)),
              crc32c(all.data(), all.size()));
  }
}

TEST(Compression, GivesBackWhatWasCompressed) {
  for (const CompressionType type : kCodecs) {
    for (const Bytes& sample : samples()) {
      const Decompressed back = decompress(type, compress(type, sample));
      ASSERT_TRUE(back.verdict.ok()) << name(type) << ": " << back.verdict.text;
      EXPECT_EQ(back.bytes, sample) << name(type);
    }
  }
}

TEST(Compression, GivesBackWhatWasCompressedAtEveryLevel) {
  const Bytes sample = words(5000);
  for (const int gzip : {-1, 1, 6, 9}) {
    EXPECT_EQ(
        decompress(CompressionType::kGzip, compress(CompressionType::kGzip, sample, {.gzip = gzip}))
            .bytes,
        sample);
  }
  for (const int lz4 : {1, 9, 17}) {
    EXPECT_EQ(
        decompress(CompressionType::kLz4, compress(CompressionType::kLz4, sample, {.lz4 = lz4}))
            .bytes,
        sample);
  }
  for (const int zstd : {-5, 1, 3, 19}) {
    EXPECT_EQ(
        decompress(CompressionType::kZstd, compress(CompressionType::kZstd, sample, {.zstd = zstd}))
            .bytes,
        sample);
  }
}

TEST(Compression, GivesNothingForNothing) {
  EXPECT_EQ(decompress(CompressionType::kNone, bytes_of("abc")).bytes, bytes_of("abc"));
  EXPECT_FALSE(decompress(CompressionType::kNone, bytes_of("abc"), 2).verdict.ok());
}

TEST(Compression, RefusesAnEmptyStreamExceptInZstd) {
  for (const CompressionType type : kCodecs) {
    const Decompressed result = decompress(type, {});
    if (type == CompressionType::kZstd) {
      EXPECT_TRUE(result.verdict.ok());
    } else {
      EXPECT_EQ(result.verdict.error, ErrorCode::kUnknownServerError) << name(type);
    }
  }
}

TEST(Compression, StopsABombAtTheLimit) {
  const Bytes zeros(8 << 20);
  for (const CompressionType type : kCodecs) {
    const Bytes bomb = compress(type, zeros);
    EXPECT_LT(bomb.size(), zeros.size() / 15) << name(type);
    EXPECT_EQ(decompress(type, bomb, zeros.size()).bytes.size(), zeros.size()) << name(type);
    const Decompressed stopped = decompress(type, bomb, zeros.size() - 1);
    EXPECT_EQ(stopped.verdict.error, ErrorCode::kInvalidRecord) << name(type);
    EXPECT_TRUE(stopped.bytes.empty()) << name(type);
  }
}

TEST(Compression, RefusesEveryCutStream) {
  const Bytes sample = words(3000);
  for (const CompressionType type : kCodecs) {
    const Bytes whole = compress(type, sample);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const Decompressed result = decompress(type, ByteView(whole).first(size));
      // Behind the header of framed snappy the stream may end anywhere between blocks, as in Kafka:
      // up to three stray bytes are no block.
      const bool is_end = type == CompressionType::kSnappy && size >= 16 && size < 20;
      EXPECT_EQ(result.verdict.ok(), is_end) << name(type) << " cut to " << size;
      if (is_end) {
        EXPECT_TRUE(result.bytes.empty());
      }
    }
  }
}

TEST(Compression, RefusesNoise) {
  for (const CompressionType type : kCodecs) {
    EXPECT_EQ(decompress(type, noise(500)).verdict.error, ErrorCode::kUnknownServerError)
        << name(type);
  }
}

TEST(Gzip, ReadsSeveralMembers) {
  const Bytes two = joined(compress(CompressionType::kGzip, bytes_of("one ")),
                           compress(CompressionType::kGzip, bytes_of("two")));
  EXPECT_EQ(decompress(CompressionType::kGzip, two).bytes, bytes_of("one two"));
  const Bytes sample = words(100000);  // members larger than the buffer that Java reads through
  const Bytes many = joined(compress(CompressionType::kGzip, noise(20000)),
                            compress(CompressionType::kGzip, sample));
  EXPECT_EQ(decompress(CompressionType::kGzip, many).bytes, joined(noise(20000), sample));
}

TEST(Gzip, IgnoresWhatFollowsTheLastMember) {
  const Bytes stream = compress(CompressionType::kGzip, bytes_of("text"));
  for (const std::size_t size : {1, 4, 30, 5000}) {
    const Decompressed result = decompress(CompressionType::kGzip, joined(stream, noise(size)));
    EXPECT_TRUE(result.verdict.ok()) << size;
    EXPECT_EQ(result.bytes, bytes_of("text"));
  }
}

TEST(Gzip, ReadsTheFieldsThatAHeaderMayHave) {
  const Bytes plain = compress(CompressionType::kGzip, bytes_of("text"));
  Bytes header(plain.begin(), plain.begin() + 10);
  header[3] = 2 | 4 | 8 | 16;
  header = joined(header, {3, 0, 'e', 'x', 't', 'n', 'a', 'm', 'e', 0, 'c', 0});
  const auto crc =
      static_cast<std::uint16_t>(crc32(0, header.data(), static_cast<uInt>(header.size())));
  const Bytes rest(plain.begin() + 10, plain.end());
  const Bytes good = joined(
      joined(header, {static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8)}), rest);
  EXPECT_EQ(decompress(CompressionType::kGzip, good).bytes, bytes_of("text"));
  const Bytes bad = joined(
      joined(header, {static_cast<std::uint8_t>(crc ^ 1), static_cast<std::uint8_t>(crc >> 8)}),
      rest);
  EXPECT_FALSE(decompress(CompressionType::kGzip, bad).verdict.ok());
}

TEST(Gzip, ChecksTheTrailer) {
  const Bytes stream = compress(CompressionType::kGzip, bytes_of("text"));
  for (std::size_t i = stream.size() - 8; i < stream.size(); ++i) {
    Bytes bad = stream;
    bad[i] ^= 1;
    EXPECT_FALSE(decompress(CompressionType::kGzip, bad).verdict.ok()) << i;
  }
}

TEST(Snappy, ReadsABareBlock) {
  for (const Bytes& sample : samples()) {
    const Bytes raw = compress(CompressionType::kSnappy, sample, {}, SnappyForm::kRaw);
    EXPECT_EQ(decompress(CompressionType::kSnappy, raw).bytes, sample);
  }
}

TEST(Snappy, WritesTheFramingOfTheJavaLibrary) {
  const Bytes framed = compress(CompressionType::kSnappy, bytes_of("abc"));
  const Bytes expected = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0,   0,   1,  0,
                          0,    0,   1,   0,   0,   0,   5,   3, 8, 'a', 'b', 'c'};
  EXPECT_EQ(framed, expected);
}

TEST(Snappy, ReadsStreamsThatFollowEachOther) {
  const Bytes one = compress(CompressionType::kSnappy, bytes_of("one "));
  const Bytes two = compress(CompressionType::kSnappy, bytes_of("two"));
  EXPECT_EQ(decompress(CompressionType::kSnappy, joined(one, two)).bytes, bytes_of("one two"));
  Bytes old = two;
  old[11] = 0;  // version 0
  EXPECT_FALSE(decompress(CompressionType::kSnappy, joined(one, old)).verdict.ok());
}

TEST(Snappy, DoesNotBelieveALengthThatCannotBe) {
  // A block that promises 2^31 bytes in six.
  const Bytes block = {0x80, 0x80, 0x80, 0x80, 0x08, 0};
  EXPECT_EQ(decompress(CompressionType::kSnappy, block).verdict.error,
            ErrorCode::kUnknownServerError);
}

TEST(Snappy, RefusesABlockThatIsLongerThanTheRest) {
  Bytes framed = compress(CompressionType::kSnappy, bytes_of("abc"));
  for (const std::uint8_t high : {0x7f, 0x80, 0xff}) {
    framed[16] = high;
    EXPECT_FALSE(decompress(CompressionType::kSnappy, framed).verdict.ok());
  }
}

TEST(Lz4, WritesIndependentBlocksOf64KiB) {
  const Bytes stream = compress(CompressionType::kLz4, words(100));
  const Bytes start(stream.begin(), stream.begin() + 6);
  EXPECT_EQ(start, (Bytes{0x04, 0x22, 0x4d, 0x18, 0x60, 0x40}));
}

TEST(Lz4, IgnoresWhatFollowsTheFrame) {
  const Bytes stream = compress(CompressionType::kLz4, bytes_of("text"));
  EXPECT_EQ(decompress(CompressionType::kLz4, joined(stream, noise(50))).bytes, bytes_of("text"));
  EXPECT_EQ(decompress(CompressionType::kLz4, joined(stream, stream)).bytes, bytes_of("text"));
}

TEST(Lz4, RefusesWhatKafkaDoesNotReadInAHeader) {
  const Bytes stream = compress(CompressionType::kLz4, bytes_of("text"));
  struct Change {
    std::size_t at;
    std::uint8_t value;
  };
  for (const auto& [at, value] :
       {Change{0, 5}, Change{4, 0x40}, Change{4, 0x20}, Change{4, 0x61}, Change{4, 0x62},
        Change{5, 0x41}, Change{5, 0x30}, Change{5, 0xc0}, Change{6, 0}}) {
    Bytes bad = stream;
    bad[at] = value;
    EXPECT_FALSE(decompress(CompressionType::kLz4, bad).verdict.ok()) << at;
  }
}

TEST(Zstd, ReadsSeveralFrames) {
  const Bytes two = joined(compress(CompressionType::kZstd, words(70000)),
                           compress(CompressionType::kZstd, bytes_of("two")));
  EXPECT_EQ(decompress(CompressionType::kZstd, two).bytes, joined(words(70000), bytes_of("two")));
}

TEST(Zstd, RefusesWhatFollowsTheLastFrame) {
  const Bytes stream = compress(CompressionType::kZstd, bytes_of("text"));
  for (const std::size_t size : {1, 4, 30}) {
    EXPECT_EQ(decompress(CompressionType::kZstd, joined(stream, noise(size))).verdict.error,
              ErrorCode::kUnknownServerError);
  }
}

}  // namespace
}  // namespace understudy::codec
