// ListOffsets for requests that name things twice or not at all, and records that are broken.
#include "wire/messages/list_offsets.h"

#include "broker/api/by_topic.h"
#include "broker/api/handlers.h"
#include "broker/api/test_handler.h"
#include "broker/log/test_batches.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class ListOffsetsTest : public HandlerTest {
 protected:
  static wire::ListOffsetsRequest of_topics(const std::vector<std::string>& names) {
    wire::ListOffsetsRequest request{.replica_id = -1};
    for (const std::string& name : names) {
      const auto index = static_cast<std::int32_t>(request.topics.size());
      request.topics.push_back(
          {.name = name, .partitions = {{.partition_index = index, .timestamp = -1}}});
    }
    return request;
  }
};

TEST_F(ListOffsetsTest, ATopicThatIsNamedTwiceIsAnsweredOnce) {
  add_topic("a", 3);
  add_topic("b", 3);
  const auto response = call(list_offsets, 7, of_topics({"b", "a", "b"}));
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(response.topics[0].name, "b") << "in the order of the request";
  ASSERT_EQ(response.topics[0].partitions.size(), 2u);
  EXPECT_EQ(response.topics[0].partitions[0].partition_index, 0);
  EXPECT_EQ(response.topics[0].partitions[1].partition_index, 2);
  EXPECT_EQ(response.topics[1].name, "a");
}

TEST_F(ListOffsetsTest, ATopicWithoutPartitionsIsNotAnswered) {
  add_topic("a");
  wire::ListOffsetsRequest request = of_topics({"a"});
  request.topics[0].partitions.clear();
  EXPECT_TRUE(call(list_offsets, 7, request).topics.empty());
}

TEST_F(ListOffsetsTest, AnUnknownIsolationLevelFailsEverythingAsItWasAskedFor) {
  add_topic("a");
  for (const std::int8_t level : {std::int8_t{2}, std::int8_t{-1}}) {
    wire::ListOffsetsRequest request = of_topics({"a", "missing", "a"});
    request.isolation_level = level;
    const auto response = call(list_offsets, 7, request);
    ASSERT_EQ(response.topics.size(), 3u) << "not grouped";
    for (const auto& topic : response.topics) {
      ASSERT_EQ(topic.partitions.size(), 1u);
      EXPECT_EQ(topic.partitions[0].error_code, ErrorCode::kUnknownServerError);
      EXPECT_EQ(topic.partitions[0].offset, -1);
    }
  }
}

TEST_F(ListOffsetsTest, RecordsThatCannotBeReadAreAnInvalidRecord) {
  constexpr std::uint8_t kShorterThanItsLength[] = {20, 0, 0, 0, 1, 1, 0};
  Partition& partition = *add_topic("a").partition(0);
  const auto batch = codec::RecordBatchBuilder({.compression = codec::CompressionType::kGzip,
                                                .base_timestamp = 1000,
                                                .max_timestamp = 1000,
                                                .last_offset_delta = 0})
                         .add_raw(kShorterThanItsLength)
                         .build_slice();
  ASSERT_EQ(partition.append(batch, {}).error, ErrorCode::kNone) << "as it came, compressed";
  wire::ListOffsetsRequest request = of_topics({"a"});
  for (const std::int64_t timestamp : {-3, 0, 1000}) {
    request.topics[0].partitions[0].timestamp = timestamp;
    EXPECT_EQ(call(list_offsets, 7, request).topics.at(0).partitions.at(0).error_code,
              ErrorCode::kInvalidRecord)
        << timestamp;
  }
}

TEST(ByTopic, KeepsTheOrderInWhichTopicsWereFirstNamed) {
  ByTopic<wire::list_offsets_response::ListOffsetsTopicResponse> topics;
  for (const char* name : {"c", "a", "c", "b"}) {
    topics[name].partitions.push_back({.partition_index = name[0]});
  }
  const auto taken = topics.take();
  ASSERT_EQ(taken.size(), 3u);
  EXPECT_EQ(taken[0].name, "c");
  EXPECT_EQ(taken[0].partitions.size(), 2u);
  EXPECT_EQ(taken[1].name, "a");
  EXPECT_EQ(taken[2].name, "b");
}

}  // namespace
}  // namespace understudy::broker
