// What a broker configures for itself, in the types that are needed (Kafka's KafkaConfig): made
// when configurations change, so that nobody looks up a name or reads a number per request.
//
// What topics inherit is TopicConfig's business; names, sources and texts are
// cluster/config_values.h's.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/cluster/config_values.h"
#include "broker/cluster/internal_topics.h"

namespace understudy::broker {

// The limit of connections from one address (max.connections.per.ip.overrides).
struct AddressLimit {
  std::string host;  // a name or an address
  std::int64_t connections = 0;
  bool operator==(const AddressLimit&) const = default;
};

// Which replica a consumer is told to read from (replica.selector.class, KIP-392).
enum class ReplicaSelector : std::uint8_t { kLeader, kRackAware };

// Which groups change their protocol while they have members (group.consumer.migration.policy).
enum class MigrationPolicy : std::uint8_t { kDisabled, kUpgrade, kDowngrade, kBidirectional };

struct BrokerConfig {
  static constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();

  bool auto_create_topics_enable = true;
  bool delete_topic_enable = true;
  bool log_cleaner_enable = true;
  std::int64_t num_partitions = 1;
  std::int64_t default_replication_factor = 1;
  std::int64_t fetch_max_bytes = 57'671'680;
  std::int64_t max_incremental_fetch_session_cache_slots = 1000;
  std::int64_t max_request_partition_size_limit = 2000;
  std::int64_t socket_request_max_bytes = 104'857'600;
  std::int64_t connections_max_idle_ms = 600'000;
  std::int64_t max_connections = kIntMax;
  std::int64_t max_connection_creation_rate = kIntMax;  // per second
  std::int64_t max_connections_of_listener = kIntMax;
  std::int64_t max_connection_creation_rate_of_listener = kIntMax;
  std::int64_t max_connections_per_ip = kIntMax;
  std::vector<AddressLimit> max_connections_per_ip_overrides;
  std::int64_t quota_window_num = 11;
  std::int64_t quota_window_size_seconds = 1;
  // Nothing where nobody has set it: then the system decides. -1 does the same for buffers.
  std::optional<std::int64_t> socket_listen_backlog_size;
  std::optional<std::int64_t> socket_receive_buffer_bytes;
  std::optional<std::int64_t> socket_send_buffer_bytes;
  std::optional<std::string> broker_rack;
  ReplicaSelector replica_selector = ReplicaSelector::kLeader;
  std::int64_t producer_id_expiration_ms = 86'400'000;
  std::int64_t producer_id_expiration_check_interval_ms = 600'000;
  std::int64_t log_cleaner_dedupe_buffer_size = 134'217'728;
  double log_cleaner_io_buffer_load_factor = 0.9;
  std::int64_t log_cleaner_io_buffer_size = 524'288;
  std::int64_t log_cleaner_backoff_ms = 15'000;
  std::int64_t log_initial_task_delay_ms = 30'000;
  std::int64_t log_retention_check_interval_ms = 300'000;
  std::int64_t log_flush_scheduler_interval_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t log_flush_offset_checkpoint_interval_ms = 60'000;
  std::int64_t log_flush_start_offset_checkpoint_interval_ms = 60'000;
  std::int64_t replica_high_watermark_checkpoint_interval_ms = 5'000;
  std::array<InternalTopicConfig, kInternalTopicCount> internal_topics = {};

  // Groups.
  std::int64_t group_min_session_timeout_ms = 6'000;
  std::int64_t group_max_session_timeout_ms = 1'800'000;
  std::int64_t group_initial_rebalance_delay_ms = 3'000;
  std::int64_t group_max_size = kIntMax;
  std::int64_t group_consumer_session_timeout_ms = 45'000;
  std::int64_t group_consumer_min_session_timeout_ms = 45'000;
  std::int64_t group_consumer_max_session_timeout_ms = 60'000;
  std::int64_t group_consumer_heartbeat_interval_ms = 5'000;
  std::int64_t group_consumer_min_heartbeat_interval_ms = 5'000;
  std::int64_t group_consumer_max_heartbeat_interval_ms = 15'000;
  std::int64_t group_consumer_assignment_interval_ms = 1'000;
  std::int64_t group_consumer_min_assignment_interval_ms = 0;
  std::int64_t group_consumer_max_assignment_interval_ms = 15'000;
  std::int64_t group_consumer_regex_refresh_interval_ms = 600'000;
  std::int64_t group_consumer_max_size = kIntMax;
  std::vector<std::string> group_consumer_assignors = {"uniform", "range"};
  MigrationPolicy group_consumer_migration_policy = MigrationPolicy::kBidirectional;
  // group.coordinator.rebalance.protocols names consumer.
  bool has_consumer_protocol = true;
  std::int64_t offset_metadata_max_bytes = 4'096;
  std::int64_t offsets_commit_timeout_ms = 5'000;
  std::int64_t offsets_retention_minutes = 10'080;
  std::int64_t offsets_retention_check_interval_ms = 600'000;
  std::int64_t offsets_topic_compression_codec = 0;  // as in the attributes of a batch

  const InternalTopicConfig& internal_topic(InternalTopic topic) const {
    return internal_topics[static_cast<std::size_t>(topic)];
  }
  bool operator==(const BrokerConfig&) const = default;
};

// Values have been checked. What the release does not have stays at its default.
BrokerConfig make_broker_config(const BrokerLayers& layers);

// The same of properties alone, before there is a broker.
BrokerConfig make_broker_config(const Profile& profile, const ConfigMap& properties);

// The names that it asks for: what is heeded, besides what topics inherit.
std::vector<std::string> heeded_broker_configs();

// "host:5,other:6" (Csv.parseCsvMap); nothing if it is not that. The host ends at the last colon.
std::optional<std::vector<AddressLimit>> parse_address_limits(std::string_view text);

}  // namespace understudy::broker
