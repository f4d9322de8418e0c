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

  wire::create_partitions_response::CreatePartitionsTopicResult create(
      const CreatePartitionsTopic& topic) {
    wire::CreatePartitionsRequest request;
    request.topics = {topic};
    return call(create_partitions, 3, std::move(request)).results.at(0);
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
  wire::CreatePartitionsRequest request;
  request.topics = {topic_of("t", 2), topic_of("t", 3)};
  const auto response = call(create_partitions, 3, request);
  ASSERT_EQ(response.results.size(), 1u);
  EXPECT_EQ(response.results[0].error_code, ErrorCode::kInvalidRequest);
}

TEST_F(CreatePartitionsTest, OnlyValidatesOnDemand) {
  const Topic& topic = add_topic("t");
  wire::CreatePartitionsRequest request;
  request.topics = {topic_of("t", 2)};
  request.validate_only = true;
  EXPECT_EQ(call(create_partitions, 3, request).results.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(topic.partitions.size(), 1u);
}

}  // namespace
}  // namespace understudy::broker
