// Changes of topics, as requests ask for them: checks in Kafka's order, then the change.
//
// Kafka's ReplicationControlManager. What a whole request can get wrong (a topic named twice) is
// the handlers' business; who waits for a changed partition is told by them too.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/cluster/cluster.h"
#include "wire/error_code.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"

namespace understudy::broker {

// Kafka's ApiError: a code and the sentence that goes with it.
struct ApiError {
  wire::ErrorCode code = wire::ErrorCode::kNone;
  std::optional<std::string> message = {};

  bool failed() const { return code != wire::ErrorCode::kNone; }
};

// Of a change that was right, with KAFKA_STORAGE_ERROR.
inline constexpr const char* kNotKept = "The change could not be written to the disk.";

enum class ChangeMode : std::uint8_t { kApply, kValidateOnly };

// Partitions that one CreateTopics request may ask for
// (ReplicationControlManager.MAX_PARTITIONS_PER_BATCH).
inline constexpr std::int64_t kPartitionsPerRequestMax = 10'000;

// Why no topic may have this name; nothing if one may.
std::optional<std::string> invalid_topic_name(std::string_view name);

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

// Makes a topic that nobody has described: with the broker's defaults, or, if it is one of the
// inner topics, as their coordinators want it. May fail silently, as in Kafka.
void auto_create_topic(Cluster& cluster, NodeId node, std::string_view name);

ApiError create_partitions(Cluster& cluster,
                           const wire::create_partitions_request::CreatePartitionsTopic& request,
                           ChangeMode mode);

}  // namespace understudy::broker
