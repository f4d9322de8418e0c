#include <gtest/gtest.h>

#include <new>

#include "wire/messages/api_versions.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/metadata.h"
#include "wire/messages/produce.h"
#include "wire/messages/storage_records.h"
#include "wire/testing/support.h"

namespace {

std::size_t allocated_bytes = 0;

}  // namespace

// Counts what decoding asks for.
// Not inlined, or GCC takes the pair for mismatched: -Wmismatched-new-delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocated_bytes += size;
  void* memory = std::malloc(size != 0 ? size : 1);
  if (!memory) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace understudy::wire {
namespace {

template <class M>
std::string refusal(Version version, std::string_view hex, const DecodeOptions& options = {}) {
  M message;
  DecodeError error;
  if (decode(message, version, from_hex(hex), error, options)) return "";
  return std::string(error.reason) + " at " + error.path;
}

ProduceRequest produce(std::string_view records) {
  return {.transactional_id = "tx",
          .acks = -1,
          .timeout_ms = 30000,
          .topic_data = {{.name = "orders",
                          .partition_data = {{.index = 3, .records = Slice::copy_of(records)}}}}};
}

TEST(Decode, ReadsAProduceRequestWithoutCopyingItsRecords) {
  const Slice frame = encode(produce("RECORDS"), 9).joined();
  ProduceRequest request;
  DecodeError error;
  ASSERT_TRUE(decode(request, 9, frame, error)) << error.describe();
  EXPECT_TRUE(equal(request, produce("RECORDS")));
  const Records& records = *request.topic_data[0].partition_data[0].records;
  EXPECT_EQ(records.owner(), frame.owner());
  EXPECT_GT(records.data(), frame.data());
  EXPECT_LE(records.data() + records.size(), frame.data() + frame.size());
}

TEST(Decode, NamesTheReasonAndThePlace) {
  const Slice frame = encode(produce("RECORDS"), 9).joined();
  ProduceRequest request;
  DecodeError error;
  ASSERT_FALSE(decode(request, 9, frame.sub(0, frame.size() - 4), error));
  EXPECT_STREQ(error.reason, "length exceeds the rest of the frame");
  EXPECT_EQ(error.path, "topic_data[0].partition_data[0].records");
  EXPECT_EQ(error.position, 23U);
  EXPECT_EQ(error.describe(),
            "length exceeds the rest of the frame at topic_data[0].partition_data[0].records, "
            "byte 23");
}

TEST(Decode, RefusesVersionsThatDoNotExist) {
  EXPECT_EQ(refusal<ProduceRequest>(2, ""), "version is not supported at ");
  EXPECT_EQ(refusal<ProduceRequest>(14, ""), "version is not supported at ");
  EXPECT_EQ(refusal<ApiVersionsRequest>(-1, ""), "version is not supported at ");
}

TEST(Decode, TrailingBytesAreRefusedUnlessTheyAreToBeIgnored) {
  EXPECT_EQ(refusal<ApiVersionsRequest>(0, ""), "");
  EXPECT_EQ(refusal<ApiVersionsRequest>(0, "00"), "bytes are left over after the message at ");
  EXPECT_EQ(refusal<ApiVersionsRequest>(0, "00", {.trailing = Trailing::kIgnore}), "");
}

TEST(Decode, AnyNegativeLengthMeansNull) {
  for (const char* hex : {"ffffffff", "fffffffe", "80000000"}) {
    MetadataRequest request{.topics = {{}}};
    DecodeError error;
    ASSERT_TRUE(decode(request, 1, from_hex(hex), error)) << error.describe();
    EXPECT_EQ(request.topics, std::nullopt);
  }
  EXPECT_EQ(refusal<MetadataRequest>(0, "ffffffff"), "null where no null is allowed at topics");
  EXPECT_EQ(refusal<MetadataRequest>(1, "00000001 ffff"),
            "null where no null is allowed at topics[0].name");
  EXPECT_EQ(refusal<MetadataRequest>(1, "00000001 8000"),
            "null where no null is allowed at topics[0].name");
}

TEST(Decode, AFlexibleLengthWrapsToANegativeOneAsInKafka) {
  // 5-byte varint 0xffffffff is -1 as an int32, and one less than that is a negative length: null.
  ProduceRequest request{.transactional_id = "before"};
  DecodeError error;
  ASSERT_TRUE(decode(request, 9, from_hex("ffffffff0f 0001 00000000 01 00"), error))
      << error.describe();
  EXPECT_EQ(request.transactional_id, std::nullopt);
  // 0x80000000 wraps the other way and becomes the greatest length.
  EXPECT_EQ(refusal<ProduceRequest>(9, "8080808008 0001"),
            "string is longer than 32767 bytes at transactional_id");
  EXPECT_EQ(refusal<ProduceRequest>(9, "ffffffff8f 0001"),
            "varint is longer than five bytes at transactional_id");
  EXPECT_EQ(refusal<ProduceRequest>(9, "8080"), "frame ends inside a varint at transactional_id");
}

TEST(Decode, RefusesAStringLongerThanKafkaAllows) {
  std::string hex = "818002";  // 32768 + 1
  for (int i = 0; i < 32768; ++i) hex += "61";
  EXPECT_EQ(refusal<ProduceRequest>(9, hex + "0001 00000000 01 00"),
            "string is longer than 32767 bytes at transactional_id");
}

TEST(Decode, AnyByteButZeroIsTrue) {
  MetadataRequest request;
  DecodeError error;
  ASSERT_TRUE(decode(request, 4, from_hex("ffffffff 07"), error));
  EXPECT_TRUE(request.allow_auto_topic_creation);
  ASSERT_TRUE(decode(request, 4, from_hex("ffffffff 00"), error));
  EXPECT_FALSE(request.allow_auto_topic_creation);
}

TEST(Decode, ReplacesWhatIsNotUtf8InStrings) {
  MetadataRequest request;
  DecodeError error;
  ASSERT_TRUE(decode(request, 1, from_hex("00000002 0002 ff61 0002 c3a9"), error));
  EXPECT_EQ((*request.topics)[0].name,
            "\xef\xbf\xbd"
            "a");
  EXPECT_EQ((*request.topics)[1].name, "\xc3\xa9");
}

// Three bytes for each: too long to be written back.
TEST(Decode, RefusesAStringThatGrowsTooLong) {
  const auto decodes = [](std::size_t size) {
    std::string bytes("\0\0\0\1", 4);
    bytes += static_cast<char>(size >> 8);
    bytes += static_cast<char>(size);
    MetadataRequest request;
    DecodeError error;
    return decode(request, 1, Slice::copy_of(bytes + std::string(size, '\xff')), error);
  };
  EXPECT_TRUE(decodes(10922));
  EXPECT_FALSE(decodes(10923));
}

TEST(DecodeTags, KeepsUnknownOnesAndWritesThemBack) {
  // Empty name and version, then tags 5 and 300 of unknown meaning.
  const std::string bytes = hex("01 01 02 05 01 aa ac02 00");
  ApiVersionsRequest request;
  DecodeError error;
  ASSERT_TRUE(decode(request, 3, from_hex(bytes), error)) << error.describe();
  EXPECT_EQ(request.unknown_tags,
            (UnknownTags{{5, Slice::copy_of("\xaa")}, {300, Slice::copy_of("")}}));
  EXPECT_EQ(to_hex(encode(request, 3).joined()), bytes);
  EXPECT_FALSE(equal(request, ApiVersionsRequest{}));
}

TEST(DecodeTags, RefusesTagsThatAreNotInRisingOrder) {
  EXPECT_EQ(refusal<ApiVersionsRequest>(3, "0101 02 0500 0400"),
            "tags are not in ascending order at tags");
  EXPECT_EQ(refusal<ApiVersionsRequest>(3, "0101 02 0500 0500"),
            "tags are not in ascending order at tags");
}

TEST(DecodeTags, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(refusal<ApiVersionsRequest>(3, "0101 01 0502 aa"),
            "tagged field exceeds the rest of the frame at tags");
  EXPECT_EQ(refusal<ApiVersionsRequest>(3, "0101 03 0500 0600"),
            "count of tagged fields exceeds the rest of the frame at tags");
  // finalized_features_epoch of an ApiVersions response takes 8 bytes, not 9.
  EXPECT_EQ(refusal<ApiVersionsResponse>(3, "0000 01 00000000 01 01 09 000000000000000000"),
            "tagged field has another size than announced at finalized_features_epoch");
}

TEST(DecodeTags, AllowsAtMostTenThousandInASection) {
  std::string hex = "0101904e";  // 10,000
  for (int tag = 0; tag < 10'000; ++tag) {
    char text[16];
    if (tag < 128) std::snprintf(text, sizeof text, "%02x00", tag);
    if (tag >= 128) std::snprintf(text, sizeof text, "%02x%02x00", (tag & 127) | 128, tag >> 7);
    hex += text;
  }
  EXPECT_EQ(refusal<ApiVersionsRequest>(3, hex), "");
  hex.replace(4, 4, "914e");
  EXPECT_EQ(refusal<ApiVersionsRequest>(3, hex + "ff7f00"), "too many tagged fields at tags");
}

TEST(DecodeTags, NamesTheirPlaceInsideAMessage) {
  const std::string topic = "07 6f7264657273";
  EXPECT_EQ(refusal<ProduceRequest>(9, "00 0001 00000000 02" + topic + "01 01"),
            "count of tagged fields exceeds the rest of the frame at topic_data[0].tags");
}

TEST(DecodeBounds, AnArrayHasNoMoreElementsThanBytesAreLeft) {
  EXPECT_EQ(refusal<MetadataRequest>(1, "7fffffff"), "array count exceeds the limit at topics");
  EXPECT_EQ(refusal<MetadataRequest>(1, "000f4241"), "array count exceeds the limit at topics");
  EXPECT_EQ(refusal<MetadataRequest>(1, "000f4240"),
            "array count exceeds the rest of the frame at topics");
  EXPECT_EQ(refusal<MetadataRequest>(1, "00000002 00"),
            "array count exceeds the rest of the frame at topics");
}

TEST(DecodeBounds, ElementsAreCountedAtTheirLeastSize) {
  // 3000 brokers need at least 10 bytes each; 9000 are there.
  std::string hex = "00000bb8" + std::string(18000, '0');
  EXPECT_EQ(refusal<MetadataResponse>(0, hex),
            "array count exceeds the rest of the frame at brokers");
  hex = "00000384" + std::string(18000, '0') + "00000000";  // 900 brokers and no topic
  EXPECT_EQ(refusal<MetadataResponse>(0, hex), "");
}

TEST(DecodeBounds, TheMemoryOfAMessageIsLimited) {
  const std::string hex = "00000384" + std::string(18000, '0') + "00000000";
  const Limits tight{.memory_base = 0, .memory_per_frame_byte = 1};
  EXPECT_EQ(refusal<MetadataResponse>(0, hex, {.limits = tight}),
            "message needs too much memory at brokers");
}

// Bytes that mean many small things: counts, empty strings, tags without content.
Slice hostile_frame(std::size_t size, std::mt19937_64& random) {
  constexpr std::uint8_t kBytes[] = {0x00, 0x00, 0x01, 0x01, 0x02, 0x03, 0x10, 0x7f, 0x80, 0xff};
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = char(kBytes[random() % sizeof kBytes]);
  return Slice::copy_of(bytes);
}

TEST(DecodeBounds, NoFrameMakesUsAllocateMuchMoreThanItself) {
  constexpr std::size_t kFrame = 4096;
  constexpr Limits kLimits{.memory_base = 16384};
  constexpr std::size_t kAllowed =
      kLimits.memory_base + (kLimits.memory_per_frame_byte + 4) * kFrame;
  std::size_t greatest = 0;
  for (const Message& message : all_messages()) {
    const Struct& schema = *message.schema;
    for (Version version = schema.message.versions.first; version <= schema.message.versions.last;
         ++version) {
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        std::mt19937_64 random(seed);
        const Slice frame = hostile_frame(kFrame, random);
        AnyMessage target(schema);
        DecodeError error;
        allocated_bytes = 0;
        decode(schema, target.get(), version, frame, error, {.limits = kLimits});
        ASSERT_LE(allocated_bytes, kAllowed) << schema.name << " v" << version << " seed " << seed;
        greatest = std::max(greatest, allocated_bytes);
      }
    }
  }
  EXPECT_GT(greatest, kFrame);  // some of them did get far
}

// An empty string is one byte on the wire and 32 as a std::string.
Slice group_names(std::uint32_t count) {
  Output out;
  for (std::uint32_t rest = count + 1; rest != 0; rest >>= 7) {
    out.put_byte(std::uint8_t(rest >= 0x80 ? rest | 0x80 : rest));
  }
  const std::string names(count, '\x01');
  out.put(names.data(), names.size());
  out.put_byte(0);  // include_authorized_operations
  out.put_byte(0);  // no tags
  return out.joined();
}

TEST(DecodeBounds, AGreedyArrayIsRefusedBeforeItIsAllocated) {
  DescribeGroupsRequest request;
  DecodeError error;
  EXPECT_TRUE(decode(request, 5, group_names(500'000), error)) << error.describe();
  EXPECT_EQ(request.groups.size(), 500'000U);

  const Slice frame = group_names(1'000'000);
  DescribeGroupsRequest greedy;
  allocated_bytes = 0;
  EXPECT_FALSE(decode(greedy, 5, frame, error));
  EXPECT_STREQ(error.reason, "message needs too much memory");
  EXPECT_EQ(error.path, "groups");
  EXPECT_LT(allocated_bytes, 1000U);
}

}  // namespace
}  // namespace understudy::wire
