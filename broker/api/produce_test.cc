// Produce requests that name things twice; the rules of single batches are tested in broker/log and
// broker/core.
#include "wire/messages/produce.h"

#include "broker/api/handlers.h"
#include "broker/api/test_handler.h"
#include "broker/log/test_batches.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class ProduceTest : public HandlerTest {
 protected:
  static void add(wire::ProduceRequest& request, const std::string& topic, std::int32_t partition,
                  const wire::Slice& records) {
    request.topic_data.push_back(
        {.name = topic, .partition_data = {{.index = partition, .records = records}}});
  }
  static wire::Slice zstd_batch() {
    return codec::RecordBatchBuilder({.compression = codec::CompressionType::kZstd})
        .add({.timestamp = 1000, .value = "v"})
        .build_slice();
  }
  std::int64_t end_of(const std::string& topic, std::int32_t partition = 0) {
    return cluster.find_topic(topic)->partition(partition)->log_end_offset();
  }

  wire::ProduceRequest request{.acks = 1, .timeout_ms = 1000};
};

constexpr wire::Version kWithoutZstd = 6;

TEST_F(ProduceTest, RefusalWinsWhenAPartitionIsNamedTwice) {
  add_topic("t");
  add(request, "t", 0, zstd_batch());
  add(request, "t", 0, make_batch({.records = 2}));
  const auto response = call(produce, kWithoutZstd, request);
  ASSERT_EQ(response.responses.size(), 1u);
  ASSERT_EQ(response.responses[0].partition_responses.size(), 1u);
  const auto& partition = response.responses[0].partition_responses[0];
  EXPECT_EQ(partition.error_code, ErrorCode::kUnsupportedCompressionType);
  EXPECT_EQ(partition.base_offset, -1);
  EXPECT_EQ(end_of("t"), 2) << "and the other batch is appended";
}

TEST_F(ProduceTest, OnlyTheLastBatchIsAppendedWhenAPartitionIsNamedTwice) {
  add_topic("t");
  add(request, "t", 0, make_batch({.records = 3}));
  add(request, "t", 0, make_batch({.records = 2}));
  const auto response = call(produce, 9, request);
  ASSERT_EQ(response.responses.size(), 1u);
  EXPECT_EQ(response.responses[0].partition_responses.size(), 1u);
  EXPECT_EQ(end_of("t"), 2);
}

TEST_F(ProduceTest, ATopicThatIsNamedTwiceIsAnsweredOnceInItsFirstPlace) {
  add_topic("a", 2);
  add_topic("b");
  add(request, "b", 0, make_batch({}));
  add(request, "a", 1, make_batch({}));
  add(request, "b", 7, make_batch({}));
  add(request, "a", 0, make_batch({}));
  const auto response = call(produce, 9, request);
  ASSERT_EQ(response.responses.size(), 2u);
  EXPECT_EQ(response.responses[0].name, "b");
  ASSERT_EQ(response.responses[0].partition_responses.size(), 2u);
  EXPECT_EQ(response.responses[0].partition_responses[0].error_code, ErrorCode::kNone);
  EXPECT_EQ(response.responses[0].partition_responses[1].index, 7);
  EXPECT_EQ(response.responses[0].partition_responses[1].error_code,
            ErrorCode::kUnknownTopicOrPartition);
  ASSERT_EQ(response.responses[1].partition_responses.size(), 2u);
  EXPECT_EQ(response.responses[1].partition_responses[0].index, 1);
  EXPECT_EQ(response.responses[1].partition_responses[1].index, 0);
}

TEST_F(ProduceTest, ACompressionWithoutANameFailsTheRequestIfItsPartitionExists) {
  add_topic("t");
  const auto nameless =
      codec::RecordBatchBuilder({.attributes = 6}).add({.timestamp = 1000}).build_slice();
  add(request, "missing", 0, nameless);
  add(request, "t", 0, make_batch({}));
  const auto partly = call(produce, kWithoutZstd, request);
  EXPECT_EQ(named(partly.responses, "missing").partition_responses.at(0).error_code,
            ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(named(partly.responses, "t").partition_responses.at(0).error_code, ErrorCode::kNone);
  add_topic("missing");
  const auto failed = call(produce, kWithoutZstd, request);
  for (const auto& topic : failed.responses) {
    EXPECT_EQ(topic.partition_responses.at(0).error_code, ErrorCode::kUnknownServerError);
  }
  EXPECT_EQ(end_of("t"), 1);
}

TEST_F(ProduceTest, ATopicWithoutPartitionsIsNotAnswered) {
  add_topic("a");
  request.topic_data.push_back({.name = "a"});
  EXPECT_TRUE(call(produce, 9, request).responses.empty());
}

}  // namespace
}  // namespace understudy::broker
