#include "conformance/group_records.h"

#include <algorithm>
#include <stdexcept>

#include "wire/engine.h"
#include "wire/messages/consumer_group_records.h"
#include "wire/messages/group_coordinator_records.h"

namespace understudy::conformance {

namespace {

using wire::Slice;

constexpr std::string_view kOffsetsTopic = "__consumer_offsets";
// The newest version of Fetch that names topics.
constexpr Version kFetchByName = 12;
constexpr std::size_t kVersionSize = 2;

Version version_of(std::string_view bytes) {
  return Version(std::uint8_t(bytes.at(0)) << 8 | std::uint8_t(bytes.at(1)));
}

// A key or a value: its version, or type, and what follows.
template <class Message>
Message decoded(const std::string& bytes, Version version) {
  Message message;
  wire::DecodeError error;
  const Slice body = Slice::copy_of(std::string_view(bytes).substr(kVersionSize));
  if (!wire::decode(message, version, body, error)) throw std::runtime_error(error.describe());
  return message;
}

// Java's hash of an ASCII string.
std::int32_t java_hash(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char unit : text) hash = 31 * hash + std::uint8_t(unit);
  return std::int32_t(hash);
}

wire::FetchRequest fetch_of(std::int32_t partition, std::int64_t offset) {
  return {.max_wait_ms = 0,
          .min_bytes = 0,
          .max_bytes = 50 << 20,
          .topics = {{.topic = std::string(kOffsetsTopic),
                      .partitions = {{.partition = partition,
                                      .fetch_offset = offset,
                                      .partition_max_bytes = 10 << 20}}}}};
}

template <class Topics>
std::string count_of(const Topics& topics) {
  std::size_t count = 0;
  for (const auto& topic : topics) count += topic.partitions.size();
  return std::to_string(count);
}

std::string word(std::int32_t number) { return std::to_string(number); }

std::string word_of(const wire::ConsumerGroupCurrentMemberAssignmentValue& value) {
  std::string text =
      " at " + word(value.member_epoch) + " (" + word(value.previous_member_epoch) + ")";
  if (value.state != 0) text += " state " + word(value.state);
  text += " has " + count_of(value.assigned_partitions);
  if (!value.partitions_pending_revocation.empty()) {
    text += " gives up " + count_of(value.partitions_pending_revocation);
  }
  return text;
}

// The group that a key is about: its first field, in all of them a string.
std::string group_in(const std::string& key) {
  const auto size = std::size_t(version_of(std::string_view(key).substr(kVersionSize)));
  return key.substr(2 * kVersionSize, size);
}

}  // namespace

GroupRecords::GroupRecords(const TestGroup& group) : group_(group.id()) {
  RawClient client = connect();
  const auto described =
      client.ask(wire::MetadataRequest{.topics = {{{.name = std::string(kOffsetsTopic)}}}}, 7);
  const auto count = std::int32_t(described.topics.at(0).partitions.size());
  if (count == 0) throw std::runtime_error("__consumer_offsets is not there");
  partition_ = (java_hash(group_) & INT32_MAX) % count;
  const auto end = client.ask(
      wire::ListOffsetsRequest{
          .replica_id = -1,
          .topics = {{.name = std::string(kOffsetsTopic),
                      .partitions = {{.partition_index = partition_, .timestamp = -1}}}}},
      5);
  next_offset_ = end.topics.at(0).partitions.at(0).offset;
}

std::string GroupRecords::called(const std::string& name) const {
  const auto found = aliases_.find(name);
  return found == aliases_.end() ? name : found->second;
}

template <class Key, class Value, class Tell>
std::optional<GroupRecords::Read> GroupRecords::read_as(const StoredBatch::ReadRecord& record,
                                                        Tell tell) const {
  const Version type = version_of(*record.key);
  const Key key = decoded<Key>(*record.key, 0);
  std::string number = std::to_string(type);
  if (!record.value) {
    number += "T";
    return Read{number, number + tell(key, static_cast<const Value*>(nullptr), Version(-1))};
  }
  const Version version = version_of(*record.value);
  const Value value = decoded<Value>(*record.value, version);
  return Read{number, number + tell(key, &value, version)};
}

std::optional<GroupRecords::Read> GroupRecords::read(const StoredBatch::ReadRecord& record) const {
  if (group_in(*record.key) != group_) return std::nullopt;
  const auto member = [&](const auto& key) { return " " + called(key.member_id); };
  switch (version_of(*record.key)) {
    case 1:
      return read_as<wire::OffsetCommitKey, wire::OffsetCommitValue>(
          record, [&](const auto& key, const auto* value, Version version) {
            std::string place = " " + called(key.topic) + "-" + word(key.partition);
            if (!value) return place;
            return "v" + word(version) + place + "=" + std::to_string(value->offset);
          });
    case 2:
      return read_as<wire::GroupMetadataKey, wire::GroupMetadataValue>(
          record, [](const auto&, const auto* value, Version) -> std::string {
            if (!value) return "";
            return " gen " + word(value->generation) + " of " +
                   std::to_string(value->members.size());
          });
    case 3:
      return read_as<wire::ConsumerGroupMetadataKey, wire::ConsumerGroupMetadataValue>(
          record, [](const auto&, const auto* value, Version) -> std::string {
            if (!value) return "";
            return " epoch " + word(value->epoch) + (value->metadata_hash == 0 ? " no hash" : "");
          });
    case 4:
      return read_as<wire::ConsumerGroupPartitionMetadataKey,
                     wire::ConsumerGroupPartitionMetadataValue>(
          record, [](const auto&, const auto*, Version) { return std::string(); });
    case 5:
      return read_as<wire::ConsumerGroupMemberMetadataKey, wire::ConsumerGroupMemberMetadataValue>(
          record, [&](const auto& key, const auto*, Version) { return member(key); });
    case 6:
      return read_as<wire::ConsumerGroupTargetAssignmentMetadataKey,
                     wire::ConsumerGroupTargetAssignmentMetadataValue>(
          record, [](const auto&, const auto* value, Version) -> std::string {
            if (!value) return "";
            return " epoch " + word(value->assignment_epoch) +
                   (value->assignment_timestamp == 0 ? " no time" : "");
          });
    case 7:
      return read_as<wire::ConsumerGroupTargetAssignmentMemberKey,
                     wire::ConsumerGroupTargetAssignmentMemberValue>(
          record, [&](const auto& key, const auto* value, Version) {
            if (!value) return member(key);
            return member(key) + " has " + count_of(value->topic_partitions);
          });
    case 8:
      return read_as<wire::ConsumerGroupCurrentMemberAssignmentKey,
                     wire::ConsumerGroupCurrentMemberAssignmentValue>(
          record, [&](const auto& key, const auto* value, Version) {
            return value ? member(key) + word_of(*value) : member(key);
          });
    case 16:
      return read_as<wire::ConsumerGroupRegularExpressionKey,
                     wire::ConsumerGroupRegularExpressionValue>(
          record, [&](const auto& key, const auto* value, Version) {
            const std::string regex = " " + called(key.regular_expression);
            return value ? regex + " has " + std::to_string(value->topics.size()) : regex;
          });
    default:
      throw std::runtime_error("a record of a type that no group of ours has");
  }
}

std::vector<std::string> GroupRecords::next() {
  RawClient client = connect();
  std::vector<Read> found;
  for (bool is_at_end = false; !is_at_end;) {
    const auto answer = client.ask(fetch_of(partition_, next_offset_), kFetchByName);
    const FetchedPartition& fetched = partition_of(answer, partition_);
    if (fetched.error_code != ErrorCode::kNone) throw std::runtime_error("Fetch was refused");
    const auto batches = split(fetched.records.value()).batches;
    for (const StoredBatch& batch : batches) {
      for (const auto& record : batch.read()) {
        if (record.offset < next_offset_) continue;
        if (auto one = read(record)) found.push_back(std::move(*one));
      }
      next_offset_ = batch.next_offset();
    }
    is_at_end = batches.empty();
  }
  for (auto from = found.begin(); from != found.end();) {
    const auto to = std::find_if(from, found.end(),
                                 [&](const Read& one) { return one.number != from->number; });
    std::sort(from, to, [](const Read& a, const Read& b) { return a.word < b.word; });
    from = to;
  }
  std::vector<std::string> words;
  words.reserve(found.size());
  for (Read& one : found) words.push_back(std::move(one.word));
  return words;
}

std::vector<std::string> GroupRecords::await_next(std::size_t count) {
  std::vector<std::string> words;
  eventually([&] {
    for (std::string& one : next()) words.push_back(std::move(one));
    return words.size() >= count;
  });
  return words;
}

}  // namespace understudy::conformance
