// ElectLeaders (key 43): moves leadership to the preferred replica, or to any that is alive.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace elect_leaders_request {

struct TopicPartitions {
  WIRE_STRUCT(TopicPartitions);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace elect_leaders_request

struct ElectLeadersRequest {
  WIRE_STRUCT(ElectLeadersRequest, .key = 43, .versions = "0-2", .flexible = "2+");
  FIELD(std::int8_t, election_type, .versions = "1+");
  FIELD(Nullable<Array<elect_leaders_request::TopicPartitions>>, topic_partitions, .versions = "0+",
        .initial = kEmpty);
  FIELD(std::int32_t, timeout_ms, .versions = "0+", .initial = 60000);
  WIRE_END;
};

namespace elect_leaders_response {

struct PartitionResult {
  WIRE_STRUCT(PartitionResult);
  FIELD(std::int32_t, partition_id, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct ReplicaElectionResult {
  WIRE_STRUCT(ReplicaElectionResult);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<PartitionResult>, partition_result, .versions = "0+");
  WIRE_END;
};

}  // namespace elect_leaders_response

struct ElectLeadersResponse {
  WIRE_STRUCT(ElectLeadersResponse, .key = 43, .versions = "0-2", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "1+");
  FIELD(Array<elect_leaders_response::ReplicaElectionResult>, replica_election_results,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
