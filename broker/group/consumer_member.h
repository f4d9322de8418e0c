// A member of a consumer group (KIP-848): what it said about itself, and how far it is on its way
// to what it should own (ConsumerGroupMember).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/group/java_hash_map.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/consumer_group_records.h"
#include "wire/types.h"

namespace understudy::broker {

// The epochs with a meaning of their own, in requests and in records.
inline constexpr std::int32_t kJoiningEpoch = 0;
inline constexpr std::int32_t kLeavingEpoch = -1;
// A static member that leaves for a while: its instance may come back under another member id.
inline constexpr std::int32_t kAwayEpoch = -2;

// The numbers are those of the records.
enum class MemberState : std::int8_t {
  kStable = 0,
  kUnrevokedPartitions = 1,   // it was told to give some up, and has not confirmed
  kUnreleasedPartitions = 2,  // others still own some of what it should get
  kUnknown = 127,             // a later release wrote it
};

// Partitions, each with the epoch that it was assigned at. No topic is without any.
using EpochedPartitions = JavaHashMap<wire::Uuid, std::map<std::int32_t, std::int32_t>>;

bool contains(const EpochedPartitions& partitions, const wire::Uuid& topic_id, std::int32_t index);
// Calls `visit` for each.
void for_each_partition(const EpochedPartitions& partitions,
                        const std::function<void(const PartitionKey&, std::int32_t epoch)>& visit);

// What a member says that it owns; nothing: it does not say.
using OwnedPartitions =
    wire::Nullable<wire::Array<wire::consumer_group_heartbeat_request::TopicPartitions>>;
using ClassicMetadata =
    std::optional<wire::consumer_group_member_metadata_value::ClassicMemberMetadata>;

struct ConsumerMember {
  std::string id;

  // Record 5.
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::int32_t rebalance_timeout_ms = -1;
  std::set<std::string> topic_names;
  std::string regex;  // empty: none
  std::optional<std::string> server_assignor;
  // Of a member that joined by JoinGroup.
  ClassicMetadata classic;

  // Record 8.
  MemberState state = MemberState::kStable;
  std::int32_t epoch = 0;
  std::int32_t previous_epoch = -1;
  EpochedPartitions assigned;
  EpochedPartitions pending_revocation;

  bool uses_classic_protocol() const { return classic.has_value(); }
  bool is_reconciled_to(std::int32_t target_epoch) const {
    return state == MemberState::kStable && epoch == target_epoch;
  }
  // Nothing if it neither has the partition nor has to give it up.
  std::optional<std::int32_t> assignment_epoch(const wire::Uuid& topic_id,
                                               std::int32_t index) const;
};

bool has_same_metadata(const ConsumerMember& one, const ConsumerMember& other);
bool has_same_assignment(const ConsumerMember& one, const ConsumerMember& other);

}  // namespace understudy::broker
