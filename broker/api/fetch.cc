// Fetch (1): reads batches from partitions, waits for more, and remembers sessions (KIP-227).
//
//   v5   log_start_offset
//   v7   sessions
//   v9   current_leader_epoch (KIP-320)
//   v11  preferred_read_replica; consumers may read from followers (KIP-392)
//   v12  last_fetched_epoch, diverging_epoch (KIP-595)
//   v13  topics by id (KIP-516)
//   v15  replica_state: a replica's id and its broker's epoch (KIP-903)
//   v16  the answer names the leader on NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH (KIP-951)
//
// Who names the id of a replica is answered as that replica would be: by the leader alone, up to
// the log's end. It moves nothing: followers have what the leader has without fetching it.
#include "wire/messages/fetch.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "broker/api/handlers.h"
#include "broker/api/isolation_level.h"
#include "broker/api/leader_endpoints.h"
#include "broker/api/local_log_check.h"
#include "broker/api/node_state.h"
#include "broker/api/preferred_replica.h"
#include "broker/faults/faults.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::fetch_response::PartitionData;

constexpr wire::Version kFirstFromFollowers = 11;
constexpr wire::Version kFirstWithDivergingEpoch = 12;
constexpr wire::Version kFirstWithTopicIds = 13;
constexpr wire::Version kFirstWithReplicaState = 15;
constexpr wire::Version kFirstWithCurrentLeader = 16;
constexpr wire::Version kFirstWithStorageError = 6;

constexpr std::int32_t kFutureLocalReplica = -3;  // FetchRequest.FUTURE_LOCAL_REPLICA_ID

bool is_within(const Partition& partition, std::int64_t offset) {
  return offset >= partition.log_start_offset() && offset <= partition.log_end_offset();
}

// One partition to be read, and where it stands.
struct Reading {
  FetchTarget target;
  PartitionKey key;  // the topic id is zero while the topic is not known
  std::string topic;
  PartitionData data;
  bool is_known = true;  // false: refused before any log was asked (step 1)

  bool ends_wait() const {
    return is_known && (data.error_code != ErrorCode::kNone || diverges() || is_sent_elsewhere());
  }
  bool diverges() const { return data.diverging_epoch.epoch != -1; }
  bool is_sent_elsewhere() const { return data.preferred_read_replica != -1; }
};

class FetchOperation : public DelayedOperation {
 public:
  FetchOperation(Context& context, wire::FetchRequest request, Reply<wire::FetchResponse> reply);

  // True if there is something to read; otherwise the reply was sent.
  bool resolve_session();
  // Values that nobody sends, for which Kafka has no error of their own.
  bool names_impossible_session() const;
  bool has_unknown_isolation_level() const;
  void refuse_with_exception(ErrorCode error);
  void read_all();
  bool is_answer_complete() const;
  std::vector<PartitionKey> keys() const;
  std::int64_t deadline_ms() const { return context_.clock.monotonic_ms() + request_.max_wait_ms; }
  ConnectionId connection() const { return reply_.request().connection; }

  bool is_ready() override;
  void complete() override;
  bool may_be_cut_short() const override { return true; }
  void answer();

 private:
  wire::Version version() const { return reply_.request().version; }
  FetchSessions& sessions() { return context_.nodes.of(reply_.request().node).fetch_sessions; }
  bool resolve_incremental();
  void refuse(ErrorCode error, std::int32_t session_id);
  std::vector<FetchTarget> requested() const;
  void set_targets(const std::vector<FetchTarget>& targets);
  Partition* find(Reading& reading) const;
  void read(Reading& reading);
  ErrorCode check(const Reading& reading, const Partition& partition) const;
  ErrorCode check_replica(const Partition& partition, std::int32_t known_epoch) const;
  bool has_stale_broker_epoch() const;
  bool check_divergence(Reading& reading, const Partition& partition) const;
  bool send_elsewhere(Reading& reading, const Partition& partition) const;
  bool is_follower() const { return replica_id_ >= 0; }
  // A replica reads to the log's end.
  bool is_replica() const { return is_follower() || replica_id_ == kFutureLocalReplica; }
  std::int64_t upper_offset(const Partition& partition) const;
  void fail(Reading& reading, ErrorCode error) const;
  void add_to(wire::FetchResponse& response, Reading& reading) const;

  Context& context_;
  wire::FetchRequest request_;
  Reply<wire::FetchResponse> reply_;
  std::int32_t replica_id_;
  std::int64_t max_bytes_;
  std::int64_t min_bytes_;
  std::vector<Reading> readings_;
  std::int64_t bytes_read_ = 0;
  std::int64_t bytes_left_ = 0;  // of max_bytes_
  bool creates_session_ = false;
  std::int32_t incremental_session_ = kNoSession;
};

FetchOperation::FetchOperation(Context& context, wire::FetchRequest request,
                               Reply<wire::FetchResponse> reply)
    : context_(context), request_(std::move(request)), reply_(std::move(reply)) {
  replica_id_ =
      version() >= kFirstWithReplicaState ? request_.replica_state.replica_id : request_.replica_id;
  const std::int64_t limit = context_.cluster.configs().of(reply_.request().node).fetch_max_bytes;
  max_bytes_ = std::min<std::int64_t>(request_.max_bytes, limit);
  min_bytes_ = std::min<std::int64_t>(request_.min_bytes, max_bytes_);
}

std::vector<FetchTarget> FetchOperation::requested() const {
  std::vector<FetchTarget> targets;
  std::map<FetchTarget::Key, std::size_t> places;
  for (const auto& topic : request_.topics) {
    for (const auto& partition : topic.partitions) {
      FetchTarget target{topic.topic, topic.topic_id, partition};
      // Of a partition that is named twice the last wish counts, in the place of the first.
      const auto [place, is_new] = places.try_emplace(target.key(), targets.size());
      if (is_new) {
        targets.push_back(std::move(target));
      } else {
        targets[place->second] = std::move(target);
      }
    }
  }
  return targets;
}

// Kafka keeps sessions in eight parts by id, and looks for some ids in a ninth.
bool FetchOperation::names_impossible_session() const {
  constexpr std::int32_t kParts = 8;
  const std::int32_t part = request_.session_id / (INT32_MAX / kParts);
  return part < 0 || part >= kParts;
}

bool FetchOperation::has_unknown_isolation_level() const {
  if (is_known_isolation_level(request_.isolation_level)) return false;
  return std::any_of(readings_.begin(), readings_.end(),
                     [](const Reading& reading) { return reading.is_known; });
}

// In Kafka an exception becomes the error of the whole request.
void FetchOperation::refuse_with_exception(ErrorCode error) {
  wire::FetchResponse response{.error_code = error, .session_id = request_.session_id};
  if (version() < kFirstWithTopicIds) {
    for (const auto& topic : request_.topics) {
      auto& topic_response = response.responses.emplace_back();
      topic_response.topic = topic.topic;
      for (const auto& partition : topic.partitions) {
        PartitionData& data = topic_response.partitions.emplace_back();
        data.partition_index = partition.partition;
        data.error_code = error;
        data.high_watermark = data.last_stable_offset = data.log_start_offset = -1;
        data.aborted_transactions.emplace();
        data.records.emplace();
      }
    }
  }
  std::move(reply_).send(std::move(response));
}

void FetchOperation::refuse(ErrorCode error, std::int32_t session_id) {
  std::move(reply_).send({.error_code = error, .session_id = session_id});
}

bool FetchOperation::resolve_session() {
  const std::int32_t id = request_.session_id;
  const std::int32_t epoch = request_.session_epoch;
  if (epoch == kInitialSessionEpoch || epoch == kFinalSessionEpoch) {
    sessions().remove(id);
    creates_session_ = epoch == kInitialSessionEpoch;
    set_targets(requested());
    return true;
  }
  return resolve_incremental();
}

bool FetchOperation::resolve_incremental() {
  FetchSession* session = sessions().find(request_.session_id);
  if (session == nullptr) {
    refuse(ErrorCode::kFetchSessionIdNotFound, kNoSession);
    return false;
  }
  if (request_.session_epoch != session->epoch) {
    refuse(ErrorCode::kInvalidFetchSessionEpoch, kNoSession);
    return false;
  }
  if (session->uses_topic_ids != (version() >= kFirstWithTopicIds)) {
    refuse(ErrorCode::kFetchSessionTopicIdError, kNoSession);
    return false;
  }
  for (const FetchTarget& target : requested()) session->add_or_update(target);
  for (const auto& topic : request_.forgotten_topics_data) {
    for (const std::int32_t partition : topic.partitions) {
      session->forget({topic.topic, topic.topic_id, partition});
    }
  }
  if (session->size() == 0) {
    sessions().remove(session->id);
    set_targets(requested());  // what the request itself names is read, even if it forgets it too
    return true;
  }
  session->epoch = next_session_epoch(request_.session_epoch);
  session->last_used_ms = context_.clock.monotonic_ms();
  incremental_session_ = session->id;
  std::vector<FetchTarget> targets;
  session->remember_topics([&](const wire::Uuid& id) {
    const Topic* topic = context_.cluster.find_topic(id);
    return topic == nullptr ? std::string() : topic->name;
  });
  for (const auto& entry : session->entries()) targets.push_back(entry.target);
  set_targets(targets);
  return true;
}

void FetchOperation::set_targets(const std::vector<FetchTarget>& targets) {
  readings_.reserve(targets.size());
  for (const FetchTarget& target : targets) {
    Reading& reading = readings_.emplace_back();
    reading.target = target;
    find(reading);
    if (!context_.faults.empty()) {
      reply_.request().subjects.push_back(
          {.topic = reading.topic, .partition = target.wanted.partition});
    }
  }
}

// The partition, or null with the refusal of step 1 filled in. Topics may come and go while a
// request waits, so this is looked up again each time.
Partition* FetchOperation::find(Reading& reading) const {
  const FetchTarget& target = reading.target;
  const bool by_id = version() >= kFirstWithTopicIds;
  const Topic* topic = by_id ? context_.cluster.find_topic(target.topic_id)
                             : context_.cluster.find_topic(target.topic);
  reading.data = PartitionData{};
  reading.data.partition_index = target.wanted.partition;
  reading.data.records.emplace();  // Kafka answers with no bytes, never with null
  reading.key = {topic != nullptr ? topic->id : target.topic_id, target.wanted.partition};
  reading.topic = topic != nullptr ? topic->name : target.topic;
  Partition* partition = topic == nullptr ? nullptr : topic->partition(target.wanted.partition);
  reading.is_known = partition != nullptr;
  if (topic == nullptr && !target.session_topic.empty()) {
    // The session's topic was deleted. Another one of its name has another id.
    const Topic* other = context_.cluster.find_topic(target.session_topic);
    if (other != nullptr && other->partition(target.wanted.partition) != nullptr) {
      reading.is_known = true;
      fail(reading, ErrorCode::kInconsistentTopicId);
      return nullptr;
    }
  }
  if (partition == nullptr) {
    const bool is_unknown_id = topic == nullptr && by_id && target.session_topic.empty();
    fail(reading, is_unknown_id ? ErrorCode::kUnknownTopicId : ErrorCode::kUnknownTopicOrPartition);
    reading.data.aborted_transactions.emplace();  // empty here, null in later refusals, as in Kafka
  }
  return partition;
}

void FetchOperation::fail(Reading& reading, ErrorCode error) const {
  reading.data.error_code = error;
  reading.data.high_watermark = -1;
  reading.data.last_stable_offset = -1;
  reading.data.log_start_offset = -1;
  reading.data.aborted_transactions.reset();
  reading.data.records.emplace();
}

std::int64_t FetchOperation::upper_offset(const Partition& partition) const {
  if (is_replica()) return partition.log_end_offset();
  return request_.isolation_level == kReadCommitted ? partition.last_stable_offset()
                                                    : partition.high_watermark();
}

// Steps 4, 5 and 7 of the specification's list.
ErrorCode FetchOperation::check(const Reading& reading, const Partition& partition) const {
  const std::int32_t known_epoch =
      std::max(reading.target.wanted.current_leader_epoch, kNoKnownLeaderEpoch);
  const bool may_follow = !is_follower() && (version() >= kFirstFromFollowers || is_replica());
  const ErrorCode error = check_local_log(partition, reply_.request().node, known_epoch,
                                          may_follow ? Answers::kReplicas : Answers::kLeader);
  if (error != ErrorCode::kNone || !is_follower()) return error;
  return check_replica(partition, known_epoch);
}

// Partition.followerReplicaOrThrow: with the right leader epoch it is the leader that may not have
// heard of the replica yet. The leader does not follow itself.
ErrorCode FetchOperation::check_replica(const Partition& partition,
                                        std::int32_t known_epoch) const {
  if (partition.has_replica(replica_id_) && !partition.is_leader(replica_id_)) {
    return ErrorCode::kNone;
  }
  return known_epoch == kNoKnownLeaderEpoch ? ErrorCode::kNotLeaderOrFollower
                                            : ErrorCode::kUnknownLeaderEpoch;
}

// Replica.updateFetchStateOrThrow: a broker that has been started again since. Here every broker
// is in its first epoch; no broker of a real cluster has a lower one.
bool FetchOperation::has_stale_broker_epoch() const {
  constexpr std::int64_t kNotTold = -1;
  constexpr std::int64_t kBrokerEpoch = 1;
  const std::int64_t epoch = request_.replica_state.replica_epoch;
  return is_follower() && version() >= kFirstWithReplicaState && epoch != kNotTold &&
         epoch < kBrokerEpoch;
}

// Step 6: true if the client's log and ours part ways, or the question cannot be answered.
bool FetchOperation::check_divergence(Reading& reading, const Partition& partition) const {
  const auto& wanted = reading.target.wanted;
  if (wanted.last_fetched_epoch < 0) return false;
  const auto end = partition.leader_epochs().end_offset_for(wanted.last_fetched_epoch,
                                                            partition.log_end_offset());
  if (end.epoch == -1 || wanted.fetch_offset < partition.log_start_offset()) {
    fail(reading, ErrorCode::kOffsetOutOfRange);
    return true;
  }
  if (end.epoch >= wanted.last_fetched_epoch && end.end_offset >= wanted.fetch_offset) return false;
  reading.data.aborted_transactions.reset();  // nothing was read, at whatever isolation level
  reading.data.diverging_epoch.epoch = end.epoch;
  reading.data.diverging_epoch.end_offset = end.end_offset;
  return true;
}

// A consumer is told to read from a nearer replica; then nothing is read here.
bool FetchOperation::send_elsewhere(Reading& reading, const Partition& partition) const {
  if (is_follower() || version() < kFirstFromFollowers) return false;
  const auto preferred = preferred_replica(context_.cluster, partition, reply_.request().node,
                                           request_.rack_id, reading.target.wanted.fetch_offset);
  if (preferred) reading.data.preferred_read_replica = *preferred;
  return preferred.has_value();
}

void FetchOperation::read(Reading& reading) {
  Partition* partition = find(reading);
  if (partition == nullptr) return;
  PartitionData& data = reading.data;
  const ErrorCode refused = check(reading, *partition);
  if (refused != ErrorCode::kNone) {
    fail(reading, refused);
    return;
  }
  data.high_watermark = partition->high_watermark();
  data.last_stable_offset = partition->last_stable_offset();
  data.log_start_offset = partition->log_start_offset();
  data.aborted_transactions.reset();
  if (send_elsewhere(reading, *partition)) return;
  if (request_.isolation_level == kReadCommitted && !is_replica()) {
    data.aborted_transactions.emplace();
  }
  if (check_divergence(reading, *partition)) return;

  const std::int64_t offset = reading.target.wanted.fetch_offset;
  if (!is_within(*partition, offset)) {
    fail(reading, ErrorCode::kOffsetOutOfRange);
    return;
  }
  const std::int64_t max_bytes =
      std::min<std::int64_t>(reading.target.wanted.partition_max_bytes, bytes_left_);
  if (max_bytes < 0 && offset < upper_offset(*partition)) {
    fail(reading, ErrorCode::kUnknownServerError);  // LogSegment.read throws
    return;
  }
  const auto records = partition->read({.fetch_offset = offset,
                                        .max_bytes = max_bytes,
                                        .upper_offset = upper_offset(*partition),
                                        .at_least_one_batch = bytes_read_ == 0});
  if (!records) {
    const bool is_untold =
        records.error() == ErrorCode::kKafkaStorageError && version() < kFirstWithStorageError;
    fail(reading, is_untold ? ErrorCode::kNotLeaderOrFollower : records.error());
    return;
  }
  if (has_stale_broker_epoch()) {
    fail(reading, ErrorCode::kNotLeaderOrFollower);
    return;
  }
  // Where not even one batch fits in, Kafka puts an answer without anything in the place of what it
  // has read. Where no byte was allowed it has read nothing that it would replace.
  const bool is_replaced = records->empty() && max_bytes > 0 && offset < upper_offset(*partition);
  if (is_replaced) data.aborted_transactions.reset();
  if (data.aborted_transactions) {
    // More than overlap what is returned do no harm.
    for (const AbortedTransaction& aborted :
         partition->aborted_transactions(offset, upper_offset(*partition))) {
      data.aborted_transactions->push_back(
          {.producer_id = aborted.producer_id, .first_offset = aborted.first_offset});
    }
  }
  data.records = *records;
  bytes_read_ += static_cast<std::int64_t>(records->size());
}

void FetchOperation::read_all() {
  bytes_read_ = 0;
  bytes_left_ = max_bytes_;
  for (Reading& reading : readings_) {
    read(reading);
    // What is left is never negative, but what was allowed at first may be.
    if (reading.is_known) bytes_left_ = std::max<std::int64_t>(max_bytes_ - bytes_read_, 0);
  }
}

bool FetchOperation::is_answer_complete() const {
  if (request_.max_wait_ms <= 0 || bytes_read_ >= min_bytes_) return true;
  if (std::none_of(readings_.begin(), readings_.end(),
                   [](const Reading& r) { return r.is_known; })) {
    return true;
  }
  return std::any_of(readings_.begin(), readings_.end(),
                     [](const Reading& reading) { return reading.ends_wait(); });
}

std::vector<PartitionKey> FetchOperation::keys() const {
  std::vector<PartitionKey> keys;
  for (const Reading& reading : readings_) keys.push_back(reading.key);
  return keys;
}

bool FetchOperation::is_ready() {
  std::int64_t bytes = 0;
  for (Reading& reading : readings_) {
    const bool was_known = reading.is_known;
    const Partition* partition = find(reading);
    if (partition == nullptr) {
      if (was_known) return true;
      continue;
    }
    if (check(reading, *partition) != ErrorCode::kNone) return true;
    const std::int64_t offset = reading.target.wanted.fetch_offset;
    if (!is_within(*partition, offset)) return true;
    const std::int64_t upper = upper_offset(*partition);
    if (upper <= offset) continue;
    if (min_bytes_ <= 1) return true;
    const Log::Available available = partition->log().available(offset, upper);
    if (available.other_segment) return true;
    bytes += std::min<std::int64_t>(static_cast<std::int64_t>(available.bytes),
                                    reading.target.wanted.partition_max_bytes);
  }
  return bytes >= min_bytes_;
}

void FetchOperation::complete() {
  read_all();
  answer();
}

void FetchOperation::add_to(wire::FetchResponse& response, Reading& reading) const {
  const bool names_leader = reading.data.error_code == ErrorCode::kNotLeaderOrFollower ||
                            reading.data.error_code == ErrorCode::kFencedLeaderEpoch;
  if (names_leader && version() >= kFirstWithCurrentLeader) {
    name_leader(context_.cluster, reading.key, reading.data.current_leader,
                response.node_endpoints);
    // A replica knows where the others are.
    if (is_follower()) response.node_endpoints.clear();
  }
  const bool is_same_topic = !response.responses.empty() &&
                             response.responses.back().topic == reading.topic &&
                             response.responses.back().topic_id == reading.key.topic_id;
  if (!is_same_topic) {
    response.responses.push_back({.topic = reading.topic, .topic_id = reading.key.topic_id});
  }
  response.responses.back().partitions.push_back(std::move(reading.data));
}

// When a partition's turn comes in the answer.
enum class Turn { kRead, kUnknownId, kUnknownPartition };
constexpr Turn kTurns[] = {Turn::kRead, Turn::kUnknownId, Turn::kUnknownPartition};

Turn turn_of(const Reading& reading) {
  if (reading.is_known) return Turn::kRead;
  return reading.data.error_code == ErrorCode::kUnknownTopicId ? Turn::kUnknownId
                                                               : Turn::kUnknownPartition;
}

void FetchOperation::answer() {
  wire::FetchResponse response;
  FetchSession* session = nullptr;
  if (incremental_session_ != kNoSession) {
    session = sessions().find(incremental_session_);
    // Another request of the session was quicker while this one waited.
    if (session == nullptr || session->epoch != next_session_epoch(request_.session_epoch)) {
      refuse(ErrorCode::kInvalidFetchSessionEpoch, incremental_session_);
      return;
    }
  } else if (creates_session_) {
    session = sessions().create(version() >= kFirstWithTopicIds, readings_.size(),
                                context_.clock.monotonic_ms());
    if (session != nullptr) {
      for (const Turn turn : kTurns) {  // the order of the answer is that of the session
        for (Reading& reading : readings_) {
          if (turn_of(reading) != turn) continue;
          if (version() >= kFirstWithTopicIds && turn != Turn::kUnknownId) {
            reading.target.session_topic = reading.topic;
          }
          session->add_or_update(reading.target);
        }
      }
    }
  }
  if (session != nullptr) response.session_id = session->id;
  // Asked for in version 12, by another request of the session. The session has noted the answer
  // when Kafka finds that it cannot be written.
  const bool cannot_say =
      version() < kFirstWithDivergingEpoch &&
      std::any_of(readings_.begin(), readings_.end(), std::mem_fn(&Reading::diverges));
  // What was refused before any log was asked comes last, unknown ids first, as in KafkaApis.
  const auto kind = incremental_session_ == kNoSession ? FetchSession::Answer::kFull
                                                       : FetchSession::Answer::kIncremental;
  for (const Turn turn : kTurns) {
    for (Reading& reading : readings_) {
      if (turn_of(reading) != turn) continue;
      const bool is_news =
          session == nullptr || session->note_answer(reading.target.key(), reading.data, kind);
      if (is_news || incremental_session_ == kNoSession) add_to(response, reading);
    }
  }
  if (cannot_say) return refuse_with_exception(ErrorCode::kUnsupportedVersion);
  std::move(reply_).send(std::move(response));
}

}  // namespace

void fetch(Context& context, wire::FetchRequest request, Reply<wire::FetchResponse> reply) {
  auto operation = std::make_unique<FetchOperation>(context, std::move(request), std::move(reply));
  constexpr ErrorCode kThrown = ErrorCode::kUnknownServerError;
  if (operation->names_impossible_session()) return operation->refuse_with_exception(kThrown);
  if (!operation->resolve_session()) return;
  if (operation->has_unknown_isolation_level()) return operation->refuse_with_exception(kThrown);
  operation->read_all();
  if (operation->is_answer_complete()) {
    operation->answer();
    return;
  }
  const auto keys = operation->keys();
  const std::int64_t deadline_ms = operation->deadline_ms();
  const ConnectionId connection = operation->connection();
  context.purgatory.wait(std::move(operation), keys, deadline_ms, connection);
}

}  // namespace understudy::broker
