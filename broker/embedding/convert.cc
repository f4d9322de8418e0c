#include "broker/embedding/convert.h"

#include <optional>
#include <string_view>
#include <utility>

#include "codec/record.h"
#include "codec/record_batch.h"
#include "codec/stored_batch.h"
#include "wire/api_key.h"
#include "wire/error_code.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/metadata.h"

namespace understudy {
namespace {

constexpr std::int64_t kReadSize = 1 << 20;

template <class Enum>
Enum look_up(const NameOrNumber& wanted, std::optional<Enum> (*find)(std::string_view),
             const char* what) {
  if (wanted.name.empty()) return static_cast<Enum>(wanted.number);
  if (const auto found = find(wanted.name)) return *found;
  throw Error("'" + wanted.name + "' is not the name of a Kafka " + what);
}

broker::Seam to_core(Seam seam) {
  switch (seam) {
    case Seam::kRequest:
      return broker::Seam::kRequest;
    case Seam::kBeforeAppend:
      return broker::Seam::kBeforeAppend;
    case Seam::kAfterAppend:
      return broker::Seam::kAfterAppend;
    case Seam::kResponse:
      return broker::Seam::kResponse;
  }
  throw Error("the rule's seam is none");
}

broker::Match to_core(const Match& match) {
  broker::Match core;
  if (match.api) core.api = look_up(*match.api, wire::api_key_of, "API");
  core.client_id = match.client_id;
  core.node = match.node;
  core.topic = match.topic;
  core.partition = match.partition;
  core.producer_id = match.producer_id;
  core.producer_epoch = match.producer_epoch;
  core.base_sequence = match.base_sequence;
  core.group = match.group;
  core.member_id = match.member_id;
  core.instance_id = match.instance_id;
  core.transactional_id = match.transactional_id;
  return core;
}

broker::Trigger to_core(const Trigger& trigger) {
  if (!(trigger.probability() >= 0.0 && trigger.probability() <= 1.0)) {
    throw Error("a probability lies between 0 and 1");
  }
  if (trigger.probability() < 1.0) {
    return broker::Trigger::with_probability(trigger.probability(), trigger.seed());
  }
  if (trigger.first() == trigger.last()) return broker::Trigger::on_call(trigger.first());
  if (trigger.last() == UINT64_MAX) return broker::Trigger::every_time();
  return broker::Trigger::times(trigger.last());
}

broker::Action show_partitions(const std::string& topic, std::int64_t count) {
  return broker::Action::edit_response<wire::MetadataResponse>(
      [topic, count](wire::MetadataResponse& response) {
        for (auto& shown : response.topics) {
          if (shown.name != topic) continue;
          std::erase_if(shown.partitions, [count](const auto& partition) {
            return partition.partition_index >= count;
          });
          if (count == 0) shown.error_code = wire::ErrorCode::kUnknownTopicOrPartition;
        }
      });
}

broker::Action answer_producer_id(std::int64_t producer_id, std::int16_t producer_epoch) {
  return broker::Action::edit_response<wire::InitProducerIdResponse>(
      [=](wire::InitProducerIdResponse& response) {
        if (response.error_code != wire::ErrorCode::kNone) return;
        response.producer_id = producer_id;
        response.producer_epoch = producer_epoch;
      });
}

broker::Action to_core(const Action& action) {
  switch (action.kind()) {
    case Action::Kind::kError:
      return broker::Action::error_code(look_up(action.error_code(), wire::error_code_of, "error"));
    case Action::Kind::kDelay:
      return broker::Action::delay(action.number());
    case Action::Kind::kHold:
      return broker::Action::hold();
    case Action::Kind::kDropConnection:
      return broker::Action::drop_connection();
    case Action::Kind::kDropResponse:
      return broker::Action::drop_response();
    case Action::Kind::kCutResponse:
      return broker::Action::cut_response(static_cast<std::size_t>(action.number()));
    case Action::Kind::kShowPartitions:
      return show_partitions(action.topic(), action.number());
    case Action::Kind::kAnswerProducerId:
      return answer_producer_id(action.number(), action.producer_epoch());
  }
  throw Error("the rule's action is none");
}

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

Record to_public(const codec::BatchView& batch, const codec::RecordView& record) {
  Record result;
  result.offset = record.offset;
  result.timestamp_ms = record.timestamp;
  result.key = owned(record.key);
  result.value = owned(record.value);
  for (const codec::RecordHeader& header : record.headers.to_vector()) {
    result.headers.emplace_back(std::string(header.key), owned(header.value));
  }
  result.leader_epoch = batch.partition_leader_epoch();
  result.producer_id = batch.producer_id();
  result.producer_epoch = batch.producer_epoch();
  result.sequence = record.sequence;
  return result;
}

Record to_public(const codec::OldRecord& record) {
  Record result;
  result.offset = record.offset;
  result.timestamp_ms = record.timestamp;
  result.key = owned(record.key);
  result.value = owned(record.value);
  return result;
}

// The records of a batch whose offsets are at least `offset_min`, in the order of the log.
void add_records(const codec::StoredBatch& batch, std::int64_t offset_min,
                 std::vector<Record>& records) {
  const auto check = [](const codec::Verdict& verdict) {
    if (!verdict.ok()) throw Error("a batch of the log cannot be opened");
  };
  if (batch.is_old()) {
    const codec::OldMessages messages = codec::read_old_messages(batch);
    check(messages.verdict);
    for (const codec::OldRecord& record : messages.records) {
      if (record.offset >= offset_min) records.push_back(to_public(record));
    }
    return;
  }
  if (batch.current().is_control()) return;
  codec::RecordReader reader(batch.current());
  while (const codec::RecordView* record = reader.next()) {
    if (record->offset >= offset_min) records.push_back(to_public(batch.current(), *record));
  }
  check(reader.verdict());
}

}  // namespace

broker::Rule to_core(const Rule& rule) {
  broker::Rule core{.seam = to_core(rule.seam),
                    .match = to_core(rule.match),
                    .trigger = to_core(rule.trigger),
                    .action = to_core(rule.action)};
  if (rule.action.kind() == Action::Kind::kShowPartitions &&
      core.match.api != wire::ApiKey::kMetadata) {
    throw Error("show_partitions changes the answers of Metadata: match that API");
  }
  if (rule.action.kind() == Action::Kind::kAnswerProducerId &&
      core.match.api != wire::ApiKey::kInitProducerId) {
    throw Error("answer_producer_id changes the answers of InitProducerId: match that API");
  }
  return core;
}

broker::Crash to_core(const Crash& crash) {
  const auto kind = [&] {
    switch (crash.kind()) {
      case Crash::Kind::kKeepEverything:
        return broker::Crash::Kind::kKeepEverything;
      case Crash::Kind::kLoseProducerState:
        return broker::Crash::Kind::kLoseProducerState;
      case Crash::Kind::kLoseUnsynced:
        return broker::Crash::Kind::kLoseUnsynced;
      case Crash::Kind::kLoseTail:
        return broker::Crash::Kind::kLoseTail;
      case Crash::Kind::kStaleSnapshot:
        return broker::Crash::Kind::kStaleSnapshot;
    }
    return broker::Crash::Kind::kKeepEverything;
  }();
  return {.kind = kind, .batches = crash.batches()};
}

broker::Partition::Tail to_core(Tail tail) {
  return tail == Tail::kLose ? broker::Partition::Tail::kLose : broker::Partition::Tail::kKeep;
}

namespace {

// Both lists of kinds are in the same order.
Event::Kind to_public(broker::Event::Kind kind) { return static_cast<Event::Kind>(kind); }
static_assert(static_cast<std::size_t>(Event::Kind::kCommitRefused) + 1 == broker::Event::kKinds);
static_assert(static_cast<int>(Event::Kind::kCommitRefused) ==
              static_cast<int>(broker::Event::Kind::kCommitRefused));

// What each kind of event has to say in the public struct's members.
struct Fill {
  Event& event;

  void operator()(const broker::BatchEvent& batch) const {
    event.client_id = batch.client_id;
    event.topic = batch.topic;
    event.partition = batch.partition;
    event.producer_id = batch.producer_id;
    event.producer_epoch = batch.producer_epoch;
    event.base_sequence = batch.base_sequence;
    event.record_count = batch.record_count;
    event.base_offset = batch.base_offset;
    event.error_code = static_cast<std::int16_t>(batch.error);
    event.error_name = wire::name_of(batch.error);
    event.reason = batch.reason;
  }
  void operator()(const broker::TopicCreatedEvent& created) const { event.topic = created.topic; }
  void operator()(const broker::TopicDeletedEvent& deleted) const { event.topic = deleted.topic; }
  void operator()(const broker::LeaderMovedEvent& moved) const {
    event.topic = moved.topic;
    event.partition = moved.partition;
    event.node = moved.now;
  }
  void operator()(const broker::RestartedEvent& restarted) const {
    event.reason = restarted.what_was_lost;
  }
  void operator()(const broker::GroupEvent& group) const {
    event.client_id = group.client_id;
    event.group = group.group;
    event.member = group.member;
    event.generation = group.generation;
    event.error_code = static_cast<std::int16_t>(group.error);
    event.error_name = wire::name_of(group.error);
    event.reason = group.reason;
  }
};

}  // namespace

Event to_public(const broker::Event& event) {
  Event result;
  result.number = event.number;
  result.at_ms = event.at_ms;
  result.kind = to_public(event.kind());
  result.node = event.node;
  result.error_name = wire::name_of(wire::ErrorCode::kNone);
  result.description = event.describe();
  std::visit(Fill{result}, event.what);
  return result;
}

std::vector<Record> read_records(const broker::Controls& controls,
                                 const broker::PartitionName& name) {
  const auto fail = [](const broker::ApiError& error) {
    throw Error(error.message.value_or(""), static_cast<std::int16_t>(error.code));
  };
  const auto view = controls.partition(name);
  if (const auto* error = std::get_if<broker::ApiError>(&view)) fail(*error);
  const auto& partition = std::get<broker::PartitionView>(view);
  std::vector<Record> records;
  for (std::int64_t offset = partition.log_start_offset; offset < partition.log_end_offset;) {
    const auto read = controls.read(name, offset, kReadSize);
    if (const auto* error = std::get_if<broker::ApiError>(&read)) fail(*error);
    const auto& bytes = std::get<wire::Slice>(read);
    const std::int64_t before = offset;
    codec::BatchCursor cursor({bytes.data(), bytes.size()});
    while (cursor.next() == codec::BatchCursor::Step::kBatch) {
      const auto batch = codec::StoredBatch::read(cursor.batch());
      if (!batch) throw Error("a batch of the log cannot be opened");
      offset = batch->next_offset();
      add_records(*batch, partition.log_start_offset, records);
    }
    if (offset == before) throw Error("the log ends before its log end offset");
  }
  return records;
}

ProducerState to_public(const broker::ProducerView& view) {
  ProducerState state;
  state.producer_id = view.producer_id;
  state.producer_epoch = view.producer_epoch;
  state.last_sequence = view.last_sequence;
  state.last_timestamp_ms = view.last_timestamp_ms;
  for (const broker::ProducerView::Batch& batch : view.batches) {
    state.batches.push_back({.first_sequence = batch.first_sequence,
                             .last_sequence = batch.last_sequence,
                             .first_offset = batch.first_offset,
                             .last_offset = batch.last_offset});
  }
  return state;
}

GroupSummary to_public(const broker::GroupSummaryView& view) {
  return {.id = view.id,
          .type = view.type,
          .state = view.state,
          .protocol_type = view.protocol_type,
          .coordinator = view.coordinator};
}

GroupState to_public(const broker::GroupDetailsView& view) {
  GroupState state{.summary = to_public(view.summary),
                   .generation = view.group.generation,
                   .assignment_epoch = view.group.assignment_epoch,
                   .protocol = view.group.protocol,
                   .leader = view.group.leader};
  for (const broker::GroupMemberView& member : view.group.members) {
    state.members.push_back({.member_id = member.member_id,
                             .instance_id = member.instance_id,
                             .client_id = member.client_id,
                             .client_host = member.client_host,
                             .epoch = member.epoch,
                             .partitions = member.partitions});
  }
  for (const broker::GroupOffsetView& offset : view.offsets) {
    state.offsets.push_back({.topic = offset.topic,
                             .partition = offset.partition,
                             .offset = offset.offset,
                             .leader_epoch = offset.leader_epoch,
                             .metadata = offset.metadata,
                             .commit_ms = offset.commit_ms,
                             .lag = offset.lag});
  }
  for (const broker::PendingOffsetView& offset : view.pending_offsets) {
    state.pending_offsets.push_back({.topic = offset.topic,
                                     .partition = offset.partition,
                                     .producer_id = offset.producer_id,
                                     .offset = offset.offset});
  }
  return state;
}

std::vector<broker::OffsetChange> to_core(const std::vector<OffsetChange>& changes) {
  std::vector<broker::OffsetChange> core;
  for (const OffsetChange& change : changes) {
    core.push_back({.partition = {change.topic, change.partition}, .offset = change.offset});
  }
  return core;
}

}  // namespace understudy
