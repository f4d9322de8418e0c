#include "broker/cluster/broker_requirements.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/cluster/broker_config.h"
#include "broker/cluster/group_requirements.h"

namespace understudy::broker {
namespace {

constexpr std::string_view kCleanerThreads = "log.cleaner.threads";
constexpr std::string_view kOverridesPerIp = "max.connections.per.ip.overrides";

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string text_of(const BrokerLayers& layers, std::string_view name) {
  const ConfigDef* def = layers.defs.find_broker(name);
  return def == nullptr ? std::string() : broker_value(layers, *def).value_or("");
}

// Nothing if it has no value, or does not exist in this release.
std::optional<std::int64_t> number_of(const BrokerLayers& layers, std::string_view name) {
  return whole_number(text_of(layers, name));
}

std::optional<std::int64_t> number_of_listener(const BrokerLayers& layers, std::string_view name) {
  const ConfigDef* def = layers.defs.find_broker(name);
  return def == nullptr ? std::nullopt : whole_number(listener_value(layers, *def).value_or(""));
}

// From whichever of log.retention.ms, .minutes and .hours says it; -1: for ever.
std::int64_t retention_ms(const BrokerLayers& layers) {
  const auto inherited = inherited_value(layers, *layers.defs.find_topic("retention.ms"));
  return inherited ? whole_number(*inherited).value_or(-1) : -1;
}

// Utils.validHostPattern.
bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') ||
           std::string_view("-%._:").find(c) != std::string_view::npos;
  });
}

std::optional<std::string> check_overrides_per_ip(const BrokerLayers& layers) {
  const std::string text = text_of(layers, kOverridesPerIp);
  const auto limits = parse_address_limits(text);
  if (!limits) return std::string(kOverridesPerIp) + " is a list of host:count, not " + text;
  for (const AddressLimit& limit : *limits) {
    if (is_host(limit.host)) continue;
    return std::string(kOverridesPerIp) + " contains invalid addresses : " + limit.host;
  }
  return std::nullopt;
}

std::optional<std::string> at_least(const BrokerLayers& layers, std::string_view name,
                                    std::int64_t least) {
  const auto number = number_of(layers, name);
  if (!number || *number >= least) return std::nullopt;
  return std::string(name) + " is at least " + std::to_string(least);
}

// Pools that grow to twice their size at the most in one change, and shrink to half of it
// (DynamicThreadPool, LogCleaner, SocketServer).
constexpr std::array<std::string_view, 10> kThreadCounts = {
    "background.threads",
    kCleanerThreads,
    "num.io.threads",
    "num.network.threads",
    "num.recovery.threads.per.data.dir",
    "num.replica.fetchers",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.manager.follower.thread.pool.size",
    "remote.log.reader.threads",
};

std::optional<std::string> check_thread_counts(const BrokerLayers& before,
                                               const BrokerLayers& after) {
  const bool compacts = text_of(before, "log.cleaner.enable") == "true";
  for (const std::string_view name : kThreadCounts) {
    const auto was = number_of_listener(before, name);
    const auto is = number_of_listener(after, name);
    if (!was || !is || *is == *was || (name == kCleanerThreads && !compacts)) continue;
    const std::string change = std::string(name) + " cannot go from " + std::to_string(*was) +
                               " to " + std::to_string(*is) + " at once: ";
    if (*is < *was / 2) return change + "half is the least";
    if (*is > *was * 2) return change + "twice as many is the most";
  }
  return std::nullopt;
}

// What lies here is a part of what there is at all (DynamicLogConfig).
std::optional<std::string> check_local_part(const BrokerLayers& layers, std::string_view name,
                                            std::int64_t all) {
  constexpr std::int64_t kAsAll = -2;
  const auto local = number_of(layers, name);
  if (!local || *local == kAsAll || all < 0 || (*local >= 0 && *local <= all)) return std::nullopt;
  return std::string(name) + " is at most what is kept at all, " + std::to_string(all);
}

}  // namespace

std::optional<std::string> check_broker_requirements(const BrokerLayers& layers) {
  for (const auto& [name, least] : {std::pair<std::string_view, std::int64_t>{"log.roll.ms", 1},
                                    {"log.roll.jitter.ms", 0},
                                    {kCleanerThreads, 1}}) {
    if (auto wrong = at_least(layers, name, least)) return wrong;
  }
  if (retention_ms(layers) == 0) return "log.retention.ms is -1 for ever, or at least 1";
  const auto buffer = number_of(layers, "log.cleaner.dedupe.buffer.size");
  const auto threads = number_of(layers, kCleanerThreads);
  if (buffer && threads && *buffer / *threads <= 1'048'576) {
    return "log.cleaner.dedupe.buffer.size is more than 1 MiB for each of log.cleaner.threads";
  }
  if (auto wrong = check_group_requirements(layers)) return wrong;
  if (auto wrong = check_overrides_per_ip(layers)) return wrong;
  if (number_of(layers, "max.connections.per.ip") == 0 &&
      text_of(layers, kOverridesPerIp).empty()) {
    return "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides "
           "property is set.";
  }
  return std::nullopt;
}

std::optional<std::string> check_reconfiguration(const BrokerLayers& before,
                                                 const BrokerLayers& after) {
  if (auto wrong = check_broker_requirements(after)) return wrong;
  for (const std::string_view name : {"max.connections", "max.connection.creation.rate"}) {
    if (number_of_listener(after, name).value_or(1) < 1)
      return std::string(name) + " is at least 1";
  }
  if (auto wrong = check_thread_counts(before, after)) return wrong;
  if (auto wrong = check_local_part(after, "log.local.retention.ms", retention_ms(after))) {
    return wrong;
  }
  if (auto wrong = check_local_part(after, "log.local.retention.bytes",
                                    number_of(after, "log.retention.bytes").value_or(-1))) {
    return wrong;
  }
  return std::nullopt;
}

}  // namespace understudy::broker
