// ConsumerGroupDescribe (key 69): shows consumer groups (KIP-848) with their members.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ConsumerGroupDescribeRequest {
  WIRE_STRUCT(ConsumerGroupDescribeRequest, .key = 69, .versions = "0-1", .flexible = "0+");
  FIELD(Array<String>, group_ids, .versions = "0+");
  FIELD(bool, include_authorized_operations, .versions = "0+");
  WIRE_END;
};

namespace consumer_group_describe_response {

struct TopicPartitions {
  WIRE_STRUCT(TopicPartitions);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct Assignment {
  WIRE_STRUCT(Assignment);
  FIELD(Array<TopicPartitions>, topic_partitions, .versions = "0+");
  WIRE_END;
};

struct Member {
  WIRE_STRUCT(Member);
  FIELD(String, member_id, .versions = "0+");
  FIELD(Nullable<String>, instance_id, .versions = "0+");
  FIELD(Nullable<String>, rack_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(Array<String>, subscribed_topic_names, .versions = "0+");
  FIELD(Nullable<String>, subscribed_topic_regex, .versions = "0+");
  FIELD(Assignment, assignment, .versions = "0+");
  FIELD(Assignment, target_assignment, .versions = "0+");
  FIELD(std::int8_t, member_type, .versions = "1+", .initial = -1, .ignorable = true);
  WIRE_END;
};

struct DescribedGroup {
  WIRE_STRUCT(DescribedGroup);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, group_state, .versions = "0+");
  FIELD(std::int32_t, group_epoch, .versions = "0+");
  FIELD(std::int32_t, assignment_epoch, .versions = "0+");
  FIELD(String, assignor_name, .versions = "0+");
  FIELD(Array<Member>, members, .versions = "0+");
  FIELD(std::int32_t, authorized_operations, .versions = "0+", .initial = INT32_MIN);
  WIRE_END;
};

}  // namespace consumer_group_describe_response

struct ConsumerGroupDescribeResponse {
  WIRE_STRUCT(ConsumerGroupDescribeResponse, .key = 69, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<consumer_group_describe_response::DescribedGroup>, groups, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
