// Changes of topics, as requests ask for them: checks in Kafka's order, then the change.
//
// Kafka's ReplicationControlManager. What a whole request can get wrong (a topic named twice) is
// the handlers' business. Cluster reports changed partitions to those who wait for them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/api_error.h"
#include "broker/cluster/cluster.h"
#include "broker/cluster/internal_topics.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"

namespace understudy::broker {

enum class ChangeMode : std::uint8_t { kApply, kValidateOnly };

// Partitions that one request may ask for (ReplicationControlManager.MAX_PARTITIONS_PER_BATCH). In
// Kafka CreatePartitions has the limit from 4.4 on; before, brokers die of large numbers.
inline constexpr std::int64_t kPartitionsPerRequestMax = 10'000;

// A topic to create without a request. What is left out, or is -1 as in requests, is the broker's
// default.
struct TopicSpec {
  std::string name;
  std::optional<std::int32_t> partitions = {};
  std::optional<std::int16_t> replication_factor = {};
  ConfigMap configs = {};
};

struct CreatedTopic {
  ApiError error;
  // Without an error:
  wire::Uuid topic_id = {};
  std::int32_t num_partitions = -1;
  std::int16_t replication_factor = -1;
};

// One result for each topic, in order. The names differ from each other.
std::vector<CreatedTopic> create_topics(
    Cluster& cluster, NodeId node,
    std::span<const wire::create_topics_request::CreatableTopic* const> topics, ChangeMode mode);

// The partitions that they would make.
std::int64_t count_new_partitions(
    const Cluster& cluster, NodeId node,
    std::span<const wire::create_topics_request::CreatableTopic* const> topics);

std::int64_t count_new_partitions(
    const Cluster& cluster,
    std::span<const wire::create_partitions_request::CreatePartitionsTopic> topics);

CreatedTopic create_topic(Cluster& cluster, NodeId node, const TopicSpec& topic);

// Creates a topic that a client used and nobody created: with the broker's defaults, or, if it is
// one of the internal topics, as their coordinators want it. May fail silently, as in Kafka.
void auto_create_topic(Cluster& cluster, NodeId node, std::string_view name);

// The node that coordinates what has this key: it leads the key's partition of the internal topic.
// Null if there is none now; a topic that does not exist yet is made (Kafka does it in the
// background).
const Node* find_coordinator(Cluster& cluster, NodeId node, InternalTopic topic,
                             std::string_view key);

ApiError create_partitions(Cluster& cluster,
                           const wire::create_partitions_request::CreatePartitionsTopic& request,
                           ChangeMode mode);

}  // namespace understudy::broker
