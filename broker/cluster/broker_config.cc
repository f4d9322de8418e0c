#include "broker/cluster/broker_config.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

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
};

constexpr Number<InternalTopicConfig> kInternalTopicNumbers[] = {
    {"num.partitions", &InternalTopicConfig::num_partitions},
    {"replication.factor", &InternalTopicConfig::replication_factor},
    {"segment.bytes", &InternalTopicConfig::segment_bytes},
    {"min.isr", &InternalTopicConfig::min_insync_replicas},
};

std::optional<std::string> value_of(const BrokerLayers& layers, std::string_view name) {
  const ConfigDef* def = layers.defs.find_broker(name);
  return def == nullptr ? std::nullopt : broker_value(layers, *def);
}

void read_number(const BrokerLayers& layers, std::string_view name, std::int64_t& number) {
  const std::optional<std::string> text = value_of(layers, name);
  if (!text) return;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  ASSERT(error == std::errc());
  ASSERT(end == text->data() + text->size());
}

}  // namespace

BrokerConfig make_broker_config(const BrokerLayers& layers) {
  BrokerConfig config;
  for (const Switch& row : kSwitches) {
    if (const auto text = value_of(layers, row.name)) config.*row.member = *text == "true";
  }
  for (const auto& row : kNumbers) read_number(layers, row.name, config.*row.member);
  for (const InternalTopicDef& def : internal_topics()) {
    InternalTopicConfig& of_topic = config.internal_topics[static_cast<std::size_t>(def.topic)];
    for (const auto& row : kInternalTopicNumbers) {
      const std::string name = std::string(def.config_prefix).append(row.name);
      read_number(layers, name, of_topic.*row.member);
    }
  }
  return config;
}

}  // namespace understudy::broker
