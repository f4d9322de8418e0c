#include "broker/group/committed_offsets.h"

#include <algorithm>

#include "wire/assert.h"

namespace understudy::broker {

CommittedOffset CommittedOffsets::Entry::value() const {
  CommittedOffset value{.offset = offset,
                        .leader_epoch = leader_epoch,
                        .commit_ms = commit_ms,
                        .topic_id = topic->id};
  if (rest != nullptr) {
    value.metadata = rest->metadata;
    value.expire_ms = rest->expire_ms;
  }
  return value;
}

CommittedOffsets::Entries::const_iterator CommittedOffsets::place_of(const Entries& entries,
                                                                     std::string_view topic,
                                                                     std::int32_t partition) {
  return std::partition_point(entries.begin(), entries.end(), [&](const Entry& entry) {
    const int order = std::string_view(entry.topic->name).compare(topic);
    return order < 0 || (order == 0 && entry.partition < partition);
  });
}

bool CommittedOffsets::is_at(const Entries& entries, Entries::const_iterator place,
                             std::string_view topic, std::int32_t partition) {
  return place != entries.end() && place->partition == partition && place->topic->name == topic;
}

const CommittedOffsets::Entry* CommittedOffsets::entry_of(std::string_view group,
                                                          std::string_view topic,
                                                          std::int32_t partition) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return nullptr;
  const Entries& entries = found->second;
  const auto place = place_of(entries, topic, partition);
  return is_at(entries, place, topic, partition) ? &*place : nullptr;
}

const CommittedOffsets::Topic* CommittedOffsets::take(std::string_view name, const wire::Uuid& id) {
  auto found = topics_.find(ByNameAndId::Key{name, id});
  if (found == topics_.end()) {
    found = topics_.insert({.name = std::string(name), .id = id}).first;
  }
  ++found->uses;
  return &*found;
}

void CommittedOffsets::release(const Topic* topic) {
  ASSERT(topic->uses > 0);
  if (--topic->uses == 0) topics_.erase(topics_.find(ByNameAndId::key(*topic)));
}

bool CommittedOffsets::put(std::string_view group, std::string_view topic, std::int32_t partition,
                           CommittedOffset offset) {
  const Topic* const named = take(topic, offset.topic_id);
  auto of_group = groups_.find(group);
  if (of_group == groups_.end()) of_group = groups_.try_emplace(std::string(group)).first;
  Entries& entries = of_group->second;
  const auto place = place_of(entries, topic, partition);
  const bool is_known = is_at(entries, place, topic, partition);
  const auto index = place - entries.begin();
  if (!is_known) entries.emplace(place);
  Entry& entry = entries[static_cast<std::size_t>(index)];
  if (is_known) release(entry.topic);
  entry.topic = named;
  entry.partition = partition;
  entry.leader_epoch = offset.leader_epoch;
  entry.offset = offset.offset;
  entry.commit_ms = offset.commit_ms;
  const bool has_rest =
      !offset.metadata.empty() || offset.expire_ms != CommittedOffset::kNoExpireTime;
  entry.rest = has_rest ? std::make_unique<Rest>(Rest{.metadata = std::move(offset.metadata),
                                                      .expire_ms = offset.expire_ms})
                        : nullptr;
  return is_known;
}

bool CommittedOffsets::erase(std::string_view group, std::string_view topic,
                             std::int32_t partition) {
  const auto of_group = groups_.find(group);
  if (of_group == groups_.end()) return false;
  Entries& entries = of_group->second;
  const auto place = place_of(entries, topic, partition);
  if (!is_at(entries, place, topic, partition)) return false;
  release(place->topic);
  entries.erase(place);
  if (entries.empty()) groups_.erase(group);
  return true;
}

std::optional<CommittedOffset> CommittedOffsets::find(std::string_view group,
                                                      std::string_view topic,
                                                      std::int32_t partition) const {
  const Entry* const entry = entry_of(group, topic, partition);
  return entry == nullptr ? std::nullopt : std::optional(entry->value());
}

bool CommittedOffsets::contains(std::string_view group, std::string_view topic,
                                std::int32_t partition) const {
  return entry_of(group, topic, partition) != nullptr;
}

void CommittedOffsets::for_each(std::string_view group, const Visit& visit) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  for (const Entry& entry : found->second) visit(*entry.topic, entry.partition, entry.value());
}

void CommittedOffsets::for_each_group(const VisitGroup& visit) const {
  for (const auto& [group, entries] : groups_) visit(group);
}

bool CommittedOffsets::has_topic(const std::function<bool(const Topic&)>& is_like_this) const {
  return std::ranges::any_of(topics_, is_like_this);
}

void CommittedOffsets::shrink() {
  for (auto& [group, entries] : groups_) entries.shrink_to_fit();
}

}  // namespace understudy::broker
