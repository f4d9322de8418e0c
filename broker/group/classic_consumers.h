// What classic consumers say in JoinGroup and SyncGroup, as a consumer group reads and writes it
// (ConsumerProtocol): members of both protocols may share a group (KIP-848).
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "broker/base/api_error.h"
#include "broker/cluster/cluster.h"
#include "broker/coordinator/record.h"
#include "broker/group/assignment.h"
#include "broker/group/classic_group.h"
#include "broker/group/consumer_group.h"
#include "broker/group/consumer_member.h"
#include "broker/group/group_shard.h"
#include "wire/messages/consumer_protocol.h"
#include "wire/messages/join_group.h"

namespace understudy::broker {

// A version that is not known yet counts as the newest. Nothing: it does not parse.
template <class Message>
std::optional<Message> read_consumer_protocol(const wire::Bytes& bytes) {
  constexpr wire::Version kNewest = 3;
  const std::optional<std::int16_t> version = stored_prefix(bytes);
  if (!version || *version < 0) return std::nullopt;
  std::optional<Message> message(std::in_place);
  const wire::Version known = std::min<wire::Version>(*version, kNewest);
  if (!decode_stored(bytes, wire::schema_of<Message>, &*message, known)) return std::nullopt;
  return message;
}

// A member's partitions for its SyncGroup, in the version of its own subscription. Topics that are
// gone are left out.
wire::Bytes assignment_for_classic(const Cluster& cluster, const ConsumerMember& member);

ClassicMetadata classic_metadata_of(const wire::JoinGroupRequest& request);
// What the subscription says that the member owns; topics that are gone are left out.
OwnedPartitions owned_of(const Cluster& cluster,
                         const wire::ConsumerProtocolSubscription& subscription);

// Whether a classic group with members may become a consumer group, and then what it becomes: its
// generation is the epoch of all. GROUP_ID_NOT_FOUND with Kafka's sentence if not.
std::variant<ApiError, std::unique_ptr<ConsumerGroup>> upgraded(const Cluster& cluster,
                                                                const BrokerConfig& config,
                                                                const ClassicGroup& group);

// Whether all members but `gone` speak the classic protocol, and may go on without the others.
bool may_downgrade(const BrokerConfig& config, const ConsumerGroup& group,
                   const std::vector<const ConsumerMember*>& gone);
// What is left of a consumer group whose last member by its own protocol is gone: `gone` are no
// members any more, and `joining` (null: nobody) takes the place of the member with its instance.
// Members are Stable with their targets.
std::unique_ptr<ClassicGroup> downgraded(const Cluster& cluster, const ConsumerGroup& group,
                                         const std::vector<const ConsumerMember*>& gone,
                                         const ConsumerMember* joining, std::int64_t now_ms);

}  // namespace understudy::broker
