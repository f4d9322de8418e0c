// What an operator, a test or a page is shown of a broker: plain values, copied at one moment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/session.h"
#include "wire/types.h"

namespace understudy::broker {

struct TopicView {
  std::string name;
  wire::Uuid id;
  bool is_internal = false;
  std::int32_t partition_count = 0;
  std::map<std::string, std::string> configs;  // set on the topic itself
};

struct PartitionView {
  PartitionKey key;
  NodeId leader = -1;
  std::int32_t leader_epoch = 0;
  std::int32_t partition_epoch = 0;
  std::vector<NodeId> replicas;
  std::vector<NodeId> isr;
  std::int64_t log_start_offset = 0;
  std::int64_t log_end_offset = 0;
  std::int64_t high_watermark = 0;
  std::int64_t last_stable_offset = 0;
  std::int64_t recovery_point = 0;  // what lies before it survives a power cut
  std::uint64_t size_bytes = 0;
  bool is_offline = false;  // the disk has failed under it; a restart recovers what there is
  bool is_replication_held = false;
};

// What a partition knows of one producer.
struct ProducerView {
  struct Batch {
    std::int32_t first_sequence = -1;
    std::int32_t last_sequence = -1;
    std::int64_t first_offset = -1;
    std::int64_t last_offset = -1;
    std::int64_t max_timestamp = -1;
  };

  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t last_sequence = -1;  // -1: no batch of this epoch is known
  std::int64_t last_timestamp_ms = -1;
  std::int32_t coordinator_epoch = -1;
  std::int64_t transaction_first_offset = -1;  // -1: no transaction is open
  std::vector<Batch> batches;                  // at most five, oldest first
};

struct ConnectionView {
  ConnectionId id = 0;
  Session session;
};

}  // namespace understudy::broker
