#include "broker/cluster/config_def.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "broker/cluster/broker_requirements.h"
#include "broker/cluster/config_tables.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string list_text(const std::vector<std::string>& items, std::string_view separator) {
  std::string text;
  for (const std::string& item : items) {
    if (&item != &items.front()) text += separator;
    text += item;
  }
  return text;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  // Java's parsers take one sign of either kind.
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view name_of(ConfigType type) {
  switch (type) {
    case ConfigType::kUnknown:
      return "UNKNOWN";
    case ConfigType::kBoolean:
      return "BOOLEAN";
    case ConfigType::kString:
      return "STRING";
    case ConfigType::kInt:
      return "INT";
    case ConfigType::kShort:
      return "SHORT";
    case ConfigType::kLong:
      return "LONG";
    case ConfigType::kDouble:
      return "DOUBLE";
    case ConfigType::kList:
      return "LIST";
    case ConfigType::kClass:
      return "CLASS";
    case ConfigType::kPassword:
      return "PASSWORD";
  }
  return "UNKNOWN";
}

// Double.toString for what configurations hold: "0.5", "3.0", "1.0E-4".
std::string print_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char buffer[64];
  const double magnitude = std::fabs(value);
  const bool plain = magnitude == 0 || (magnitude >= 1e-3 && magnitude < 1e7);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
  std::string text(buffer, end);
  const std::size_t exponent = text.find('e');
  std::string mantissa = text.substr(0, exponent);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  if (exponent == std::string::npos) return mantissa;
  const auto power = whole_number<int>(std::string_view(text).substr(exponent + 1));
  ASSERT(power);
  return mantissa + 'E' + std::to_string(*power);
}

// ConfigException's form.
InvalidConfig invalid(const ConfigDef& def, std::string_view value, std::string_view why) {
  std::string message = "Invalid value ";
  message += value;
  message += " for configuration ";
  message += def.name;
  if (!why.empty()) {
    message += ": ";
    message += why;
  }
  return {std::move(message)};
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (true) {
    const std::size_t comma = choices.find(", ");
    if (choices.substr(0, comma) == value) return true;
    if (comma == std::string_view::npos) return false;
    choices.remove_prefix(comma + 2);
  }
}

bool is_throttled_replica(std::string_view item) {
  item = trimmed(item);
  if (item.empty()) return true;
  const std::size_t colon = item.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == item.size()) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::all_of(item.substr(0, colon), is_digit) &&
         std::ranges::all_of(item.substr(colon + 1), is_digit);
}

template <class Number>
std::optional<InvalidConfig> check_range(const ConfigDef& def, Number value,
                                         std::string_view printed) {
  const ConfigRule& rule = def.rule;
  if (rule.kind == ConfigRule::Kind::kGzipLevel) {
    if (value == -1 || (value >= 1 && value <= 9)) return std::nullopt;
    return invalid(def, printed, "Value must be between 1 and 9 or equal to -1");
  }
  if (rule.kind != ConfigRule::Kind::kRange) return std::nullopt;
  if (value < static_cast<Number>(rule.min)) {
    return invalid(def, printed, "Value must be at least " + std::to_string(rule.min));
  }
  if (value > static_cast<Number>(rule.max)) {
    return invalid(def, printed, "Value must be no more than " + std::to_string(rule.max));
  }
  return std::nullopt;
}

// Texts quote a number or a truth value as it was given, blanks and all.
template <class Number>
std::variant<std::string, InvalidConfig> parse_whole(const ConfigDef& def, std::string_view text,
                                                     std::string_view given) {
  const std::optional<Number> value = whole_number<Number>(text);
  if (!value) {
    return invalid(def, given, "Not a number of type " + std::string(name_of(def.type)));
  }
  std::string printed = std::to_string(*value);
  if (auto refused = check_range<std::int64_t>(def, *value, printed)) return *refused;
  return printed;
}

std::string_view unsigned_part(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return text;
}

std::variant<std::string, InvalidConfig> parse_double(const ConfigDef& def, std::string_view text,
                                                      std::string_view given) {
  std::string_view digits = text;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return invalid(def, given, "Not a number of type DOUBLE");
  }
  std::string printed = print_double(value);
  if (!std::isfinite(value)) {  // which has one spelling in Java
    if (unsigned_part(text) != unsigned_part(printed)) {
      return invalid(def, given, "Not a number of type DOUBLE");
    }
    if (std::isnan(value)) return printed;  // which is in every range
  }
  if (auto refused = check_range<double>(def, value, printed)) return *refused;
  return printed;
}

std::optional<InvalidConfig> check_list(const ConfigDef& def,
                                        const std::vector<std::string>& items) {
  const std::string printed = "[" + list_text(items, ", ") + "]";
  if (def.rule.kind == ConfigRule::Kind::kThrottledReplicas) {
    const bool all = items.size() == 1 && items[0] == "*";
    if (all || std::ranges::all_of(items, is_throttled_replica)) return std::nullopt;
    return invalid(def, printed,
                   std::string(def.name) +
                       " must be the literal '*' or a list of replicas in the following format: "
                       "[partitionId]:[brokerId],[partitionId]:[brokerId],...");
  }
  if (def.rule.kind != ConfigRule::Kind::kSubsetOf) return std::nullopt;
  for (const std::string& item : items) {
    if (is_choice(def.rule.choices, item)) continue;
    return invalid(def, item, "String must be one of: " + std::string(def.rule.choices));
  }
  return std::nullopt;
}

// What comes again is left out (KIP-1161).
void remove_repeated(std::vector<std::string>& items) {
  std::set<std::string> seen;
  std::erase_if(items, [&](const std::string& item) { return !seen.insert(item).second; });
}

std::variant<std::string, InvalidConfig> parse_list(const ConfigDef& def, std::string_view text) {
  std::vector<std::string> items = split_list(text);
  for (std::string& item : items) item = trimmed(item);
  if (def.rule.kind == ConfigRule::Kind::kSubsetOf) remove_repeated(items);
  if (auto refused = check_list(def, items)) return *refused;
  return list_text(items, ",");
}

std::variant<std::string, InvalidConfig> parse_boolean(const ConfigDef& def, std::string_view text,
                                                       std::string_view given) {
  std::string value = lower(text);
  if (value == "true" || value == "false") return value;
  return invalid(def, given, "Expected value to be either true or false");
}

template <class Def>
const Def* find_sorted(std::span<const Def> defs, std::string_view name) {
  const auto found = std::ranges::lower_bound(defs, name, {}, &Def::name);
  return found != defs.end() && found->name == name ? &*found : nullptr;
}

// metadata.version levels (the specification's list); a profile's level says its release.
constexpr std::int16_t kMetadataVersion_4_4_IV0 = 31;

// What earlier releases do not know, of all kinds.
constexpr std::string_view kNewIn_4_4[] = {
    "consumer.assignor.offload.enable",
    "errors.deadletterqueue.auto.create.topics.enable",
    "errors.deadletterqueue.copy.record.enable",
    "errors.deadletterqueue.group.enable",
    "errors.deadletterqueue.topic.name",
    "errors.deadletterqueue.topic.name.prefix",
    "group.consumer.assignor.offload.enable",
    "group.share.assignor.offload.enable",
    "group.share.dlq.manager.class.name",
    "group.streams.acceptable.recovery.lag",
    "group.streams.assignor.offload.enable",
    "group.streams.assignors",
    "group.streams.max.warmup.replicas",
    "group.streams.min.task.offset.interval.ms",
    "group.streams.num.warmup.replicas",
    "group.streams.rack.aware.assignment.tags",
    "group.streams.task.offset.interval.ms",
    "group.streams.topology.description.plugin.class",
    "log.remote.copy.lag.bytes",
    "log.remote.copy.lag.ms",
    "max.decompressed.message.bytes",
    "remote.copy.lag.bytes",
    "remote.copy.lag.ms",
    "sasl.oauthbearer.allow.unverified.audience",
    "sasl.oauthbearer.allow.unverified.issuer",
    "share.assignor.offload.enable",
    "streams.acceptable.recovery.lag",
    "streams.assignor.name",
    "streams.assignor.offload.enable",
    "streams.num.warmup.replicas",
    "streams.rack.aware.assignment.tags",
    "streams.task.offset.interval.ms",
};
static_assert(std::ranges::is_sorted(kNewIn_4_4));

template <class Def>
void drop_new_ones(std::vector<Def>& defs) {
  std::erase_if(defs,
                [](const Def& def) { return std::ranges::binary_search(kNewIn_4_4, def.name); });
}

}  // namespace

std::span<const BrokerSynonym> TopicConfigDef::broker_synonyms() const {
  const auto end = std::ranges::find(synonyms, std::string_view(), &BrokerSynonym::name);
  return {synonyms.data(), static_cast<std::size_t>(end - synonyms.begin())};
}

std::string_view trimmed(std::string_view text) {
  const auto is_white = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  while (true) {
    const std::size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::variant<std::string, InvalidConfig> parse_config(const ConfigDef& def,
                                                      std::string_view untrimmed) {
  const std::string_view text = trimmed(untrimmed);
  switch (def.type) {
    case ConfigType::kBoolean:
      return parse_boolean(def, text, untrimmed);
    case ConfigType::kInt:
      return parse_whole<std::int32_t>(def, text, untrimmed);
    case ConfigType::kShort:
      return parse_whole<std::int16_t>(def, text, untrimmed);
    case ConfigType::kLong:
      return parse_whole<std::int64_t>(def, text, untrimmed);
    case ConfigType::kDouble:
      return parse_double(def, text, untrimmed);
    case ConfigType::kList:
      return parse_list(def, text);
    case ConfigType::kString:
      if (def.rule.kind == ConfigRule::Kind::kOneOf && !is_choice(def.rule.choices, text)) {
        return invalid(def, text, "String must be one of: " + std::string(def.rule.choices));
      }
      return std::string(text);
    case ConfigType::kUnknown:
    case ConfigType::kClass:
    case ConfigType::kPassword:
      return std::string(text);
  }
  return std::string(text);
}

std::string_view without_listener(std::string_view name) {
  constexpr std::string_view kPrefix = "listener.name.";
  if (!name.starts_with(kPrefix)) return name;
  const std::size_t dot = name.find('.', kPrefix.size());
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::int16_t metadata_version_level(const Profile& profile) {
  const auto found = std::ranges::find(profile.features(), "metadata.version", &Feature::name);
  return found == profile.features().end() ? std::int16_t{0} : found->finalized;
}

ConfigDefs::ConfigDefs(const Profile& profile) : profile_(profile) {
  topic_.assign(topic_config_rows().begin(), topic_config_rows().end());
  for (const std::span<const ConfigDef> table :
       {server_config_rows(), log_config_rows(), coordinator_config_rows(), remote_config_rows(),
        security_config_rows()}) {
    broker_.insert(broker_.end(), table.begin(), table.end());
  }
  group_.assign(group_config_rows().begin(), group_config_rows().end());
  if (!profile.has_group_configs()) group_.clear();
  client_metrics_.assign(client_metrics_config_rows().begin(), client_metrics_config_rows().end());
  if (metadata_version_level(profile) < kMetadataVersion_4_4_IV0) {
    drop_new_ones(topic_);
    drop_new_ones(broker_);
    drop_new_ones(group_);
  }
  if (!profile.has_kip_1030_limits()) {
    const auto relax = [](ConfigDef& def) {
      if (def.name.ends_with("segment.bytes") && def.rule.min == 1'048'576) def.rule = at_least(14);
      if (def.name.ends_with("message.timestamp.after.max.ms")) def.initial = "9223372036854775807";
    };
    std::ranges::for_each(topic_, relax);
    std::ranges::for_each(broker_, relax);
  }
  std::ranges::sort(topic_, {}, &TopicConfigDef::name);
  std::ranges::sort(broker_, {}, &ConfigDef::name);
  std::ranges::sort(group_, {}, &ConfigDef::name);
  std::ranges::sort(client_metrics_, {}, &ConfigDef::name);
}

const TopicConfigDef* ConfigDefs::find_topic(std::string_view name) const {
  return find_sorted(std::span<const TopicConfigDef>(topic_), name);
}

const ConfigDef* ConfigDefs::find_broker(std::string_view name) const {
  return find_sorted(std::span<const ConfigDef>(broker_), name);
}

const ConfigDef* ConfigDefs::find_group(std::string_view name) const {
  return find_sorted(std::span<const ConfigDef>(group_), name);
}

const ConfigDef* ConfigDefs::find_of_listener(std::string_view name) const {
  if (!name.starts_with(kListenerPrefix)) return nullptr;
  name.remove_prefix(kListenerPrefix.size());
  return std::ranges::count(kListenerConfigs, name) == 0 ? nullptr : find_broker(name);
}

std::span<const std::string_view> ConfigDefs::broker_synonyms(std::string_view name) const {
  static constexpr std::string_view kRoll[] = {"log.roll.ms", "log.roll.hours"};
  static constexpr std::string_view kJitter[] = {"log.roll.jitter.ms", "log.roll.jitter.hours"};
  static constexpr std::string_view kFlush[] = {"log.flush.interval.ms",
                                                "log.flush.scheduler.interval.ms"};
  static constexpr std::string_view kRetention[] = {"log.retention.ms", "log.retention.minutes",
                                                    "log.retention.hours"};
  if (std::ranges::count(kRoll, name) != 0) return kRoll;
  if (std::ranges::count(kJitter, name) != 0) return kJitter;
  if (std::ranges::count(kRetention, name) != 0) return kRetention;
  // Not the other way round: the scheduler's interval is only a stand-in.
  if (name == kFlush[0]) return kFlush;
  const ConfigDef* def = find_broker(name);
  if (def == nullptr) return {};
  return {&def->name, 1};
}

std::optional<std::string> check_static_configs(const Profile& profile, const ConfigMap& configs) {
  const ConfigDefs defs(profile);
  constexpr std::size_t kValueSizeMax = 32'767;  // what a string on the wire holds
  for (const auto& [name, value] : configs) {
    if (value.size() > kValueSizeMax) return "The value of " + name + " is too long";
    const ConfigDef* def = defs.find_broker(name);
    if (def == nullptr) def = defs.find_of_listener(name);
    if (def == nullptr) continue;
    const auto parsed = parse_config(*def, value);
    if (const auto* refused = std::get_if<InvalidConfig>(&parsed)) return refused->message;
  }
  const ConfigMap nothing;
  return check_broker_requirements(
      {.defs = defs, .dynamic_node = nothing, .dynamic_default = nothing, .properties = configs});
}

}  // namespace understudy::broker
