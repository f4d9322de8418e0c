#include "broker/cluster/group_requirements.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <ranges>

#include "broker/cluster/config_def.h"

namespace understudy::broker {
namespace {

constexpr std::string_view kAssignors = "group.consumer.assignors";
constexpr std::string_view kPolicy = "group.consumer.migration.policy";
constexpr std::string_view kProtocols = "group.coordinator.rebalance.protocols";
constexpr std::string_view kHeartbeat = "group.consumer.heartbeat.interval.ms";
constexpr std::string_view kSession = "group.consumer.session.timeout.ms";

std::optional<std::string> text_of_group_config(const BrokerLayers& layers, std::string_view name) {
  const ConfigDef* const def = layers.defs.find_broker(name);
  return def == nullptr ? std::nullopt : broker_value(layers, *def);
}

std::optional<std::int64_t> number_of_group_config(const BrokerLayers& layers,
                                                   std::string_view name) {
  const auto text = text_of_group_config(layers, name);
  return text ? std::optional(std::stoll(*text)) : std::nullopt;
}

struct Bounded {
  std::string_view name;
  std::string_view min;
  std::string_view max;
};
constexpr std::array kBounded = {
    Bounded{kHeartbeat, "group.consumer.min.heartbeat.interval.ms",
            "group.consumer.max.heartbeat.interval.ms"},
    Bounded{kSession, "group.consumer.min.session.timeout.ms",
            "group.consumer.max.session.timeout.ms"},
    Bounded{"group.consumer.assignment.interval.ms", "group.consumer.min.assignment.interval.ms",
            "group.consumer.max.assignment.interval.ms"},
};

std::optional<std::string> check_order(const BrokerLayers& layers, std::string_view smaller,
                                       std::string_view larger, std::string_view complaint) {
  const auto least = number_of_group_config(layers, smaller);
  const auto most = number_of_group_config(layers, larger);
  if (!least || !most || *least <= *most) return std::nullopt;
  const bool is_about_larger = complaint.starts_with("greater");
  return std::string(is_about_larger ? larger : smaller) + " must be " + std::string(complaint) +
         " " + std::string(is_about_larger ? smaller : larger);
}

std::optional<std::string> check_bounds(const BrokerLayers& layers, const Bounded& bounded) {
  constexpr std::string_view kNotLess = "greater than or equal to";
  constexpr std::string_view kNotMore = "less than or equal to";
  if (auto wrong = check_order(layers, bounded.min, bounded.max, kNotLess)) return wrong;
  if (auto wrong = check_order(layers, bounded.min, bounded.name, kNotLess)) return wrong;
  return check_order(layers, bounded.name, bounded.max, kNotMore);
}

std::optional<std::string> check_list(const BrokerLayers& layers, std::string_view name,
                                      bool (*is_known)(std::string_view)) {
  const auto text = text_of_group_config(layers, name);
  if (!text) return std::nullopt;
  const std::vector<std::string> elements = list_elements(*text);
  if (elements.empty()) return std::string(name) + " must not be empty";
  for (const std::string& element : elements) {
    if (!is_known(element)) return std::string(name) + " names " + element + ", which is not here";
  }
  return std::nullopt;
}

bool is_protocol(std::string_view word) {
  return word == "classic" || word == "consumer" || word == "share" || word == "streams";
}

bool is_policy(std::string word) {
  std::ranges::transform(word, word.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word == "disabled" || word == "upgrade" || word == "downgrade" || word == "bidirectional";
}

std::optional<std::string> check_protocols(const BrokerLayers& layers) {
  if (auto wrong = check_list(layers, kProtocols, is_protocol)) return wrong;
  const auto text = text_of_group_config(layers, kProtocols);
  if (!text || std::ranges::count(list_elements(*text), "classic") > 0) return std::nullopt;
  return "Disabling the 'classic' protocol is not supported.";
}

}  // namespace

std::vector<std::string> list_elements(std::string_view text) {
  std::vector<std::string> elements;
  for (const auto part : std::views::split(text, ',')) {
    const std::string_view element = trimmed(std::string_view(part.begin(), part.end()));
    if (!element.empty()) elements.emplace_back(element);
  }
  return elements;
}

std::string_view assignor_named(std::string_view name) {
  constexpr std::string_view kPackage = "org.apache.kafka.coordinator.group.assignor.";
  if (name.starts_with(kPackage)) name.remove_prefix(kPackage.size());
  if (name == "uniform" || name == "UniformAssignor") return "uniform";
  if (name == "range" || name == "RangeAssignor") return "range";
  return {};
}

std::optional<std::string> check_group_requirements(const BrokerLayers& layers) {
  for (const Bounded& bounded : kBounded) {
    if (auto wrong = check_bounds(layers, bounded)) return wrong;
  }
  const auto heartbeat = number_of_group_config(layers, kHeartbeat);
  const auto session = number_of_group_config(layers, kSession);
  if (heartbeat && session && *heartbeat >= *session) {
    return std::string(kHeartbeat) + " must be less than " + std::string(kSession);
  }
  const auto is_assignor = [](std::string_view name) { return !assignor_named(name).empty(); };
  if (auto wrong = check_list(layers, kAssignors, is_assignor)) return wrong;
  if (auto wrong = check_protocols(layers)) return wrong;
  const auto policy = text_of_group_config(layers, kPolicy);
  if (!policy || is_policy(*policy)) return std::nullopt;
  return std::string(kPolicy) + " is one of disabled, downgrade, upgrade, bidirectional, not " +
         *policy;
}

}  // namespace understudy::broker
