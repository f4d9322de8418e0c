#include "broker/cluster/config_values.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

const std::string* find(const ConfigMap& configs, std::string_view name) {
  const auto found = configs.find(name);
  return found == configs.end() ? nullptr : &found->second;
}

// A value that has been checked before, in its printed form.
std::string printed(const ConfigDef& def, std::string_view text) {
  auto parsed = parse_config(def, text);
  ASSERT(std::holds_alternative<std::string>(parsed));
  return std::get<std::string>(std::move(parsed));
}

std::int64_t to_int64(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  ASSERT(error == std::errc());
  ASSERT(end == text.data() + text.size());
  return value;
}

void resolve_for_creation(const BrokerLayers& layers, InheritedConfig& config) {
  struct Layer {
    const ConfigMap& configs;
    ConfigSource source;
  };
  const Layer kLayers[] = {
      {layers.dynamic_node, ConfigSource::kDynamicBroker},
      {layers.dynamic_default, ConfigSource::kDynamicDefaultBroker},
      {layers.properties, ConfigSource::kStaticBroker},
  };
  for (const Layer& layer : kLayers) {
    for (const BrokerSynonym& synonym : config.def->broker_synonyms()) {
      const std::string* value = find(layer.configs, synonym.name);
      if (value == nullptr) continue;
      config.creation_source = layer.source;
      config.creation_value = *value;
      if (synonym.factor != 1) {
        const std::string text = printed(*layers.defs.find_broker(synonym.name), *value);
        config.creation_value = std::to_string(to_int64(text) * synonym.factor);
      }
      return;
    }
  }
  if (config.def->initial) config.creation_value = std::string(*config.def->initial);
}

// Values by name: the topic's own, else what it inherits.
class Values {
 public:
  // `asked`: takes the names that were asked for, if somebody wants to know.
  Values(const ConfigMap& configs, const InheritedConfigs& inherited,
         std::set<std::string, std::less<>>* asked = nullptr)
      : configs_(configs), inherited_(inherited), asked_(asked) {}

  std::optional<std::string> find_text(std::string_view name) const {
    if (asked_ != nullptr) asked_->emplace(name);
    const auto found = std::ranges::lower_bound(
        inherited_, name, {}, [](const InheritedConfig& config) { return config.def->name; });
    if (found == inherited_.end() || found->def->name != name) return std::nullopt;
    if (const std::string* own = find(configs_, name)) return printed(*found->def, *own);
    return found->value;
  }
  std::string text(std::string_view name) const {
    std::optional<std::string> value = find_text(name);
    ASSERT(value);
    return *std::move(value);
  }
  std::int64_t number(std::string_view name) const { return to_int64(text(name)); }

 private:
  const ConfigMap& configs_;
  const InheritedConfigs& inherited_;
  std::set<std::string, std::less<>>* asked_;
};

std::optional<codec::CompressionType> compression_named(std::string_view name) {
  if (name == "uncompressed") return codec::CompressionType::kNone;
  if (name == "gzip") return codec::CompressionType::kGzip;
  if (name == "snappy") return codec::CompressionType::kSnappy;
  if (name == "lz4") return codec::CompressionType::kLz4;
  if (name == "zstd") return codec::CompressionType::kZstd;
  ASSERT(name == "producer");
  return std::nullopt;
}

}  // namespace

// Not std::stod: it throws at numbers that are smaller than those with all their digits.
double to_double(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  ASSERT(error == std::errc());
  ASSERT(end == text.data() + text.size());
  return value;
}

std::optional<std::string> broker_value(const BrokerLayers& layers, const ConfigDef& def) {
  for (const ConfigMap* configs :
       {&layers.dynamic_node, &layers.dynamic_default, &layers.properties}) {
    if (const std::string* value = find(*configs, def.name)) return printed(def, *value);
  }
  if (!def.initial) return std::nullopt;
  return std::string(*def.initial);
}

std::optional<std::string> listener_value(const BrokerLayers& layers, const ConfigDef& def) {
  const std::string own = std::string(kListenerPrefix).append(def.name);
  for (const ConfigMap* configs :
       {&layers.dynamic_node, &layers.dynamic_default, &layers.properties}) {
    if (const std::string* value = find(*configs, own)) return printed(def, *value);
  }
  return broker_value(layers, def);
}

std::optional<std::string> inherited_value(const BrokerLayers& layers, const TopicConfigDef& def) {
  for (const BrokerSynonym& synonym : def.broker_synonyms()) {
    const ConfigDef* broker_def = layers.defs.find_broker(synonym.name);
    ASSERT(broker_def != nullptr);
    std::optional<std::string> value = broker_value(layers, *broker_def);
    if (!value) continue;
    if (synonym.factor != 1) value = std::to_string(to_int64(*value) * synonym.factor);
    // KafkaConfig.logRetentionTimeMillis: every negative time is "no limit".
    if (def.name == "retention.ms" && value->starts_with('-')) return "-1";
    return value;
  }
  if (!def.initial) return std::nullopt;
  return std::string(*def.initial);
}

std::vector<ConfigSynonym> broker_synonyms(const BrokerLayers& layers, std::string_view name) {
  const std::span<const std::string_view> known = layers.defs.broker_synonyms(name);
  const std::span<const std::string_view> names =
      known.empty() ? std::span<const std::string_view>(&name, 1) : known;
  std::vector<ConfigSynonym> synonyms;
  const auto add = [&](const ConfigMap& configs, ConfigSource source) {
    for (const std::string_view each : names) {
      if (const std::string* value = find(configs, each)) {
        synonyms.push_back({std::string(each), *value, source});
      }
    }
  };
  add(layers.dynamic_node, ConfigSource::kDynamicBroker);
  add(layers.dynamic_default, ConfigSource::kDynamicDefaultBroker);
  add(layers.properties, ConfigSource::kStaticBroker);
  for (const std::string_view each : names) {
    const ConfigDef* def = layers.defs.find_broker(each);
    if (def == nullptr || !def->initial) continue;
    synonyms.push_back({std::string(each), std::string(*def->initial), ConfigSource::kDefault});
  }
  // What comes before the asked name's own first value is left out: log.retention.hours says
  // nothing about log.retention.ms while that is unset.
  const auto own = std::ranges::find(synonyms, name, &ConfigSynonym::name);
  synonyms.erase(synonyms.begin(), own);
  return synonyms;
}

InheritedConfigs inherited_configs(const BrokerLayers& layers) {
  InheritedConfigs result;
  for (const TopicConfigDef& def : layers.defs.topic()) {
    InheritedConfig config{
        .def = &def, .value = inherited_value(layers, def), .synonyms = {}, .creation_value = {}};
    if (!def.broker_synonyms().empty()) {
      config.synonyms = broker_synonyms(layers, def.broker_synonyms().front().name);
    }
    resolve_for_creation(layers, config);
    result.push_back(std::move(config));
  }
  return result;
}

namespace {

TopicConfig make_topic_config(const Values& values) {
  const auto number32 = [&](std::string_view name) {
    return static_cast<int>(values.number(name));
  };
  TopicConfig config;
  const std::vector<std::string> policy = split_list(values.text("cleanup.policy"));
  config.cleanup_delete = std::ranges::count(policy, "delete") != 0;
  config.cleanup_compact = std::ranges::count(policy, "compact") != 0;
  config.compression_type = compression_named(values.text("compression.type"));
  config.compression_levels.gzip = number32("compression.gzip.level");
  config.compression_levels.lz4 = number32("compression.lz4.level");
  config.compression_levels.zstd = number32("compression.zstd.level");
  config.max_message_bytes = values.number("max.message.bytes");
  if (values.find_text("max.decompressed.message.bytes")) {
    config.max_decompressed_message_bytes = number32("max.decompressed.message.bytes");
  } else {
    config.max_decompressed_message_bytes.reset();
  }
  config.message_timestamp_type = values.text("message.timestamp.type") == "LogAppendTime"
                                      ? codec::TimestampType::kLogAppendTime
                                      : codec::TimestampType::kCreateTime;
  config.message_timestamp_before_max_ms = values.number("message.timestamp.before.max.ms");
  config.message_timestamp_after_max_ms = values.number("message.timestamp.after.max.ms");
  config.min_insync_replicas = number32("min.insync.replicas");
  config.segment_bytes = values.find_text("internal.segment.bytes")
                             ? values.number("internal.segment.bytes")
                             : values.number("segment.bytes");
  config.segment_ms = values.number("segment.ms");
  config.segment_jitter_ms = values.number("segment.jitter.ms");
  config.segment_index_bytes = values.number("segment.index.bytes");
  config.index_interval_bytes = values.number("index.interval.bytes");
  config.retention_ms = values.number("retention.ms");
  config.retention_bytes = values.number("retention.bytes");
  config.file_delete_delay_ms = values.number("file.delete.delay.ms");
  config.flush_messages = values.number("flush.messages");
  config.flush_ms = values.number("flush.ms");
  config.delete_retention_ms = values.number("delete.retention.ms");
  config.min_cleanable_dirty_ratio = to_double(values.text("min.cleanable.dirty.ratio"));
  config.min_compaction_lag_ms = values.number("min.compaction.lag.ms");
  config.max_compaction_lag_ms = values.number("max.compaction.lag.ms");
  return config;
}

}  // namespace

TopicConfig make_topic_config(const ConfigMap& configs, const InheritedConfigs& inherited) {
  return make_topic_config(Values(configs, inherited));
}

std::set<std::string, std::less<>> heeded_topic_configs(const InheritedConfigs& inherited) {
  std::set<std::string, std::less<>> names;
  const ConfigMap nothing;
  make_topic_config(Values(nothing, inherited, &names));
  return names;
}

std::optional<std::string> check_topic_configs(const ConfigDefs& defs, const ConfigMap& configs,
                                               const InheritedConfigs& inherited) {
  for (const auto& [name, value] : configs) {
    if (defs.find_topic(name) == nullptr) return "Unknown topic config name: " + name;
  }
  for (const auto& [name, value] : configs) {
    const auto parsed = parse_config(*defs.find_topic(name), value);
    if (const auto* refused = std::get_if<InvalidConfig>(&parsed)) return refused->message;
  }
  const Values values(configs, inherited);
  const std::int64_t lag_ms_min = values.number("min.compaction.lag.ms");
  const std::int64_t lag_ms_max = values.number("max.compaction.lag.ms");
  if (lag_ms_min > lag_ms_max) {
    return "min.compaction.lag.ms (" + std::to_string(lag_ms_min) + ") > max.compaction.lag.ms (" +
           std::to_string(lag_ms_max) + ")";
  }
  if (values.text("remote.storage.enable") == "true") {
    return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured "
           "with "
           "remote log storage.";
  }
  return std::nullopt;
}

}  // namespace understudy::broker
