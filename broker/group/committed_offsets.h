// The committed offsets of many groups, in little memory: most have no metadata and never expire by
// themselves, and a topic's name is there once for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/group/java_hash_map.h"
#include "wire/types.h"

namespace understudy::broker {

// OffsetAndMetadata.
struct CommittedOffset {
  static constexpr std::int64_t kNoExpireTime = -1;

  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;  // -1: unknown
  std::string metadata = {};
  std::int64_t commit_ms = -1;             // by the wall clock
  std::int64_t expire_ms = kNoExpireTime;  // by the wall clock; what an old client asked for
  wire::Uuid topic_id = {};                // zero: unknown

  bool operator==(const CommittedOffset&) const = default;
};

class CommittedOffsets {
 public:
  // A topic, under the id that commits gave it.
  struct Topic {
    std::string name;
    wire::Uuid id;
    mutable std::size_t uses = 0;
  };

  // False if there was none before.
  bool put(std::string_view group, std::string_view topic, std::int32_t partition,
           CommittedOffset offset);
  // False if there was none.
  bool erase(std::string_view group, std::string_view topic, std::int32_t partition);
  std::optional<CommittedOffset> find(std::string_view group, std::string_view topic,
                                      std::int32_t partition) const;
  bool contains(std::string_view group, std::string_view topic, std::int32_t partition) const;
  bool contains(std::string_view group) const { return groups_.contains(group); }

  // By topic and partition.
  using Visit = std::function<void(const Topic& topic, std::int32_t partition,
                                   const CommittedOffset& offset)>;
  void for_each(std::string_view group, const Visit& visit) const;

  // Those with offsets, in the order of a hash map.
  using VisitGroup = std::function<void(std::string_view group)>;
  void for_each_group(const VisitGroup& visit) const;
  // Whether one of the topics with offsets is like this.
  bool has_topic(const std::function<bool(const Topic& topic)>& is_like_this) const;

  // Gives back memory that was meant for growing.
  void shrink();

 private:
  // What few offsets have.
  struct Rest {
    std::string metadata;
    std::int64_t expire_ms = CommittedOffset::kNoExpireTime;
  };
  struct Entry {
    const Topic* topic = nullptr;
    std::int32_t partition = -1;
    std::int32_t leader_epoch = -1;
    std::int64_t offset = -1;
    std::int64_t commit_ms = -1;
    std::unique_ptr<Rest> rest;  // null: the defaults

    CommittedOffset value() const;
  };
  using Entries = std::vector<Entry>;  // by topic name and partition

  struct ByNameAndId {
    using is_transparent = void;
    using Key = std::pair<std::string_view, wire::Uuid>;
    static Key key(const Topic& topic) { return {topic.name, topic.id}; }
    static Key key(const Key& key) { return key; }
    bool operator()(const auto& left, const auto& right) const { return key(left) < key(right); }
  };

  static Entries::const_iterator place_of(const Entries& entries, std::string_view topic,
                                          std::int32_t partition);
  static bool is_at(const Entries& entries, Entries::const_iterator place, std::string_view topic,
                    std::int32_t partition);
  const Entry* entry_of(std::string_view group, std::string_view topic,
                        std::int32_t partition) const;
  const Topic* take(std::string_view name, const wire::Uuid& id);
  void release(const Topic* topic);

  JavaHashMap<std::string, Entries> groups_;  // none is empty
  std::set<Topic, ByNameAndId> topics_;
};

}  // namespace understudy::broker
