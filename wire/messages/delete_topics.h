// DeleteTopics (key 20): deletes topics, by name or by id.
//  v1   the lowest of Kafka 4
//  v3   TOPIC_DELETION_DISABLED may be answered; before, INVALID_REQUEST
//  v4   flexible
//  v5   error messages; THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
//  v6   topics may be named by id (KIP-516)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace delete_topics_request {

struct DeleteTopicState {
  WIRE_STRUCT(DeleteTopicState);
  FIELD(Nullable<String>, name, .versions = "6+");
  FIELD(Uuid, topic_id, .versions = "6+");
  WIRE_END;
};

}  // namespace delete_topics_request

struct DeleteTopicsRequest {
  WIRE_STRUCT(DeleteTopicsRequest, .key = 20, .versions = "1-6", .flexible = "4+");
  FIELD(Array<delete_topics_request::DeleteTopicState>, topics, .versions = "6+");
  FIELD(Array<String>, topic_names, .versions = "0-5", .ignorable = true);
  FIELD(std::int32_t, timeout_ms, .versions = "0+");
  WIRE_END;
};

namespace delete_topics_response {

struct DeletableTopicResult {
  WIRE_STRUCT(DeletableTopicResult);
  FIELD(Nullable<String>, name, .versions = "0+", .nullable = "6+", .initial = kEmpty);
  FIELD(Uuid, topic_id, .versions = "6+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "5+", .ignorable = true);
  WIRE_END;
};

}  // namespace delete_topics_response

struct DeleteTopicsResponse {
  WIRE_STRUCT(DeleteTopicsResponse, .key = 20, .versions = "1-6", .flexible = "4+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(Array<delete_topics_response::DeletableTopicResult>, responses, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
