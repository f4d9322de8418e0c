// A consumer group (KIP-848): its members, what they subscribe to, and which partitions each of
// them should have and has (ConsumerGroup, ModernGroup).
//
// All of it comes from records and is changed by their replay alone. What a group is asked for as
// if it had changed already (a member that joins in this very request) is worked out beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/base/ids.h"
#include "broker/cluster/cluster.h"
#include "broker/group/assignment.h"
#include "broker/group/assignors.h"
#include "broker/group/consumer_member.h"
#include "broker/group/group.h"
#include "broker/group/java_hash_map.h"

namespace understudy::broker {

// The topics that a regular expression came to when it was last looked up.
struct ResolvedRegex {
  std::set<std::string> topics;
  std::int64_t version = 0;       // of the metadata
  std::int64_t timestamp_ms = 0;  // by the wall clock
};

// Who subscribes to what, counted.
struct Subscriptions {
  std::size_t member_count = 0;
  SubscriberCounts names;
  SubscriberCounts regexes;
  // All names, and what the regular expressions came to; topics that do not exist among them.
  std::set<std::string> topics;
};

// The metadata hash of the existing ones among these topics.
std::int64_t subscribed_hash(const Cluster& cluster, const std::set<std::string>& topics);

class ConsumerGroup : public Group {
 public:
  using Members = JavaHashMap<std::string, ConsumerMember>;
  using Regexes = JavaHashMap<std::string, ResolvedRegex>;

  ConsumerGroup(std::string id, const Cluster& cluster) : Group(std::move(id)), cluster_(cluster) {}

  GroupType type() const override { return GroupType::kConsumer; }
  std::string_view state() const override;
  std::string protocol_type() const override { return "consumer"; }
  bool has_members() const override { return !members_.empty(); }
  GroupView view() const override;

  wire::ErrorCode check_commit(const OffsetClient& client,
                               const std::vector<CommittedPartition>& partitions) const override;
  // Only heartbeats keep a member's session.
  void committed(const OffsetClient&) override {}
  wire::ErrorCode check_fetch(const OffsetClient& client) const override;
  wire::ErrorCode check_offset_delete() const override { return wire::ErrorCode::kNone; }
  bool is_subscribed_to(std::string_view topic) const override;
  wire::ErrorCode check_delete() const override;
  void add_tombstones(std::vector<CoordinatorRecord>& records) const override;
  OffsetExpiration expiration() const override { return {.base = OffsetExpiration::Base::kCommit}; }

  std::int32_t epoch() const { return epoch_; }
  // Of the topics that are subscribed to; 0: none of them exists.
  std::int64_t metadata_hash() const { return metadata_hash_; }
  std::int32_t target_epoch() const { return target_epoch_; }
  // By the wall clock; 0: no target was computed yet.
  std::int64_t target_computed_ms() const { return target_computed_ms_; }
  // A Kafka 4.0 left the subscribed topics themselves in the log (record 4).
  bool has_legacy_metadata() const { return has_legacy_metadata_; }

  const Members& members() const { return members_; }
  // Null if there is none.
  const ConsumerMember* find_member(std::string_view member_id) const;
  const ConsumerMember* find_static_member(std::string_view instance_id) const;
  // Null if it has none yet.
  const Assignment* find_target(std::string_view member_id) const;
  // Empty if it has none.
  const Assignment& target(std::string_view member_id) const;
  bool has_owner(const PartitionKey& partition) const { return owners_.contains(partition); }

  // Those that were looked up.
  const Regexes& regexes() const { return regexes_; }
  const SubscriberCounts& regex_users() const { return regex_users_; }
  std::size_t users_of_regex(std::string_view regex) const;

  // Whether a topic is among a member's names or what its regular expression came to. The member
  // need not be the group's own.
  bool subscribes_to(const ConsumerMember& member, std::string_view topic) const;
  // The existing topics among them, each once.
  std::vector<wire::Uuid> subscribed_topic_ids(const ConsumerMember& member) const;
  // As if `gone` were no members, and `added` (may be null) one.
  Subscriptions subscriptions(const std::vector<const ConsumerMember*>& gone,
                              const ConsumerMember* added) const;

  // The metadata that the hash was last computed from, by Cluster::metadata_offset(). It is not in
  // the log: a group that was loaded looks again.
  std::int64_t seen_metadata_offset() const { return seen_metadata_offset_; }
  void set_seen_metadata_offset(std::int64_t offset) { seen_metadata_offset_ = offset; }

  // Replay.
  void put_member(ConsumerMember member);
  void remove_member(std::string_view member_id);
  void set_epoch(std::int32_t epoch, std::int64_t metadata_hash);
  void put_target(const std::string& member_id, Assignment target);
  void remove_target(std::string_view member_id) { targets_.erase(member_id); }
  void set_target_epoch(std::int32_t epoch, std::int64_t computed_ms);
  void put_regex(const std::string& regex, ResolvedRegex resolved);
  void remove_regex(std::string_view regex) { regexes_.erase(regex); }
  void set_legacy_metadata(bool is_there) { has_legacy_metadata_ = is_there; }

 private:
  // Neither is persisted before it grows.
  static constexpr std::int32_t kFirstEpoch = 1;

  void count(const ConsumerMember& member);
  void uncount(const ConsumerMember& member);

  const Cluster& cluster_;
  std::int32_t epoch_ = kFirstEpoch;
  std::int64_t metadata_hash_ = 0;
  std::int32_t target_epoch_ = kFirstEpoch;
  std::int64_t target_computed_ms_ = 0;
  bool has_legacy_metadata_ = false;
  std::int64_t seen_metadata_offset_ = -1;
  Members members_;
  JavaHashMap<std::string, std::string> by_instance_;  // member ids
  JavaHashMap<std::string, Assignment> targets_;       // by member id
  Regexes regexes_;
  SubscriberCounts name_users_;
  SubscriberCounts regex_users_;
  // The epoch of the member that has the partition, or has to give it up. A record that takes it
  // from another one may come before that one's own.
  std::unordered_map<PartitionKey, std::int32_t, PartitionKeyHash> owners_;
};

}  // namespace understudy::broker
