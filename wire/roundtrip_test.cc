// Random values of every message in every version survive encode and decode.
#include <gtest/gtest.h>

#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

constexpr int kValues = 30;
constexpr int kTruncated = 3;  // of those, as each byte of them costs a decode

class RoundTrip : public testing::TestWithParam<MessageType> {};

void check_truncations(const Struct& schema, Version version, const Slice& frame) {
  for (std::size_t size = 0; size < frame.size(); ++size) {
    AnyMessage message(schema);
    DecodeError error;
    const Slice cut = exact_copy(frame.data(), size);
    ASSERT_FALSE(decode(schema, message.get(), version, cut, error)) << "cut at " << size;
    ASSERT_NE(error.reason, nullptr);
    ASSERT_NE(error.path, "");
    ASSERT_LE(error.position, size);
  }
}

void check_value(const Struct& schema, Version version, std::mt19937_64& random, bool truncate) {
  AnyMessage sent(schema);
  arbitrary(schema, sent.get(), version, random);
  ASSERT_EQ(unwritable(schema, sent.get(), version), std::nullopt);
  Output out;
  encode(schema, sent.get(), version, out);
  ASSERT_EQ(encoded_size(schema, sent.get(), version), out.size());
  const Slice joined = out.joined();
  const Slice frame = exact_copy(joined.data(), joined.size());

  AnyMessage received(schema);
  DecodeError error;
  ASSERT_TRUE(decode(schema, received.get(), version, frame, error)) << error.describe();
  ASSERT_TRUE(equal(schema, sent.get(), received.get()));
  Output again;
  encode(schema, received.get(), version, again);
  ASSERT_EQ(again.joined(), frame);
  if (truncate) check_truncations(schema, version, frame);
}

TEST_P(RoundTrip, EveryVersionOfEveryMessage) {
  int checked = 0;
  for (const Message& message : all_messages()) {
    if (message.type != GetParam()) continue;
    const Struct& schema = *message.schema;
    for (Version version = schema.message.versions.first; version <= schema.message.versions.last;
         ++version) {
      for (int seed = 0; seed < kValues; ++seed, ++checked) {
        SCOPED_TRACE(std::string(schema.name) + " v" + std::to_string(version) + " seed " +
                     std::to_string(seed));
        std::mt19937_64 random(std::uint64_t(seed) + 1);
        check_value(schema, version, random, seed < kTruncated);
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(checked, 0);
}

INSTANTIATE_TEST_SUITE_P(Type, RoundTrip,
                         testing::Values(MessageType::kRequest, MessageType::kResponse,
                                         MessageType::kHeader, MessageType::kData,
                                         MessageType::kCoordinatorKey,
                                         MessageType::kCoordinatorValue, MessageType::kMetadata),
                         [](const auto& info) {
                           std::string name(name_of(info.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(Arbitrary, TheSameSeedGivesTheSameValue) {
  const Struct& schema = *find_message("FetchResponse")->schema;
  AnyMessage a(schema);
  AnyMessage b(schema);
  AnyMessage other(schema);
  std::mt19937_64 first(7);
  std::mt19937_64 second(7);
  std::mt19937_64 third(8);
  arbitrary(schema, a.get(), 17, first);
  arbitrary(schema, b.get(), 17, second);
  arbitrary(schema, other.get(), 17, third);
  EXPECT_TRUE(equal(schema, a.get(), b.get()));
  EXPECT_FALSE(equal(schema, a.get(), other.get()));
}

}  // namespace
}  // namespace understudy::wire
