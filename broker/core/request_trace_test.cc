#include "broker/core/request_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/core/test_broker.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/metadata.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;

template <class Message>
std::string summary_of(const Message& message) {
  return summarize(wire::schema_of<Message>, &message, [](const wire::Uuid& id) {
    return id.is_zero() ? std::string() : std::string("named-by-id");
  });
}

TEST(RequestTrace, NamesTopicsAndPartitionsOfARequest) {
  wire::FetchRequest fetch;
  fetch.topics.push_back({.topic = "t", .partitions = {{.partition = 0}, {.partition = 3}}});
  EXPECT_EQ(summary_of(fetch), "t-0, t-3");
  wire::FetchRequest by_id;
  by_id.topics.push_back({.topic_id = {{1}}, .partitions = {{.partition = 1}}});
  EXPECT_EQ(summary_of(by_id), "named-by-id-1");
  EXPECT_EQ(summary_of(wire::MetadataRequest{.topics = {}}), "");
}

TEST(RequestTrace, NamesTheErrorOfEachPartitionOfAnAnswer) {
  wire::FetchResponse fetch;
  fetch.responses.push_back(
      {.topic = "t",
       .partitions = {{.partition_index = 0},
                      {.partition_index = 1, .error_code = wire::ErrorCode::kOffsetOutOfRange}}});
  EXPECT_EQ(summary_of(fetch), "t-0 NONE, t-1 OFFSET_OUT_OF_RANGE");
  EXPECT_EQ(summary_of(wire::FetchResponse{.error_code = wire::ErrorCode::kFetchSessionIdNotFound}),
            "FETCH_SESSION_ID_NOT_FOUND");
  EXPECT_EQ(
      summary_of(wire::ApiVersionsResponse{.api_keys = {{.api_key = 1}},
                                           .supported_features = {{.name = "metadata.version"}},
                                           .finalized_features = {{.name = "metadata.version"}}}),
      "NONE");
}

TEST(RequestTrace, ShowsOnlyTheFirstOfManyPartitions) {
  wire::DeleteRecordsRequest request;
  request.topics.push_back({.name = "t"});
  for (int i = 0; i < 11; ++i) request.topics[0].partitions.push_back({.partition_index = i});
  EXPECT_EQ(summary_of(request), "t-0, t-1, t-2, t-3, t-4, t-5, t-6, t-7 and 3 more");
}

class TracedBroker : public BrokerTest {
 protected:
  TracedBroker() {
    trace = [this](const std::string& line) { lines.push_back(line); };
    make_broker();
  }
  std::vector<std::string> lines;
};

TEST_F(TracedBroker, EachRequestAndEachAnswerIsALine) {
  create_topic("t");
  lines.clear();
  deliver(fetch_request("t", 0, 0, 500), 12);
  clock.advance(500);
  broker->advance();
  EXPECT_THAT(
      lines,
      ElementsAre(
          "Fetch v12 from \"tester\" at 127.0.0.1:0, node 1: t-0; 66 bytes",
          "Fetch v12 to \"tester\" at 127.0.0.1:0, node 1: t-0 NONE; 62 bytes after 500 ms"));
}

}  // namespace
}  // namespace understudy::broker
