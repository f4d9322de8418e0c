#include "wire/messages/create_partitions.h"

#include "broker/api/admin_handlers.h"
#include "broker/api/test_handler.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::create_partitions_request::CreatePartitionsTopic;

CreatePartitionsTopic topic_of(const std::string& name, std::int32_t count) {
  CreatePartitionsTopic topic;
  topic.name = name;
  topic.count = count;
  topic.assignments = std::nullopt;
  return topic;
}

class CreatePartitionsTest : public HandlerTest {
 protected:
  CreatePartitionsTest() : HandlerTest({.node_count = 2}) {}

  using Results = std::vector<wire::create_partitions_response::CreatePartitionsTopicResult>;

  Results create_all(const std::vector<CreatePartitionsTopic>& topics, std::int32_t timeout_ms = 1,
                     bool validate_only = false) {
    wire::CreatePartitionsRequest request{
        .topics = topics, .timeout_ms = timeout_ms, .validate_only = validate_only};
    return call(create_partitions, 3, std::move(request)).results;
  }
  wire::create_partitions_response::CreatePartitionsTopicResult create(
      const CreatePartitionsTopic& topic) {
    return create_all({topic}).at(0);
  }
};

TEST_F(CreatePartitionsTest, AddsPartitions) {
  const Topic& topic = add_topic("t", 3);
  EXPECT_EQ(create(topic_of("t", 5)).error_code, ErrorCode::kNone);
  ASSERT_EQ(topic.partitions.size(), 5u);
  EXPECT_EQ(topic.partition(4)->index(), 4);
}

TEST_F(CreatePartitionsTest, RefusesWhatIsNoIncrease) {
  add_topic("t", 3);
  const auto same = create(topic_of("t", 3));
  EXPECT_EQ(same.error_code, ErrorCode::kInvalidPartitions);
  EXPECT_EQ(same.error_message, "Topic already has 3 partition(s).");
  EXPECT_EQ(create(topic_of("t", 2)).error_code, ErrorCode::kInvalidPartitions);
  EXPECT_EQ(create(topic_of("t", -5)).error_code, ErrorCode::kInvalidPartitions);
  EXPECT_EQ(create(topic_of("missing", 3)).error_code, ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(CreatePartitionsTest, HasABound) {
  add_topic("t");
  EXPECT_EQ(create(topic_of("t", INT32_MAX)).error_code, ErrorCode::kPolicyViolation);
  EXPECT_EQ(cluster.find_topic("t")->partitions.size(), 1u);
}

TEST_F(CreatePartitionsTest, CountsTheNewPartitionsOfAllTopicsOfARequest) {
  add_topic("t", 2);
  add_topic("u");
  const auto topics = {topic_of("t", 10'002), topic_of("u", 2), topic_of("missing", 1'000'000)};
  for (const auto& result : create_all(topics)) {
    EXPECT_EQ(result.error_code, ErrorCode::kPolicyViolation);
  }
  const Results results = create_all({topic_of("t", 10'002), topic_of("missing", 1'000'000)}, 1,
                                     /*validate_only=*/true);
  EXPECT_EQ(results.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(results.at(1).error_code, ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(CreatePartitionsTest, AddsNothingWithATimeoutOfZeroOrLess) {
  add_topic("t");
  for (const std::int32_t timeout_ms : {0, -1, INT32_MIN}) {
    const auto topics = {topic_of("t", 2), topic_of("missing", 2), topic_of("u", 2),
                         topic_of("u", 3)};
    const Results results = create_all(topics, timeout_ms);
    ASSERT_EQ(results.size(), 4u);
    for (const auto& result : results) EXPECT_EQ(result.error_code, ErrorCode::kRequestTimedOut);
    const Results twice = create_all({topic_of("t", 2), topic_of("t", 3)}, timeout_ms);
    ASSERT_EQ(twice.size(), 1u);
    EXPECT_EQ(twice[0].error_code, ErrorCode::kInvalidRequest);
    EXPECT_EQ(create_all({topic_of("t", 2)}, timeout_ms, true).at(0).error_code,
              ErrorCode::kRequestTimedOut);
  }
  EXPECT_EQ(cluster.find_topic("t")->partitions.size(), 1u);
}

TEST_F(CreatePartitionsTest, TakesAssignments) {
  const Topic& topic = add_topic("t", 1);
  CreatePartitionsTopic request = topic_of("t", 3);
  request.assignments.emplace().emplace_back().broker_ids = {2};
  EXPECT_EQ(create(request).error_code, ErrorCode::kInvalidReplicaAssignment);  // one for two
  request.assignments->emplace_back().broker_ids = {9};
  EXPECT_EQ(create(request).error_code, ErrorCode::kInvalidReplicaAssignment);  // no node 9
  request.assignments->back().broker_ids = {1, 2};
  EXPECT_EQ(create(request).error_code, ErrorCode::kInvalidReplicaAssignment);  // two replicas
  request.assignments->back().broker_ids = {1};
  EXPECT_EQ(create(request).error_code, ErrorCode::kNone);
  EXPECT_EQ(topic.partition(1)->leadership().leader, 2);
  EXPECT_EQ(topic.partition(2)->leadership().leader, 1);
}

TEST_F(CreatePartitionsTest, AnswersADuplicatedNameOnce) {
  add_topic("t");
  const Results results = create_all({topic_of("t", 2), topic_of("t", 3)});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].error_code, ErrorCode::kInvalidRequest);
}

TEST_F(CreatePartitionsTest, OnlyValidatesOnDemand) {
  const Topic& topic = add_topic("t");
  EXPECT_EQ(create_all({topic_of("t", 2)}, 1, /*validate_only=*/true).at(0).error_code,
            ErrorCode::kNone);
  EXPECT_EQ(topic.partitions.size(), 1u);
}

}  // namespace
}  // namespace understudy::broker
