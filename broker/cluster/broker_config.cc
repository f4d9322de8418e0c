#include "broker/cluster/broker_config.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "broker/cluster/group_requirements.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

struct Switch {
  std::string_view name;
  bool BrokerConfig::* member;
};

constexpr Switch kSwitches[] = {
    {"auto.create.topics.enable", &BrokerConfig::auto_create_topics_enable},
    {"delete.topic.enable", &BrokerConfig::delete_topic_enable},
    {"log.cleaner.enable", &BrokerConfig::log_cleaner_enable},
};

template <class Config>
struct Number {
  std::string_view name;
  std::int64_t Config::* member;
};

using In = BrokerConfig;
constexpr Number<BrokerConfig> kNumbers[] = {
    {"num.partitions", &In::num_partitions},
    {"default.replication.factor", &In::default_replication_factor},
    {"fetch.max.bytes", &In::fetch_max_bytes},
    {"max.incremental.fetch.session.cache.slots", &In::max_incremental_fetch_session_cache_slots},
    {"max.request.partition.size.limit", &In::max_request_partition_size_limit},
    {"socket.request.max.bytes", &In::socket_request_max_bytes},
    {"connections.max.idle.ms", &In::connections_max_idle_ms},
    {"max.connections", &In::max_connections},
    {"max.connection.creation.rate", &In::max_connection_creation_rate},
    {"max.connections.per.ip", &In::max_connections_per_ip},
    {"quota.window.num", &In::quota_window_num},
    {"quota.window.size.seconds", &In::quota_window_size_seconds},
    {"producer.id.expiration.ms", &In::producer_id_expiration_ms},
    {"producer.id.expiration.check.interval.ms", &In::producer_id_expiration_check_interval_ms},
    {"log.cleaner.dedupe.buffer.size", &In::log_cleaner_dedupe_buffer_size},
    {"log.cleaner.io.buffer.size", &In::log_cleaner_io_buffer_size},
    {"log.cleaner.backoff.ms", &In::log_cleaner_backoff_ms},
    {"log.initial.task.delay.ms", &In::log_initial_task_delay_ms},
    {"log.retention.check.interval.ms", &In::log_retention_check_interval_ms},
    {"log.flush.scheduler.interval.ms", &In::log_flush_scheduler_interval_ms},
    {"log.flush.offset.checkpoint.interval.ms", &In::log_flush_offset_checkpoint_interval_ms},
    {"log.flush.start.offset.checkpoint.interval.ms",
     &In::log_flush_start_offset_checkpoint_interval_ms},
    {"replica.high.watermark.checkpoint.interval.ms",
     &In::replica_high_watermark_checkpoint_interval_ms},
    {"group.min.session.timeout.ms", &In::group_min_session_timeout_ms},
    {"group.max.session.timeout.ms", &In::group_max_session_timeout_ms},
    {"group.initial.rebalance.delay.ms", &In::group_initial_rebalance_delay_ms},
    {"group.max.size", &In::group_max_size},
    {"group.consumer.session.timeout.ms", &In::group_consumer_session_timeout_ms},
    {"group.consumer.min.session.timeout.ms", &In::group_consumer_min_session_timeout_ms},
    {"group.consumer.max.session.timeout.ms", &In::group_consumer_max_session_timeout_ms},
    {"group.consumer.heartbeat.interval.ms", &In::group_consumer_heartbeat_interval_ms},
    {"group.consumer.min.heartbeat.interval.ms", &In::group_consumer_min_heartbeat_interval_ms},
    {"group.consumer.max.heartbeat.interval.ms", &In::group_consumer_max_heartbeat_interval_ms},
    {"group.consumer.assignment.interval.ms", &In::group_consumer_assignment_interval_ms},
    {"group.consumer.min.assignment.interval.ms", &In::group_consumer_min_assignment_interval_ms},
    {"group.consumer.max.assignment.interval.ms", &In::group_consumer_max_assignment_interval_ms},
    {"group.consumer.regex.refresh.interval.ms", &In::group_consumer_regex_refresh_interval_ms},
    {"group.consumer.max.size", &In::group_consumer_max_size},
    {"offset.metadata.max.bytes", &In::offset_metadata_max_bytes},
    {"offsets.commit.timeout.ms", &In::offsets_commit_timeout_ms},
    {"offsets.retention.minutes", &In::offsets_retention_minutes},
    {"offsets.retention.check.interval.ms", &In::offsets_retention_check_interval_ms},
    {"offsets.topic.compression.codec", &In::offsets_topic_compression_codec},
};

constexpr Number<InternalTopicConfig> kInternalTopicNumbers[] = {
    {"num.partitions", &InternalTopicConfig::num_partitions},
    {"replication.factor", &InternalTopicConfig::replication_factor},
    {"segment.bytes", &InternalTopicConfig::segment_bytes},
    {"min.isr", &InternalTopicConfig::min_insync_replicas},
};

// Of the listener, if it has its own.
constexpr Number<BrokerConfig> kNumbersOfListener[] = {
    {"max.connections", &In::max_connections_of_listener},
    {"max.connection.creation.rate", &In::max_connection_creation_rate_of_listener},
};

// Those whose default is not Kafka's but the system's.
struct NumberIfSet {
  std::string_view name;
  std::optional<std::int64_t> BrokerConfig::* member;
};
constexpr NumberIfSet kNumbersIfSet[] = {
    {"socket.listen.backlog.size", &In::socket_listen_backlog_size},
    {"socket.receive.buffer.bytes", &In::socket_receive_buffer_bytes},
    {"socket.send.buffer.bytes", &In::socket_send_buffer_bytes},
};

// The others.
struct Text {
  std::string_view name;
  void (*read)(const std::string& value, BrokerConfig& config);
};
std::vector<std::string> assignors_of(std::string_view text) {
  std::vector<std::string> names = list_elements(text);
  for (std::string& name : names) name = assignor_named(name);
  return names;
}

// ConsumerGroupMigrationPolicy.parse: any case.
MigrationPolicy migration_policy_of(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (name == "disabled") return MigrationPolicy::kDisabled;
  if (name == "upgrade") return MigrationPolicy::kUpgrade;
  if (name == "downgrade") return MigrationPolicy::kDowngrade;
  return MigrationPolicy::kBidirectional;
}

constexpr Text kTexts[] = {
    {"broker.rack",
     [](const std::string& value, BrokerConfig& config) { config.broker_rack = value; }},
    {"group.consumer.assignors",
     [](const std::string& value, BrokerConfig& config) {
       config.group_consumer_assignors = assignors_of(value);
     }},
    {"group.consumer.migration.policy",
     [](const std::string& value, BrokerConfig& config) {
       config.group_consumer_migration_policy = migration_policy_of(value);
     }},
    {"group.coordinator.rebalance.protocols",
     [](const std::string& value, BrokerConfig& config) {
       config.has_consumer_protocol = std::ranges::count(list_elements(value), "consumer") > 0;
     }},
    {"log.cleaner.io.buffer.load.factor",
     [](const std::string& value, BrokerConfig& config) {
       config.log_cleaner_io_buffer_load_factor = to_double(value);
     }},
    {"max.connections.per.ip.overrides",
     [](const std::string& value, BrokerConfig& config) {
       config.max_connections_per_ip_overrides = parse_address_limits(value).value();
     }},
    {"replica.selector.class",
     [](const std::string& value, BrokerConfig& config) {
       const bool is_rack_aware = value.ends_with(".RackAwareReplicaSelector");
       config.replica_selector =
           is_rack_aware ? ReplicaSelector::kRackAware : ReplicaSelector::kLeader;
     }},
};

std::optional<std::string> value_of(const BrokerLayers& layers, std::string_view name) {
  const ConfigDef* def = layers.defs.find_broker(name);
  return def == nullptr ? std::nullopt : broker_value(layers, *def);
}

void read_number(const std::optional<std::string>& text, std::int64_t& number) {
  if (!text) return;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  ASSERT(error == std::errc());
  ASSERT(end == text->data() + text->size());
}

std::string name_of(const InternalTopicDef& topic, std::string_view name) {
  return std::string(topic.config_prefix).append(name);
}

}  // namespace

BrokerConfig make_broker_config(const BrokerLayers& layers) {
  BrokerConfig config;
  for (const Switch& row : kSwitches) {
    if (const auto text = value_of(layers, row.name)) config.*row.member = *text == "true";
  }
  for (const auto& row : kNumbers) read_number(value_of(layers, row.name), config.*row.member);
  for (const auto& row : kNumbersOfListener) {
    read_number(listener_value(layers, *layers.defs.find_broker(row.name)), config.*row.member);
  }
  for (const NumberIfSet& row : kNumbersIfSet) {
    if (!layers.properties.contains(row.name)) continue;
    read_number(value_of(layers, row.name), (config.*row.member).emplace());
  }
  for (const Text& row : kTexts) {
    if (const auto text = value_of(layers, row.name)) row.read(*text, config);
  }
  for (const InternalTopicDef& def : internal_topics()) {
    InternalTopicConfig& of_topic = config.internal_topics[static_cast<std::size_t>(def.topic)];
    for (const auto& row : kInternalTopicNumbers) {
      read_number(value_of(layers, name_of(def, row.name)), of_topic.*row.member);
    }
  }
  return config;
}

BrokerConfig make_broker_config(const Profile& profile, const ConfigMap& properties) {
  const ConfigDefs defs(profile);
  const ConfigMap nothing;
  return make_broker_config({.defs = defs,
                             .dynamic_node = nothing,
                             .dynamic_default = nothing,
                             .properties = properties});
}

std::vector<std::string> heeded_broker_configs() {
  std::vector<std::string> names;
  for (const auto& row : kSwitches) names.emplace_back(row.name);
  for (const auto& row : kNumbers) names.emplace_back(row.name);
  for (const auto& row : kNumbersIfSet) names.emplace_back(row.name);
  for (const auto& row : kTexts) names.emplace_back(row.name);
  for (const InternalTopicDef& def : internal_topics()) {
    for (const auto& row : kInternalTopicNumbers) names.push_back(name_of(def, row.name));
  }
  return names;
}

std::optional<std::vector<AddressLimit>> parse_address_limits(std::string_view text) {
  std::vector<std::string> items = split_list(text);
  while (!items.empty() && items.back().empty()) items.pop_back();  // as String.split()
  std::vector<AddressLimit> limits;
  for (const std::string_view item : items) {
    const std::size_t colon = item.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view count = trimmed(item.substr(colon + 1));
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), number);
    if (error != std::errc() || end != count.data() + count.size()) return std::nullopt;
    limits.push_back({.host = std::string(trimmed(item.substr(0, colon))), .connections = number});
  }
  return limits;
}

}  // namespace understudy::broker
