// What one request of a member makes of a consumer group (GroupMetadataManager.
// consumerGroupHeartbeat): the records to write, and what to do besides. Nothing is changed here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/base/api_error.h"
#include "broker/coordinator/record.h"
#include "broker/group/consumer_group.h"
#include "broker/group/consumer_member.h"
#include "broker/group/consumer_regex.h"
#include "broker/group/group_shard.h"
#include "wire/messages/consumer_group_heartbeat.h"

namespace understudy::broker {

// The request, and what is known of its sender.
struct ConsumerRequest {
  const wire::ConsumerGroupHeartbeatRequest& asked;
  std::string client_id;
  std::string client_host;  // with a slash in front, as Java prints addresses
  // Of a JoinGroup, whose subscription `asked` says in the other protocol's words.
  ClassicMetadata classic = {};
  // A JoinGroup without a member id takes over the instance that it names.
  bool replaces_instance = false;

  bool is_classic() const { return classic.has_value(); }
};

struct ConsumerChange {
  std::vector<CoordinatorRecord> records;
  // The member as the request found it, or as it was made, and as it is now.
  ConsumerMember before;
  ConsumerMember member;
  bool is_new_member = false;
  std::int32_t group_epoch = 0;
  // Why the group's epoch grew; empty: it did not.
  std::string rebalance_reason;
  // The group was a classic one, which is gone now.
  bool is_upgrade = false;
  // It becomes a classic group with `member` in it; the records are what comes before that.
  bool downgrade = false;
  // And in that its members have to join again: its target is not of this epoch.
  bool has_stale_target = false;
  // The group's regular expressions are to be looked up.
  bool wants_lookup = false;
  // Of which metadata the subscribed topics were looked at.
  std::int64_t metadata_offset = 0;

  // The change of its assignment, which the member has to confirm or not.
  bool moved() const { return !has_same_assignment(before, member); }
};

// What a leave or an expiry of these members writes. Of their group, each once.
struct ConsumerRemoval {
  std::vector<CoordinatorRecord> records;
  std::int32_t group_epoch = 0;
};
ConsumerRemoval remove_consumer_members(GroupShard& shard, const ConsumerGroup& group,
                                        const std::vector<const ConsumerMember*>& members);

// Joins and keeps up: any epoch but the leaving ones.
std::variant<ApiError, ConsumerChange> update_consumer_group(GroupShard& shard,
                                                             RegexLookups& lookups,
                                                             const ConsumerRequest& request);

// The group of a request that does not join, or why it is refused.
std::variant<ApiError, const ConsumerGroup*> consumer_group_of(GroupShard& shard,
                                                               std::string_view id);
// Likewise its member, if it has to be there: by its instance if it names one.
std::variant<ApiError, const ConsumerMember*> consumer_member_of(
    const ConsumerGroup& group, const std::string& member_id,
    const std::optional<std::string>& instance_id);

}  // namespace understudy::broker
