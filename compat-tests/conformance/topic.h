// A topic of a scenario's own, with the requests that scenarios make of one partition at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance/batches.h"
#include "conformance/broker.h"

namespace understudy::conformance {

using Configs = std::map<std::string, std::string>;

struct TopicSpec {
  int partitions = 1;
  Configs configs;
  std::string name;  // a unique one, if empty
};

using Produced = wire::produce_response::PartitionProduceResponse;
using FetchedPartition = wire::fetch_response::PartitionData;
using ProducerState = wire::describe_producers_response::ProducerState;
using FoundOffset = wire::list_offsets_response::ListOffsetsPartitionResponse;
using EpochEnd = wire::offset_for_leader_epoch_response::EpochEndOffset;

struct ProduceOptions {
  std::optional<Version> version;  // the newest
  std::int16_t acks = -1;
  std::optional<std::string> transactional_id;
};

struct PartitionBatch {
  std::int32_t partition = 0;
  wire::Slice batch;
};

struct FetchOptions {
  std::optional<Version> version;  // the newest
  std::int32_t partition = 0;
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 1;
  std::int32_t max_bytes = 50 << 20;
  std::int32_t partition_max_bytes = 10 << 20;
  std::int8_t isolation_level = 0;
  std::int32_t current_leader_epoch = -1;
  std::int32_t last_fetched_epoch = -1;
};

class TestTopic {
 public:
  // Creates the topic and waits until the broker serves all of its partitions: a real one answers
  // 3, 5 or 6 for a moment.
  explicit TestTopic(TopicSpec spec = {});

  const std::string& name() const { return name_; }
  const wire::Uuid& id() const { return id_; }
  // Connects again if the broker was started anew, and waits until it serves the topic.
  RawClient& client();

  // Produce: requests, and what came back for the partitions, in the order of the request.
  wire::ProduceRequest produce_request(const std::vector<PartitionBatch>& batches,
                                       const ProduceOptions& options = {}) const;
  std::vector<Produced> produce(const std::vector<PartitionBatch>& batches,
                                const ProduceOptions& options = {});
  Produced produce(const wire::Slice& batch, const ProduceOptions& options = {});
  // One batch of producer 7000 to partition 0.
  Produced send(int producer_epoch, std::int32_t first, std::int32_t last);

  // Fetch.
  wire::FetchRequest fetch_request(std::int64_t offset, const FetchOptions& options = {}) const;
  FetchedPartition fetch(std::int64_t offset, const FetchOptions& options = {});
  std::vector<StoredBatch> read(std::int64_t offset = 0, std::int32_t partition = 0);
  // Everything from the log start to the end, however many segments hold it.
  std::vector<StoredBatch> read_all(std::int32_t partition = 0);

  // ListOffsets: -1 the end, -2 the start.
  FoundOffset find_offset(std::int64_t timestamp, std::optional<Version> version = {},
                          std::int32_t partition = 0);
  std::int64_t end_offset(std::int32_t partition = 0);
  std::int64_t start_offset(std::int32_t partition = 0);
  std::int32_t leader_epoch(std::int32_t partition = 0);

  EpochEnd epoch_end(std::int32_t leader_epoch, std::int32_t current_leader_epoch = -1,
                     std::int32_t partition = 0);

  // DeleteRecords: the new low watermark and the error.
  wire::delete_records_response::DeleteRecordsPartitionResult delete_records(
      std::int64_t offset, Version version = 2, std::int32_t partition = 0);

  // DescribeProducers: all, and one of them, null if the partition does not know it.
  std::vector<ProducerState> producers(std::int32_t partition = 0);
  std::optional<ProducerState> producer_state(std::int64_t producer_id = kProducerId,
                                              std::int32_t partition = 0);

  void set_configs(const Configs& configs);
  void remove();
  // The same name again, with nothing in it.
  void create_again();

 private:
  void create();
  void await_served();
  bool serves(std::int32_t partition);

  TopicSpec spec_;
  std::string name_;
  wire::Uuid id_;
  RawClient client_;
  int connected_at_start_ = starts();
};

// The answer for a topic's partition out of a whole response; throws if it is not there.
const Produced& partition_of(const wire::ProduceResponse& response, std::int32_t partition);
const FetchedPartition& partition_of(const wire::FetchResponse& response, std::int32_t partition);

}  // namespace understudy::conformance
