// CreateTopics (key 19): creates topics.
//  v2   the lowest of Kafka 4
//  v4   -1 partitions or replicas stand for the broker's default (KIP-464)
//  v5   flexible; the response shows the topic as created (KIP-525)
//  v6   THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
//  v7   the response tells the topic id (KIP-516)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace create_topics_request {

struct CreatableReplicaAssignment {
  WIRE_STRUCT(CreatableReplicaAssignment);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(Array<std::int32_t>, broker_ids, .versions = "0+");
  WIRE_END;
};

struct CreatableTopicConfig {
  WIRE_STRUCT(CreatableTopicConfig);
  FIELD(String, name, .versions = "0+");
  FIELD(Nullable<String>, value, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct CreatableTopic {
  WIRE_STRUCT(CreatableTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int32_t, num_partitions, .versions = "0+",
        .about = "-1 for the default, or if there are assignments.");
  FIELD(std::int16_t, replication_factor, .versions = "0+",
        .about = "-1 for the default, or if there are assignments.");
  FIELD(Array<CreatableReplicaAssignment>, assignments, .versions = "0+",
        .about = "Which brokers get which partition; empty lets the controller choose.");
  FIELD(Array<CreatableTopicConfig>, configs, .versions = "0+");
  WIRE_END;
};

}  // namespace create_topics_request

struct CreateTopicsRequest {
  WIRE_STRUCT(CreateTopicsRequest, .key = 19, .versions = "2-7", .flexible = "5+");
  FIELD(Array<create_topics_request::CreatableTopic>, topics, .versions = "0+");
  FIELD(std::int32_t, timeout_ms, .versions = "0+", .initial = 60000);
  FIELD(bool, validate_only, .versions = "1+", .about = "Checks everything and creates nothing.");
  WIRE_END;
};

namespace create_topics_response {

struct CreatableTopicConfigs {
  WIRE_STRUCT(CreatableTopicConfigs);
  FIELD(String, name, .versions = "5+");
  FIELD(Nullable<String>, value, .versions = "5+", .initial = kEmpty);
  FIELD(bool, read_only, .versions = "5+");
  FIELD(std::int8_t, config_source, .versions = "5+", .initial = -1, .ignorable = true,
        .about = "1: topic, 2: this broker, 3: all brokers, 4: its file, 5: built in.");
  FIELD(bool, is_sensitive, .versions = "5+");
  WIRE_END;
};

struct CreatableTopicResult {
  WIRE_STRUCT(CreatableTopicResult);
  FIELD(String, name, .versions = "0+");
  FIELD(Uuid, topic_id, .versions = "7+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "1+", .nullable = "0+", .initial = kEmpty,
        .ignorable = true);
  FIELD(ErrorCode, topic_config_error_code, .versions = "5+", .tag = 0, .ignorable = true,
        .about = "TOPIC_AUTHORIZATION_FAILED if the client may not see the settings.");
  FIELD(std::int32_t, num_partitions, .versions = "5+", .initial = -1, .ignorable = true,
        .about = "-1 on an error, or if the client may not see it.");
  FIELD(std::int16_t, replication_factor, .versions = "5+", .initial = -1, .ignorable = true);
  FIELD(Nullable<Array<CreatableTopicConfigs>>, configs, .versions = "5+", .initial = kEmpty,
        .ignorable = true);
  WIRE_END;
};

}  // namespace create_topics_response

struct CreateTopicsResponse {
  WIRE_STRUCT(CreateTopicsResponse, .key = 19, .versions = "2-7", .flexible = "5+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "2+", .ignorable = true);
  FIELD(Array<create_topics_response::CreatableTopicResult>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
