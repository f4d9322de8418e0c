#include "broker/cluster/taken_up.h"

#include <algorithm>
#include <cstdint>

#include "broker/base/counted.h"

namespace understudy::broker {
namespace {

constexpr const char* kKeepAll = "-1";
constexpr const char* kRetentionConfigs[] = {"retention.bytes", "retention.ms"};

// "retention.ms=1000 and retention.bytes=5": what the topic does not say itself, and deletes by.
std::string limits_of(const Topic& topic) {
  std::string text;
  const auto add = [&](const char* name, std::int64_t value) {
    if (topic.configs.contains(name) || value < 0) return;
    text += (text.empty() ? "" : " and ") + std::string(name) + "=" + std::to_string(value);
  };
  add("retention.ms", topic.effective->retention_ms);
  add("retention.bytes", topic.effective->retention_bytes);
  return text;
}

std::string what_is_deleted(const Topic& topic) {
  const std::string limits = limits_of(topic);
  if (!limits.empty()) return "what is beyond " + limits + ", as the broker is told, is deleted";
  return "nothing of it is deleted until somebody sets its retention";
}

}  // namespace

ConfigMap configs_when_taken_up(const InheritedConfigs& inherited) {
  ConfigMap configs;
  for (const char* const name : kRetentionConfigs) {
    const bool is_set = std::ranges::any_of(inherited, [&](const InheritedConfig& config) {
      // In whatever unit: log.retention.hours is one of three.
      return config.def->name == name && config.creation_source != ConfigSource::kDefault;
    });
    if (!is_set) configs[name] = kKeepAll;
  }
  return configs;
}

std::string describe_taken_up(const Topic& topic, const std::set<TopicPartition>& taken_up) {
  std::uint64_t directories = 0;
  std::uint64_t bytes = 0;
  std::int64_t offsets = 0;
  for (const auto& partition : topic.partitions) {
    directories += taken_up.contains({topic.name, partition->index()}) ? 1 : 0;
    bytes += partition->size_bytes();
    offsets += partition->log_end_offset() - partition->log_start_offset();
  }
  const std::uint64_t missing = topic.partitions.size() - directories;
  std::string text = "topic " + topic.name + " was made of " +
                     counted(directories, "directory", "directories") + ": " +
                     counted(topic.partitions.size(), "partition", "partitions");
  if (missing > 0) text += ", " + std::to_string(missing) + " of them empty";
  return text + ", " + counted(static_cast<std::uint64_t>(offsets), "offset", "offsets") + ", " +
         counted(bytes, "byte", "bytes") +
         "; how it was configured (cleanup.policy, retention and so on) is not known: " +
         what_is_deleted(topic);
}

}  // namespace understudy::broker
