// An idempotent producer after the rules of the Java client (Sender, TransactionManager,
// RecordAccumulator).
//
// One request per node holds a batch of each partition; up to five requests are in flight per
// connection. A batch keeps its sequence through retries until the producer raises its epoch by
// itself: then the batches of the partition that gave the reason are numbered anew from 0, also
// those that are on the wire, and other partitions take the new epoch when nothing of theirs is in
// flight.
#pragma once

#include "simulation/client.h"

namespace understudy::simulation {

class JavaModel : public Producer {
 public:
  JavaModel(ClientWorld& world, const ProducerOptions& options, std::uint64_t seed);

  void offer(const Name& name) override;
  bool is_idle() const override;

 private:
  static constexpr std::size_t kInFlightMax = 5;
  static constexpr std::int32_t kNone = -1;

  struct Batch {
    Slot slot = 0;
    std::vector<Name> names;
    std::int64_t created_ms = 0;
    std::int64_t timestamp_ms = 0;
    std::int64_t retry_at_ms = 0;
    Identity identity;
    std::int32_t first_sequence = kNone;
    bool was_renumbered = false;
    bool is_retry = false;
    bool is_done = false;
    std::int32_t last_sequence() const {
      return sequence_after(first_sequence, std::int64_t(names.size()) - 1);
    }
  };
  using BatchPtr = std::shared_ptr<Batch>;
  struct TopicPartition {
    Identity identity;
    std::int32_t next_sequence = 0;
    std::int32_t last_acknowledged = kNone;
    std::deque<Name> fresh;
    std::deque<BatchPtr> retries;   // in the order of their sequences
    std::vector<BatchPtr> tracked;  // all that have a sequence and are not done, likewise
    bool has_unresolved = false;    // one ran out of time, and may be there
  };

  void wake();
  void run_once();
  void resolve_sequences();
  void bump_if_needed();
  void start_at_zero(TopicPartition& partition);
  void expire();
  bool fill_request(NodeId node, wire::ProduceRequest& request, std::vector<BatchPtr>& batches);
  BatchPtr drain(Slot slot, TopicPartition& partition);
  BatchPtr next_fresh(Slot slot, TopicPartition& partition);
  void answered(const std::vector<BatchPtr>& batches, const wire::ProduceResponse* response);
  void complete(const BatchPtr& batch, const Answer& answer);
  void failed(const BatchPtr& batch, wire::ErrorCode error);
  bool may_retry(const BatchPtr& batch, wire::ErrorCode error);
  void retry(const BatchPtr& batch);
  void fail(const BatchPtr& batch, bool leaves_gap);
  void finish(const BatchPtr& batch);
  bool is_next(const TopicPartition& partition, std::int32_t sequence) const;

  std::map<Slot, TopicPartition> partitions_;
  Identity identity_;
  bool has_identity_ = false;
  bool is_awake_ = false;
  bool needs_bump_ = false;
  std::vector<Slot> to_renumber_;
};

}  // namespace understudy::simulation
