// AlterPartition (key 56): reports a changed ISR to the controller; sent by brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace alter_partition_request {

struct BrokerState {
  WIRE_STRUCT(BrokerState);
  FIELD(std::int32_t, broker_id, .versions = "3+");
  FIELD(std::int64_t, broker_epoch, .versions = "3+", .initial = -1);
  WIRE_END;
};

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(Array<std::int32_t>, new_isr, .versions = "0-2");
  FIELD(Array<BrokerState>, new_isr_with_epochs, .versions = "3+");
  FIELD(std::int8_t, leader_recovery_state, .versions = "1+");
  FIELD(std::int32_t, partition_epoch, .versions = "0+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(Uuid, topic_id, .versions = "2+", .ignorable = true);
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_partition_request

struct AlterPartitionRequest {
  WIRE_STRUCT(AlterPartitionRequest, .key = 56, .versions = "2-3", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+", .initial = -1);
  FIELD(Array<alter_partition_request::TopicData>, topics, .versions = "0+");
  WIRE_END;
};

namespace alter_partition_response {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(Array<std::int32_t>, isr, .versions = "0+");
  FIELD(std::int8_t, leader_recovery_state, .versions = "1+", .ignorable = true);
  FIELD(std::int32_t, partition_epoch, .versions = "0+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(Uuid, topic_id, .versions = "2+", .ignorable = true);
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_partition_response

struct AlterPartitionResponse {
  WIRE_STRUCT(AlterPartitionResponse, .key = 56, .versions = "2-3", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<alter_partition_response::TopicData>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
