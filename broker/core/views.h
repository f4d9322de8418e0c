// What an operator, a test or a page is shown of a broker: plain values, copied at one moment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/session.h"
#include "broker/group/group_view.h"
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

struct GroupSummaryView {
  std::string id;
  std::string type;           // "classic", "consumer"
  std::string state;          // "Stable"
  std::string protocol_type;  // "consumer"; empty if nobody has said one
  NodeId coordinator = -1;
};

struct GroupOffsetView {
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;
  std::string metadata;
  std::int64_t commit_ms = -1;
  std::int64_t expire_ms = -1;  // -1: when the broker says
  // What lies between it and the high watermark; -1: there is no such partition.
  std::int64_t lag = -1;
};

// Of a transaction that has not ended.
struct PendingOffsetView {
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t producer_id = -1;
  std::int64_t offset = -1;
};

struct GroupDetailsView {
  GroupSummaryView summary;
  // Partitions of classic consumers are there, too, if their assignment can be read.
  GroupView group;
  std::vector<GroupOffsetView> offsets;  // by topic and partition
  std::vector<PendingOffsetView> pending_offsets;
};

struct ConnectionView {
  ConnectionId id = 0;
  Session session;
};

}  // namespace understudy::broker
