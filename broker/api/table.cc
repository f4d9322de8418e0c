#include "broker/api/table.h"

#include <array>

#include "broker/api/admin_handlers.h"
#include "broker/api/handlers.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/fetch.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/list_config_resources.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/metadata.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/messages/produce.h"

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
constexpr ApiEntry entry(ApiKey key, wire::Version min, wire::Version max) {
  return {key, {min, max}, &run<Message, Response, handler>};
}

// InitProducerId 6 is unstable in Kafka 4.4 (KIP-939) and not offered.
#define API(name, function, min, max) \
  entry<wire::name##Request, wire::name##Response, function>(ApiKey::k##name, min, max)

constexpr std::array kApis = {
    API(Produce, produce, 3, 13),
    API(Fetch, fetch, 4, 18),
    API(ListOffsets, list_offsets, 1, 11),
    API(Metadata, metadata, 0, 13),
    API(FindCoordinator, find_coordinator, 0, 6),
    API(ApiVersions, api_versions, 0, 5),
    API(CreateTopics, create_topics, 2, 7),
    API(DeleteTopics, delete_topics, 1, 6),
    API(DeleteRecords, delete_records, 0, 2),
    API(InitProducerId, init_producer_id, 0, 5),
    API(OffsetForLeaderEpoch, offset_for_leader_epoch, 2, 4),
    API(DescribeConfigs, describe_configs, 1, 4),
    API(AlterConfigs, alter_configs, 0, 2),
    API(DescribeLogDirs, describe_log_dirs, 1, 5),
    API(CreatePartitions, create_partitions, 0, 3),
    API(IncrementalAlterConfigs, incremental_alter_configs, 0, 1),
    API(DescribeCluster, describe_cluster, 0, 2),
    API(DescribeProducers, describe_producers, 0, 0),
    API(ListConfigResources, list_config_resources, 0, 1),
    API(DescribeTopicPartitions, describe_topic_partitions, 0, 0),
};

#undef API

}  // namespace

std::span<const ApiEntry> served_apis() { return kApis; }

const ApiEntry* find_api(ApiKey key) {
  for (const ApiEntry& one : kApis) {
    if (one.key == key) return &one;
  }
  return nullptr;
}

}  // namespace understudy::broker
