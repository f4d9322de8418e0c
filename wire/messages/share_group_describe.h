// ShareGroupDescribe (key 77): shows share groups with their members.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ShareGroupDescribeRequest {
  WIRE_STRUCT(ShareGroupDescribeRequest, .key = 77, .versions = "1", .flexible = "0+");
  FIELD(Array<String>, group_ids, .versions = "0+");
  FIELD(bool, include_authorized_operations, .versions = "0+");
  WIRE_END;
};

namespace share_group_describe_response {

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
  FIELD(Nullable<String>, rack_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(Array<String>, subscribed_topic_names, .versions = "0+");
  FIELD(Assignment, assignment, .versions = "0+");
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

}  // namespace share_group_describe_response

struct ShareGroupDescribeResponse {
  WIRE_STRUCT(ShareGroupDescribeResponse, .key = 77, .versions = "1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<share_group_describe_response::DescribedGroup>, groups, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
