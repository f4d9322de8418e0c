// Produce (0): stages A to D of the specification's Produce path; E to I are Partition::append().
//
//   v5   the answer has log_start_offset
//   v7   zstd is allowed (KIP-110)
//   v8   the answer names bad records (KIP-467)
//   v10  the answer to NOT_LEADER_OR_FOLLOWER names the leader (KIP-951)
//   v12  a transactional batch adds its partition by itself (KIP-890)
//   v13  topics by id (KIP-516)
#include "wire/messages/produce.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "broker/api/handlers.h"
#include "broker/api/leader_endpoints.h"
#include "broker/faults/parked.h"
#include "codec/validate.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using PartitionResponse = wire::produce_response::PartitionProduceResponse;

constexpr wire::Version kFirstWithZstd = 7;
constexpr wire::Version kFirstWithCurrentLeader = 10;
constexpr wire::Version kFirstWithTopicIds = 13;
constexpr std::string_view kAdminClientId = "__admin_client";

BatchEvent::Verdict verdict_of(AppendResult::Kind kind) {
  switch (kind) {
    case AppendResult::Kind::kAppended:
      return BatchEvent::Verdict::kAppended;
    case AppendResult::Kind::kDuplicate:
      return BatchEvent::Verdict::kDuplicate;
    case AppendResult::Kind::kRefused:
      break;
  }
  return BatchEvent::Verdict::kRefused;
}

// One partition of the request on its way to an answer.
struct Item {
  PartitionKey key;  // the topic id is zero while the topic is not known
  std::string topic;
  wire::Slice records;  // the field as it came
  codec::RecordsInspection inspection;
  AppendResult result;  // valid once decided
  // In which the log took the batch, or had it already.
  std::int32_t leader_epoch = -1;
  // With acks = all, once its replicas need not be waited for any more; it stays what it was then.
  std::optional<ErrorCode> outcome;
  bool is_decided = false;
  bool is_refused_at_once = false;  // before any log was asked
  std::size_t topic_response = 0;   // where in the response it is answered
  std::size_t partition_response = 0;

  void refuse(ErrorCode error, std::string reason) {
    result.error = error;
    result.reason = std::move(reason);
    is_decided = true;
  }
};

// A Produce request from its arrival to its answer. It outlives the handler's call when a fault
// parks it or when acks = all has to wait.
class ProduceOperation : public std::enable_shared_from_this<ProduceOperation> {
 public:
  ProduceOperation(Context& context, wire::ProduceRequest request,
                   Reply<wire::ProduceResponse> reply)
      : context_(context), request_(std::move(request)), reply_(std::move(reply)) {}

  void start();
  // Whether no partition waits for its high watermark any more.
  bool is_replicated();
  void answer();

 private:
  void collect_items();
  void drop_repeated_partitions();
  void lay_out_response();
  bool check_whole_request();
  bool exists(const Item& item) const;
  void check_partitions();
  bool check_transactions();
  bool check_acks();
  void refuse_all(ErrorCode error, const std::string& reason, bool with_message);
  void append_all();
  void append(Item& item);
  void finish();
  std::optional<ErrorCode> outcome_of(const Item& item) const;
  void add_event(const Item& item);
  void fill(const Item& item, PartitionResponse& response) const;

  bool faults_before_append();
  void faults_after_append(Item& item);
  RequestSubject subject_of(const Item& item) const;

  Context& context_;
  wire::ProduceRequest request_;
  Reply<wire::ProduceResponse> reply_;
  wire::ProduceResponse response_;
  std::vector<Item> items_;
};

class DelayedProduce : public DelayedOperation {
 public:
  explicit DelayedProduce(std::shared_ptr<ProduceOperation> operation)
      : operation_(std::move(operation)) {}
  bool is_ready() override { return operation_->is_replicated(); }
  void complete() override { operation_->answer(); }

 private:
  std::shared_ptr<ProduceOperation> operation_;
};

void ProduceOperation::start() {
  collect_items();
  if (check_whole_request()) {
    check_partitions();
    for (Item& item : items_) item.is_refused_at_once = item.is_decided;
    if (items_.size() > 1) drop_repeated_partitions();
    const bool any_left = std::any_of(items_.begin(), items_.end(),
                                      [](const Item& item) { return !item.is_decided; });
    if (any_left && check_transactions() && check_acks()) {
      if (!context_.faults.empty() && faults_before_append())
        return;  // it goes on later, or not at all
      append_all();
      return;
    }
  }
  finish();
}

void ProduceOperation::collect_items() {
  const bool by_id = reply_.request().version >= kFirstWithTopicIds;
  const auto zstd = reply_.request().version < kFirstWithZstd ? codec::ZstdRule::kRefused
                                                              : codec::ZstdRule::kAllowed;
  for (auto& topic_data : request_.topic_data) {
    const Topic* topic = by_id ? context_.cluster.find_topic(topic_data.topic_id)
                               : context_.cluster.find_topic(topic_data.name);
    for (auto& partition_data : topic_data.partition_data) {
      Item& item = items_.emplace_back();
      item.key = {topic != nullptr ? topic->id : topic_data.topic_id, partition_data.index};
      item.topic = topic != nullptr ? topic->name : topic_data.name;
      if (partition_data.records) item.records = *partition_data.records;
      item.inspection = codec::inspect_records(codec::view_of(item.records), zstd);
    }
  }
  if (!context_.faults.empty()) {
    for (const Item& item : items_) reply_.request().subjects.push_back(subject_of(item));
  }
}

// Kafka keeps the partitions of a request in maps, one of those that it refuses at once and one of
// those that it goes on with. Of a partition that is named twice the last of each map count: one
// may be appended although another one is refused, and it is the refusal that is answered.
void ProduceOperation::drop_repeated_partitions() {
  using Place = std::tuple<std::string_view, PartitionKey, bool>;
  std::map<Place, std::size_t> last;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    last[{items_[i].topic, items_[i].key, items_[i].is_decided}] = i;
  }
  if (last.size() == items_.size()) return;
  std::vector<Item> kept;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (last[{items_[i].topic, items_[i].key, items_[i].is_decided}] == i) {
      kept.push_back(items_[i]);
    }
  }
  items_ = std::move(kept);
}

// Where each partition is answered: by topic, in the order of the request.
void ProduceOperation::lay_out_response() {
  if (items_.size() == 1) {  // nearly always; items start out with the first place
    const Item& item = items_.front();
    response_.responses.push_back({.name = item.topic,
                                   .topic_id = item.key.topic_id,
                                   .partition_responses = {{.index = item.key.index}}});
    return;
  }
  std::map<std::pair<std::string_view, wire::Uuid>, std::size_t> topics;
  std::map<std::pair<std::size_t, std::int32_t>, std::size_t> partitions;
  for (Item& item : items_) {
    auto& responses = response_.responses;
    const auto [topic, is_new_topic] =
        topics.try_emplace({item.topic, item.key.topic_id}, responses.size());
    if (is_new_topic) responses.push_back({.name = item.topic, .topic_id = item.key.topic_id});
    item.topic_response = topic->second;
    auto& partition_responses = responses[topic->second].partition_responses;
    const auto [partition, is_new] =
        partitions.try_emplace({topic->second, item.key.index}, partition_responses.size());
    if (is_new) partition_responses.push_back({.index = item.key.index});
    item.partition_response = partition->second;
  }
}

bool ProduceOperation::exists(const Item& item) const {
  return context_.cluster.find_partition(item.key) != nullptr;
}

// Stage A: what fails every partition.
bool ProduceOperation::check_whole_request() {
  const auto fails_in = [](codec::VerdictScope scope) {
    return [scope](const Item& item) {
      return !item.inspection.verdict.ok() && item.inspection.scope == scope;
    };
  };
  const auto fails_request = fails_in(codec::VerdictScope::kRequest);
  // Kafka looks for a transactional batch first, and meets headers that make no sense on the way.
  for (const Item& item : items_) {
    const codec::Verdict& verdict = item.inspection.verdict;
    if (fails_request(item)) {
      refuse_all(verdict.error, verdict.text, verdict.error == ErrorCode::kCorruptMessage);
      return false;
    }
    if (item.inspection.transactional && !request_.transactional_id) {
      refuse_all(ErrorCode::kTransactionalIdAuthorizationFailed,
                 "a transactional batch in a request without a transactional id", false);
      return false;
    }
  }
  const auto fails_later = fails_in(codec::VerdictScope::kRequestIfPartitionExists);
  const auto failing = std::ranges::find_if(
      items_, [&](const Item& item) { return fails_later(item) && exists(item); });
  if (failing == items_.end()) return true;
  refuse_all(failing->inspection.verdict.error, failing->inspection.verdict.text, false);
  return false;
}

// Stage B.
void ProduceOperation::check_partitions() {
  const bool by_id = reply_.request().version >= kFirstWithTopicIds;
  for (Item& item : items_) {
    const Topic* topic = context_.cluster.find_topic(item.key.topic_id);
    if (topic == nullptr && by_id) {
      item.refuse(ErrorCode::kUnknownTopicId, "no topic has this id");
    } else if (!exists(item)) {
      item.refuse(ErrorCode::kUnknownTopicOrPartition, "there is no such topic or partition");
    } else if (!item.inspection.verdict.ok()) {
      item.refuse(item.inspection.verdict.error, item.inspection.verdict.text);
    }
  }
}

// Stage C 1 and 2. No transaction coordinator runs here yet, so no transactional id is known to
// one.
bool ProduceOperation::check_transactions() {
  std::optional<std::pair<std::int64_t, std::int16_t>> producer;
  for (const Item& item : items_) {
    if (item.is_decided || !item.inspection.transactional) continue;
    const std::pair one{item.inspection.producer_id, item.inspection.producer_epoch};
    if (producer && *producer != one) {
      refuse_all(ErrorCode::kInvalidProducerIdMapping,
                 "batches of different transactional producers in one request", false);
      return false;
    }
    producer = one;
  }
  if (!producer) return true;
  bool any_left = false;
  for (Item& item : items_) {
    if (item.is_decided) continue;
    if (!item.inspection.transactional) {
      any_left = true;
    } else if (request_.transactional_id->empty()) {
      item.refuse(ErrorCode::kInvalidRequest, "the transactional id is empty");
    } else {
      item.refuse(ErrorCode::kInvalidProducerIdMapping,
                  "the transaction coordinator does not know this transactional id");
    }
  }
  return any_left;
}

// Stage C 3.
bool ProduceOperation::check_acks() {
  if (request_.acks >= -1 && request_.acks <= 1) return true;
  for (Item& item : items_) {
    if (item.is_decided) continue;
    item.refuse(ErrorCode::kInvalidRequiredAcks, "acks = " + std::to_string(request_.acks));
  }
  return false;
}

void ProduceOperation::refuse_all(ErrorCode error, const std::string& reason, bool with_message) {
  for (Item& item : items_) {
    item.refuse(error, reason);
    if (with_message) item.result.error_message = reason;
  }
}

void ProduceOperation::append_all() {
  for (Item& item : items_) {
    if (!item.is_decided) append(item);
  }
  finish();
}

// Stage D 1 and 2, and the append itself.
void ProduceOperation::append(Item& item) {
  const Topic* topic = context_.cluster.find_topic(item.key.topic_id);
  Partition* partition = topic == nullptr ? nullptr : topic->partition(item.key.index);
  if (partition == nullptr) {  // deleted while a fault held the request
    item.refuse(ErrorCode::kUnknownTopicOrPartition, "the topic was deleted");
    return;
  }
  const Request& request = reply_.request();
  if (topic->is_internal && request.client_id != kAdminClientId) {
    item.refuse(ErrorCode::kInvalidTopicException, "clients do not write to internal topics");
    return;
  }
  if (!partition->is_leader(request.node)) {
    item.refuse(ErrorCode::kNotLeaderOrFollower,
                "node " + std::to_string(request.node) + " does not lead the partition");
    return;
  }
  const codec::ByteView batch = item.inspection.batch;
  item.result = partition->append(
      item.records.sub(static_cast<std::size_t>(batch.data() - item.records.data()), batch.size()),
      {.required_acks = request_.acks});
  item.leader_epoch = partition->leadership().leader_epoch;
  item.is_decided = true;
}

// Everything is decided: events, faults, and the answer as soon as acks allow it.
void ProduceOperation::finish() {
  lay_out_response();
  for (Item& item : items_) {
    add_event(item);
    if (!context_.faults.empty()) faults_after_append(item);
  }
  if (request_.acks == -1 && !is_replicated()) {
    std::vector<PartitionKey> keys;
    for (const Item& item : items_) keys.push_back(item.key);
    context_.purgatory.wait(std::make_unique<DelayedProduce>(shared_from_this()), keys,
                            context_.clock.monotonic_ms() + std::max(request_.timeout_ms, 0),
                            reply_.request().connection);
    return;
  }
  answer();
}

// Nothing while replicas are waited for (DelayedProduce.tryComplete).
std::optional<ErrorCode> ProduceOperation::outcome_of(const Item& item) const {
  const Partition* partition = context_.cluster.find_partition(item.key);
  if (partition == nullptr) return ErrorCode::kUnknownTopicOrPartition;
  // Kafka sees that a node has stopped leading before it leads again. Here it may do so at once,
  // with its tail lost and another record at the same offset.
  const bool leads_still = partition->is_leader(reply_.request().node) &&
                           item.leader_epoch >= partition->leads_since_epoch();
  if (!leads_still) return ErrorCode::kNotLeaderOrFollower;
  if (partition->high_watermark() > item.result.last_offset) {
    return partition->has_too_few_in_sync() ? ErrorCode::kNotEnoughReplicasAfterAppend
                                            : ErrorCode::kNone;
  }
  if (partition->is_offline()) return ErrorCode::kKafkaStorageError;
  return std::nullopt;
}

bool ProduceOperation::is_replicated() {
  bool is_waiting = false;
  for (Item& item : items_) {
    if (item.outcome || item.result.error != ErrorCode::kNone) continue;
    item.outcome = outcome_of(item);
    is_waiting |= !item.outcome;
  }
  return !is_waiting;
}

void ProduceOperation::answer() {
  bool any_error = false;
  for (const bool is_refused_at_once : {false, true}) {  // the latter prevails
    for (const Item& item : items_) {
      if (item.is_refused_at_once != is_refused_at_once) continue;
      PartitionResponse& response =
          response_.responses[item.topic_response].partition_responses[item.partition_response];
      fill(item, response);
      any_error |= response.error_code != ErrorCode::kNone;
      if (response.error_code == ErrorCode::kNotLeaderOrFollower &&
          reply_.request().version >= kFirstWithCurrentLeader) {
        name_leader(context_.cluster, item.key, response.current_leader, response_.node_endpoints);
      }
    }
  }
  if (request_.acks != 0) {
    std::move(reply_).send(std::move(response_));
  } else if (any_error) {
    std::move(reply_).close("a Produce with acks = 0 failed");
  } else {
    std::move(reply_).nothing();
  }
}

void ProduceOperation::fill(const Item& item, PartitionResponse& response) const {
  const AppendResult& result = item.result;
  response.error_code = result.error;
  response.base_offset = -1;
  response.record_errors.clear();
  response.log_append_time_ms = result.log_append_time_ms;
  response.log_start_offset = result.log_start_offset;
  response.error_message = result.error_message;
  for (const codec::RecordError& error : result.record_errors) {
    response.record_errors.push_back(
        {.batch_index = error.batch_index, .batch_index_error_message = error.message});
  }
  if (result.error != ErrorCode::kNone) return;
  response.base_offset = result.base_offset;
  if (request_.acks != -1) return;
  const ErrorCode outcome = item.outcome.value_or(ErrorCode::kRequestTimedOut);
  if (outcome == ErrorCode::kNone) return;
  response.error_code = outcome;
  response.base_offset = -1;
  response.log_append_time_ms = -1;
  response.log_start_offset = -1;
}

void ProduceOperation::add_event(const Item& item) {
  BatchEvent event{.verdict = verdict_of(item.result.kind),
                   .client_id = reply_.request().client_id,
                   .topic = item.topic,
                   .partition = item.key.index,
                   .producer_id = item.inspection.producer_id,
                   .producer_epoch = item.inspection.producer_epoch,
                   .base_offset = item.result.base_offset,
                   .error = item.result.error,
                   .reason = item.result.reason};
  if (item.inspection.batch.size() >= codec::kBatchHeaderSize) {
    const codec::BatchView batch(item.inspection.batch);
    event.base_sequence = batch.base_sequence();
    event.record_count = batch.record_count();
  }
  context_.events.add(context_.clock.wall_ms(), reply_.request().node, std::move(event));
}

RequestSubject ProduceOperation::subject_of(const Item& item) const {
  RequestSubject subject{.topic = item.topic,
                         .partition = item.key.index,
                         .producer_id = item.inspection.producer_id,
                         .producer_epoch = item.inspection.producer_epoch};
  if (item.inspection.batch.size() >= codec::kBatchHeaderSize) {
    subject.base_sequence = codec::BatchView(item.inspection.batch).base_sequence();
  }
  return subject;
}

// True if the request does not go on now.
bool ProduceOperation::faults_before_append() {
  FaultPlan plan;
  for (Item& item : items_) {
    if (item.is_decided) continue;
    const RequestSubject subject = subject_of(item);
    for (const Faults::Strike& strike :
         context_.faults.strikes(Seam::kBeforeAppend, reply_.request(), &subject)) {
      Faults::note_in(strike, plan);
      if (strike.action.kind == Action::Kind::kError) {
        item.refuse(strike.action.error, "a fault refuses the batch");
      }
    }
  }
  if (plan.kind == FaultPlan::Kind::kClose) {
    std::move(reply_).close("a fault drops the connection before the append");
    return true;
  }
  if (plan.delay_ms == 0 && plan.hold == 0) return false;
  context_.parked.run_later(reply_.request().node, plan,
                            [self = shared_from_this()] { self->append_all(); });
  return true;
}

void ProduceOperation::faults_after_append(Item& item) {
  const RequestSubject subject = subject_of(item);
  for (const Faults::Strike& strike :
       context_.faults.strikes(Seam::kAfterAppend, reply_.request(), &subject)) {
    Faults::note_in(strike, reply_.request().plan);
    if (strike.action.kind != Action::Kind::kError) continue;
    item.result = AppendResult{};
    item.refuse(strike.action.error, "a fault after the append");
  }
}

}  // namespace

void produce(Context& context, wire::ProduceRequest request, Reply<wire::ProduceResponse> reply) {
  std::make_shared<ProduceOperation>(context, std::move(request), std::move(reply))->start();
}

}  // namespace understudy::broker
