#include "broker/coordinator/runtime.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "codec/control_record.h"
#include "codec/record.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

// CoordinatorOperationExceptionHelper.handleOperationException.
ErrorCode error_for_clients(ErrorCode error) {
  switch (error) {
    case ErrorCode::kUnknownTopicOrPartition:
    case ErrorCode::kNotEnoughReplicas:
    case ErrorCode::kRequestTimedOut:
      return ErrorCode::kCoordinatorNotAvailable;
    case ErrorCode::kNotLeaderOrFollower:
    case ErrorCode::kKafkaStorageError:
      return ErrorCode::kNotCoordinator;
    case ErrorCode::kMessageTooLarge:
    case ErrorCode::kRecordListTooLarge:
    case ErrorCode::kInvalidFetchSize:
      return ErrorCode::kUnknownServerError;
    case ErrorCode::kNetworkException:
      return ErrorCode::kCoordinatorLoadInProgress;
    default:
      return error;
  }
}

// Out of the log's memory, which is used again: one piece of memory for both.
CoordinatorRecord copy_of(std::string_view key, const std::optional<std::string_view>& value) {
  const std::string_view content = value.value_or(std::string_view());
  const auto memory = std::make_shared_for_overwrite<std::uint8_t[]>(key.size() + content.size());
  std::uint8_t* const content_at = std::ranges::copy(key, memory.get()).out;
  std::ranges::copy(content, content_at);
  CoordinatorRecord record{.key = {memory, memory.get(), key.size()}, .value = std::nullopt};
  if (value) record.value = wire::Slice(memory, content_at, content.size());
  return record;
}

void replay_batch(const codec::BatchView& batch, StateMachine& machine) {
  const bool is_transactional = batch.is_transactional();
  const RecordProducer producer = is_transactional
                                      ? RecordProducer{batch.producer_id(), batch.producer_epoch()}
                                      : RecordProducer{};
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    if (batch.is_control()) {
      const auto type = codec::control_type_of(*record);
      if (type) machine.transaction_ended(batch.producer_id(), *type);
      continue;
    }
    if (!record->key) continue;
    machine.replay(copy_of(*record->key, record->value), producer);
  }
}

}  // namespace

Shard::Shard(Cluster& cluster, const Clock& clock, Timers& timers, const PartitionKey& key,
             NodeId node)
    : cluster_(cluster), clock_(clock), timers_(timers), key_(key), node_(node) {}

void Shard::load() {
  is_loaded_ = true;
  const Partition* const from = partition();
  ASSERT(from != nullptr);
  from->log().for_each_batch(from->log_start_offset(), [&](const codec::BatchView& batch) {
    replay_batch(batch, *machine_);
    return true;
  });
  end_offset_ = from->log_end_offset();
  machine_->loaded();
}

void Shard::unload() {
  answer_all(ErrorCode::kNotCoordinator);
  if (is_loaded_) machine_->unloaded();
}

void Shard::write(const std::vector<CoordinatorRecord>& records, Done done) {
  write(records, RecordProducer{}, std::move(done));
}

void Shard::write(const std::vector<CoordinatorRecord>& records, const RecordProducer& producer,
                  Done done) {
  if (!records.empty()) {
    const ErrorCode error = append(records, producer);
    if (error != ErrorCode::kNone) return done(error_for_clients(error));
    for (const CoordinatorRecord& record : records) machine_->replay(record, producer);
  }
  wait(end_offset_, std::move(done));
}

ErrorCode Shard::append(const std::vector<CoordinatorRecord>& records,
                        const RecordProducer& producer) {
  Partition* const to = partition();
  if (to == nullptr) return ErrorCode::kUnknownTopicOrPartition;
  if (!to->is_leader(node_)) return ErrorCode::kNotLeaderOrFollower;
  std::vector<codec::Record> own;
  own.reserve(records.size());
  const std::int64_t now_ms = clock_.wall_ms();
  for (const CoordinatorRecord& record : records) {
    codec::Record& one = own.emplace_back();
    one.timestamp = now_ms;
    one.key = record.key.view();
    if (record.value) one.value = record.value->view();
  }
  const auto codec_of_topic = static_cast<codec::CompressionType>(
      cluster_.configs().of(node_).offsets_topic_compression_codec);
  const AppendResult result = to->append_own({.records = own,
                                              .compression = codec_of_topic,
                                              .producer_id = producer.id,
                                              .producer_epoch = producer.epoch},
                                             {});
  if (result.kind != AppendResult::Kind::kAppended) return result.error;
  end_offset_ = result.last_offset + 1;
  return ErrorCode::kNone;
}

void Shard::wait(std::int64_t next_offset, Done done) {
  const Partition* const of = partition();
  if (of != nullptr && of->high_watermark() >= next_offset && waiting_.empty()) {
    return done(ErrorCode::kNone);
  }
  const std::uint64_t number = ++last_number_;
  const std::int64_t at_ms =
      clock_.monotonic_ms() + cluster_.configs().of(node_).offsets_commit_timeout_ms;
  waiting_.push_back({.number = number,
                      .next_offset = next_offset,
                      .timeout = timers_.at(at_ms, [this, number] { time_out(number); }),
                      .done = std::move(done)});
}

// It stays in the log, and may still be replicated: the client is told to ask again.
void Shard::time_out(std::uint64_t number) {
  const auto found = std::ranges::find(waiting_, number, &Waiting::number);
  ASSERT(found != waiting_.end());
  const Done done = std::move(found->done);
  waiting_.erase(found);
  done(error_for_clients(ErrorCode::kRequestTimedOut));
}

void Shard::progressed() {
  const Partition* const of = partition();
  if (of == nullptr) return;
  while (!waiting_.empty() && waiting_.front().next_offset <= of->high_watermark()) {
    const Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    timers_.cancel(first.timeout);
    first.done(ErrorCode::kNone);
  }
}

void Shard::answer_all(ErrorCode error) {
  while (!waiting_.empty()) {
    const Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    timers_.cancel(first.timeout);
    first.done(error);
  }
}

CoordinatorRuntime::CoordinatorRuntime(InternalTopic topic, Cluster& cluster, const Clock& clock,
                                       Timers& timers, Maker maker)
    : topic_(topic),
      cluster_(cluster),
      clock_(clock),
      timers_(timers),
      loading_(timers),
      maker_(std::move(maker)) {}

bool CoordinatorRuntime::is_of_topic(const PartitionKey& key) const {
  const Topic* const topic = cluster_.find_topic(def_of(topic_).name);
  return topic != nullptr && topic->id == key.topic_id;
}

void CoordinatorRuntime::start() {
  const Topic* const topic = cluster_.find_topic(def_of(topic_).name);
  if (topic == nullptr) return;
  for (const auto& partition : topic->partitions) {
    open(partition->key(), partition->leadership().leader);
  }
}

void CoordinatorRuntime::stop() {
  while (!shards_.empty()) {
    const PartitionKey key = shards_.begin()->first;
    close(key);
  }
}

void CoordinatorRuntime::open(const PartitionKey& key, NodeId node) {
  constexpr NodeId kNoLeader = -1;
  if (node == kNoLeader) return;
  auto shard = std::make_unique<Shard>(cluster_, clock_, timers_, key, node);
  shard->machine_ = maker_(*shard);
  shards_[key] = std::move(shard);
  loading_.at(clock_.monotonic_ms(), [this, key] {
    const auto found = shards_.find(key);
    if (found != shards_.end()) loaded(*found->second);
  });
}

void CoordinatorRuntime::close(const PartitionKey& key) {
  const auto found = shards_.find(key);
  if (found == shards_.end()) return;
  const std::unique_ptr<Shard> shard = std::move(found->second);
  shards_.erase(found);
  shard->unload();
}

// Null while loading is held, and of a partition that is gone.
Shard* CoordinatorRuntime::loaded(Shard& shard) {
  if (shard.is_loaded_) return &shard;
  // Of a topic that goes one partition after the other is removed.
  if (is_loading_held_ || shard.partition() == nullptr) return nullptr;
  shard.load();
  return &shard;
}

wire::Result<Shard*> CoordinatorRuntime::find(NodeId node, std::string_view key) {
  const Topic* const topic = cluster_.find_topic(def_of(topic_).name);
  if (topic == nullptr) return ErrorCode::kNotCoordinator;
  const std::int32_t index = cluster_.partition_of(topic_, node, key);
  const auto found = shards_.find({topic->id, index});
  if (found == shards_.end() || found->second->node() != node) return ErrorCode::kNotCoordinator;
  if (found->second->partition()->is_offline()) return ErrorCode::kNotCoordinator;
  Shard* const shard = loaded(*found->second);
  if (shard == nullptr) return ErrorCode::kCoordinatorLoadInProgress;
  return shard;
}

std::vector<Shard*> CoordinatorRuntime::led_by(NodeId node) {
  std::vector<Shard*> shards = all();
  std::erase_if(shards, [node](const Shard* shard) { return shard->node() != node; });
  return shards;
}

std::vector<Shard*> CoordinatorRuntime::all() {
  std::vector<Shard*> shards;
  for (const auto& [key, shard] : shards_) {
    if (loaded(*shard) != nullptr) shards.push_back(shard.get());
  }
  return shards;
}

bool CoordinatorRuntime::is_loading(NodeId node) const {
  return is_loading_held_ && std::ranges::any_of(shards_, [node](const auto& one) {
           return one.second->node() == node && !one.second->is_loaded_;
         });
}

void CoordinatorRuntime::progressed(const PartitionKey& key) {
  const auto found = shards_.find(key);
  if (found == shards_.end()) return;
  const Partition* const of = found->second->partition();
  if (of != nullptr && of->is_offline()) return close(key);
  found->second->progressed();
}

// The same node again reads its log again, too: a leader that moves always loads.
void CoordinatorRuntime::led_by(const PartitionKey& key, NodeId, NodeId now) {
  if (!is_of_topic(key)) return;
  close(key);
  open(key, now);
}

void CoordinatorRuntime::removed(const PartitionKey& key) { close(key); }

}  // namespace understudy::broker
