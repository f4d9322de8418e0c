#include "broker/api/table.h"

#include <array>

#include "broker/api/admin_handlers.h"
#include "broker/api/group_handlers.h"
#include "broker/api/handlers.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/create_acls.h"
#include "wire/messages/create_delegation_token.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_acls.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_acls.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_delegation_token.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/expire_delegation_token.h"
#include "wire/messages/fetch.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_config_resources.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/metadata.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/messages/produce.h"
#include "wire/messages/renew_delegation_token.h"
#include "wire/messages/sasl_authenticate.h"
#include "wire/messages/sasl_handshake.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {
namespace {

using wire::ApiKey;

template <class Message, class Response, void (*handler)(Context&, Message, Reply<Response>)>
bool run(Context& context, ReplySink& sink, std::unique_ptr<Request>& request,
         const wire::Slice& body, wire::DecodeError& error) {
  Message message;
  // Kafka does not mind bytes behind a well-formed body.
  if (!wire::decode(message, request->version, body, error,
                    {.trailing = wire::Trailing::kIgnore})) {
    return false;
  }
  handler(context, std::move(message), Reply<Response>(sink, std::move(request)));
  return true;
}

template <class Message, class Response, void (*handler)(Context&, Message, Reply<Response>)>
constexpr ApiEntry entry(ApiKey key, wire::Version oldest, const NewestVersions& newest) {
  return {key, oldest, newest, &run<Message, Response, handler>};
}

// A row: the API, its handler, the oldest version that we answer, and the newest of each release.
// InitProducerId 6 is unstable in Kafka 4.4 (KIP-939) and not offered.
#define API(name, function, oldest, ...) \
  entry<wire::name##Request, wire::name##Response, function>(ApiKey::k##name, oldest, __VA_ARGS__)

constexpr std::array kApis = {
    API(Produce, produce, 3, {.v2_4 = 8, .v3_6 = 9, .v4_3 = 13, .v4_4 = 13}),
    API(Fetch, fetch, 4, {.v2_4 = 11, .v3_6 = 15, .v4_3 = 18, .v4_4 = 18}),
    API(ListOffsets, list_offsets, 1, {.v2_4 = 5, .v3_6 = 8, .v4_3 = 11, .v4_4 = 11}),
    API(Metadata, metadata, 0, {.v2_4 = 9, .v3_6 = 12, .v4_3 = 13, .v4_4 = 13}),
    API(OffsetCommit, offset_commit, 2, {.v2_4 = 8, .v3_6 = 8, .v4_3 = 10, .v4_4 = 10}),
    API(OffsetFetch, offset_fetch, 1, {.v2_4 = 6, .v3_6 = 8, .v4_3 = 10, .v4_4 = 10}),
    API(FindCoordinator, find_coordinator, 0, {.v2_4 = 3, .v3_6 = 4, .v4_3 = 6, .v4_4 = 6}),
    API(JoinGroup, join_group, 0, {.v2_4 = 6, .v3_6 = 9, .v4_3 = 9, .v4_4 = 9}),
    API(Heartbeat, heartbeat, 0, {.v2_4 = 4, .v3_6 = 4, .v4_3 = 4, .v4_4 = 4}),
    API(LeaveGroup, leave_group, 0, {.v2_4 = 4, .v3_6 = 5, .v4_3 = 5, .v4_4 = 5}),
    API(SyncGroup, sync_group, 0, {.v2_4 = 4, .v3_6 = 5, .v4_3 = 5, .v4_4 = 5}),
    API(DescribeGroups, describe_groups, 0, {.v2_4 = 5, .v3_6 = 5, .v4_3 = 6, .v4_4 = 6}),
    API(ListGroups, list_groups, 0, {.v2_4 = 3, .v3_6 = 4, .v4_3 = 5, .v4_4 = 5}),
    API(SaslHandshake, sasl_handshake, 0, {.v2_4 = 1, .v3_6 = 1, .v4_3 = 1, .v4_4 = 1}),
    API(ApiVersions, api_versions, 0, {.v2_4 = 3, .v3_6 = 3, .v4_3 = 4, .v4_4 = 5}),
    API(CreateTopics, create_topics, 2, {.v2_4 = 5, .v3_6 = 7, .v4_3 = 7, .v4_4 = 7}),
    API(DeleteTopics, delete_topics, 1, {.v2_4 = 4, .v3_6 = 6, .v4_3 = 6, .v4_4 = 6}),
    API(DeleteRecords, delete_records, 0, {.v2_4 = 1, .v3_6 = 2, .v4_3 = 2, .v4_4 = 2}),
    API(InitProducerId, init_producer_id, 0, {.v2_4 = 2, .v3_6 = 4, .v4_3 = 5, .v4_4 = 5}),
    API(OffsetForLeaderEpoch, offset_for_leader_epoch, 2,
        {.v2_4 = 3, .v3_6 = 4, .v4_3 = 4, .v4_4 = 4}),
    API(DescribeAcls, describe_acls, 1, {.v2_4 = 1, .v3_6 = 3, .v4_3 = 3, .v4_4 = 3}),
    API(CreateAcls, create_acls, 1, {.v2_4 = 1, .v3_6 = 3, .v4_3 = 3, .v4_4 = 3}),
    API(DeleteAcls, delete_acls, 1, {.v2_4 = 1, .v3_6 = 3, .v4_3 = 3, .v4_4 = 3}),
    API(DescribeConfigs, describe_configs, 1, {.v2_4 = 2, .v3_6 = 4, .v4_3 = 4, .v4_4 = 4}),
    API(AlterConfigs, alter_configs, 0, {.v2_4 = 1, .v3_6 = 2, .v4_3 = 2, .v4_4 = 2}),
    API(DescribeLogDirs, describe_log_dirs, 1, {.v2_4 = 1, .v3_6 = 4, .v4_3 = 5, .v4_4 = 5}),
    API(SaslAuthenticate, sasl_authenticate, 0, {.v2_4 = 1, .v3_6 = 2, .v4_3 = 2, .v4_4 = 2}),
    API(CreatePartitions, create_partitions, 0, {.v2_4 = 1, .v3_6 = 3, .v4_3 = 3, .v4_4 = 3}),
    API(CreateDelegationToken, create_delegation_token, 1,
        {.v2_4 = 2, .v3_6 = 3, .v4_3 = 3, .v4_4 = 3}),
    API(RenewDelegationToken, renew_delegation_token, 1,
        {.v2_4 = 1, .v3_6 = 2, .v4_3 = 2, .v4_4 = 2}),
    API(ExpireDelegationToken, expire_delegation_token, 1,
        {.v2_4 = 1, .v3_6 = 2, .v4_3 = 2, .v4_4 = 2}),
    API(DescribeDelegationToken, describe_delegation_token, 1,
        {.v2_4 = 1, .v3_6 = 3, .v4_3 = 3, .v4_4 = 3}),
    API(DeleteGroups, delete_groups, 0, {.v2_4 = 2, .v3_6 = 2, .v4_3 = 2, .v4_4 = 3}),
    API(IncrementalAlterConfigs, incremental_alter_configs, 0,
        {.v2_4 = 1, .v3_6 = 1, .v4_3 = 1, .v4_4 = 1}),
    API(OffsetDelete, offset_delete, 0, {.v2_4 = 0, .v3_6 = 0, .v4_3 = 0, .v4_4 = 0}),
    API(DescribeCluster, describe_cluster, 0, {.v2_4 = kAbsent, .v3_6 = 0, .v4_3 = 2, .v4_4 = 2}),
    API(DescribeProducers, describe_producers, 0,
        {.v2_4 = kAbsent, .v3_6 = 0, .v4_3 = 0, .v4_4 = 0}),
    API(ConsumerGroupHeartbeat, consumer_group_heartbeat, 0,
        {.v2_4 = kAbsent, .v3_6 = kAbsent, .v4_3 = 1, .v4_4 = 1}),
    API(ConsumerGroupDescribe, consumer_group_describe, 0,
        {.v2_4 = kAbsent, .v3_6 = kAbsent, .v4_3 = 1, .v4_4 = 1}),
    API(ListConfigResources, list_config_resources, 0,
        {.v2_4 = kAbsent, .v3_6 = kAbsent, .v4_3 = 1, .v4_4 = 1}),
    API(DescribeTopicPartitions, describe_topic_partitions, 0,
        {.v2_4 = kAbsent, .v3_6 = kAbsent, .v4_3 = 0, .v4_4 = 0}),
};

#undef API

constexpr bool are_complete_and_in_order() {
  for (std::size_t i = 0; i < kApis.size(); ++i) {
    if (!kApis[i].newest.is_complete()) return false;
    if (i > 0 && kApis[i - 1].key >= kApis[i].key) return false;
  }
  return true;
}
static_assert(are_complete_and_in_order(), "a row lacks a release, or is not in its place");

}  // namespace

ServedApis::ServedApis(const Profile& profile) {
  for (const ApiEntry& entry : kApis) {
    const VersionRange versions{entry.oldest, profile.newest_of(entry.newest)};
    if (versions.is_empty()) continue;
    by_key_[static_cast<std::size_t>(entry.key)] = static_cast<std::uint8_t>(served_.size() + 1);
    served_.push_back({.entry = &entry,
                       .versions = versions,
                       .advertised_min = profile.advertised_min(entry.key, versions.min)});
  }
}

const ServedApi* ServedApis::find(ApiKey key) const {
  const auto number = static_cast<std::size_t>(key);  // a negative one is out of range as well
  if (number >= by_key_.size() || by_key_[number] == 0) return nullptr;
  return &served_[by_key_[number] - 1u];
}

}  // namespace understudy::broker
