#include "broker/group/group_offsets.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "broker/group/classic_group.h"
#include "wire/messages/group_coordinator_records.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

// What goes away by itself may be much: it is no single operation, in Kafka neither.
constexpr std::size_t kRecordsPerBatchMax = 1000;
constexpr std::size_t kBytesPerBatchMax = 256 << 10;  // of keys; max.message.bytes is a megabyte

// The only one that can say when an offset expires.
constexpr wire::Version kVersionWithExpireTime = 1;

CoordinatorRecord tombstone_of_offset(std::string_view group, std::string_view topic,
                                      std::int32_t partition) {
  return tombstone_of(wire::OffsetCommitKey{
      .group = std::string(group), .topic = std::string(topic), .partition = partition});
}

// Times come from records and may be anything; Java's numbers go round.
std::int64_t java_minus(std::int64_t left, std::int64_t right) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) -
                                   static_cast<std::uint64_t>(right));
}

CommittedOffset offset_of(wire::OffsetCommitValue value) {
  return {.offset = value.offset,
          .leader_epoch = value.leader_epoch,
          .metadata = std::move(value.metadata),
          .commit_ms = value.commit_timestamp,
          .expire_ms = value.expire_timestamp,
          .topic_id = value.topic_id};
}

}  // namespace

CoordinatorRecord GroupOffsets::record_of_commit(std::string_view group, std::string_view topic,
                                                 std::int32_t partition,
                                                 const CommittedOffset& offset) const {
  const wire::OffsetCommitKey key{
      .group = std::string(group), .topic = std::string(topic), .partition = partition};
  const wire::OffsetCommitValue value{.offset = offset.offset,
                                      .leader_epoch = offset.leader_epoch,
                                      .metadata = offset.metadata,
                                      .commit_timestamp = offset.commit_ms,
                                      .expire_timestamp = offset.expire_ms,
                                      .topic_id = offset.topic_id};
  const bool expires = offset.expire_ms != CommittedOffset::kNoExpireTime;
  return record_of(key, value,
                   expires ? kVersionWithExpireTime
                           : shard_.environment().profile.offset_commit_record_version());
}

void GroupOffsets::add_tombstones(std::string_view group,
                                  std::vector<CoordinatorRecord>& records) const {
  committed_.for_each(group, [&](const CommittedOffsets::Topic& topic, std::int32_t partition,
                                 const CommittedOffset&) {
    records.push_back(tombstone_of_offset(group, topic.name, partition));
  });
  pending_.for_each(group, [&](std::string_view topic, std::int32_t partition) {
    if (committed_.contains(group, topic, partition)) return;
    records.push_back(tombstone_of_offset(group, topic, partition));
  });
}

void GroupOffsets::put(std::string_view group, std::string_view topic, std::int32_t partition,
                       CommittedOffset offset, std::uint64_t number) {
  committed_.put(group, topic, partition, std::move(offset));
  if (!pending_.empty()) pending_.supersede(group, topic, partition, number);
}

void GroupOffsets::replay(const CoordinatorRecord& record, const RecordProducer& producer) {
  const auto key = read_key<wire::OffsetCommitKey>(record);
  if (!key) return;
  if (!record.value) {
    committed_.erase(key->group, key->topic, key->partition);
    pending_.erase(key->group, key->topic, key->partition);
    return;
  }
  auto value = read_value<wire::OffsetCommitValue>(record);
  if (!value) return;
  if (shard_.find(key->group) == nullptr) shard_.put(make_simple_group(key->group));
  const std::uint64_t number = ++last_number_;
  CommittedOffset offset = offset_of(std::move(*value));
  if (producer.id < 0)
    return put(key->group, key->topic, key->partition, std::move(offset), number);
  pending_.put(key->group, key->topic, key->partition, producer.id, std::move(offset), number);
}

void GroupOffsets::transaction_ended(std::int64_t producer_id, codec::ControlType type) {
  for (PendingOffsets::Ended& one : pending_.end(producer_id)) {
    // Of a partition the record that is last in the log counts, whenever its transaction ended.
    if (type != codec::ControlType::kCommit || one.is_superseded) continue;
    put(one.group, one.topic, one.partition, std::move(one.offset), one.number);
  }
}

void GroupOffsets::loaded() {
  committed_.shrink();
  // Topics may have gone while nobody led the partition.
  shard_.shard().timers().at(shard_.environment().clock.monotonic_ms(),
                             [this] { topics_changed(); });
  expire_later();
}

// A topic of the same name with another id is not the one that was read.
bool GroupOffsets::is_gone(std::string_view topic, const wire::Uuid& id) const {
  const Topic* const found = shard_.environment().cluster.find_topic(topic);
  return found == nullptr || (!id.is_zero() && id != found->id);
}

void GroupOffsets::add_gone(std::string_view group, std::vector<CoordinatorRecord>& records) const {
  committed_.for_each(group, [&](const CommittedOffsets::Topic& topic, std::int32_t partition,
                                 const CommittedOffset&) {
    if (!is_gone(topic.name, topic.id)) return;
    records.push_back(tombstone_of_offset(group, topic.name, partition));
  });
}

void GroupOffsets::topics_changed() {
  std::vector<CoordinatorRecord> records;
  const auto is_topic_gone = [this](const CommittedOffsets::Topic& topic) {
    return is_gone(topic.name, topic.id);
  };
  if (committed_.has_topic(is_topic_gone)) {
    committed_.for_each_group([&](std::string_view group) { add_gone(group, records); });
  }
  pending_.for_each_group([&](std::string_view group) {
    pending_.for_each(group, [&](std::string_view topic, std::int32_t partition) {
      if (!is_gone(topic, wire::Uuid{})) return;
      records.push_back(tombstone_of_offset(group, topic, partition));
    });
  });
  write_in_pieces(records);
}

// OffsetExpirationConditionImpl.isOffsetExpired.
bool GroupOffsets::is_expired(const CommittedOffset& offset, const OffsetExpiration& expiration,
                              std::int64_t now_ms) const {
  if (offset.expire_ms != CommittedOffset::kNoExpireTime) return now_ms >= offset.expire_ms;
  constexpr std::int64_t kMsPerMinute = 60'000;
  const bool counts_from_empty =
      expiration.base == OffsetExpiration::Base::kEmptySince && expiration.empty_since_ms >= 0;
  const std::int64_t base_ms = counts_from_empty ? expiration.empty_since_ms : offset.commit_ms;
  return java_minus(now_ms, base_ms) >= shard_.config().offsets_retention_minutes * kMsPerMinute;
}

// True if no offset of the group stays.
bool GroupOffsets::add_expired(const Group& group, std::int64_t now_ms,
                               std::vector<CoordinatorRecord>& records) const {
  bool is_all = !pending_.contains(group.id());
  if (!committed_.contains(group.id())) return is_all;
  const OffsetExpiration expiration = group.expiration();
  if (expiration.base == OffsetExpiration::Base::kNever) return false;
  committed_.for_each(group.id(), [&](const CommittedOffsets::Topic& topic, std::int32_t partition,
                                      const CommittedOffset& offset) {
    const bool expires = is_expired(offset, expiration, now_ms) &&
                         !group.is_subscribed_to(topic.name) &&
                         !pending_.contains(group.id(), topic.name, partition);
    if (expires) {
      records.push_back(tombstone_of_offset(group.id(), topic.name, partition));
    } else {
      is_all = false;
    }
  });
  return is_all;
}

// GroupCoordinatorShard.cleanupGroupMetadata.
void GroupOffsets::expire() {
  const std::int64_t now_ms = shard_.environment().clock.wall_ms();
  std::vector<CoordinatorRecord> records;
  for (const auto& [id, group] : shard_.groups()) {
    if (!add_expired(*group, now_ms, records)) continue;
    if (group->check_delete() == ErrorCode::kNone) group->add_tombstones(records);
  }
  write_in_pieces(records);
  expire_later();
}

void GroupOffsets::expire_later() {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 2;
  const std::int64_t interval_ms = shard_.config().offsets_retention_check_interval_ms;
  if (interval_ms >= kNever) return;
  const std::int64_t at_ms = shard_.environment().clock.monotonic_ms() + interval_ms;
  shard_.shard().timers().at(at_ms, [this] { expire(); });
}

// What the log refuses is found again the next time.
void GroupOffsets::write_in_pieces(const std::vector<CoordinatorRecord>& records) {
  std::vector<CoordinatorRecord> piece;
  std::size_t size_bytes = 0;
  const auto write = [&] {
    if (!piece.empty()) shard_.shard().write(piece, [](ErrorCode) {});
    piece.clear();
    size_bytes = 0;
  };
  for (const CoordinatorRecord& record : records) {
    if (piece.size() == kRecordsPerBatchMax || size_bytes > kBytesPerBatchMax) write();
    size_bytes += record.key.size();
    piece.push_back(record);
  }
  write();
}

}  // namespace understudy::broker
