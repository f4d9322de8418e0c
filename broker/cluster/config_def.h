// Which configurations exist: name, type, default, what values are allowed, who may change them.
//
// Kafka's ConfigDef with LogConfig, KafkaConfig, GroupConfig and ClientMetricsConfigs as its rows.
// What a configuration's value is at a given moment is cluster/config_values.h's business.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/base/profile.h"

namespace understudy::broker {

// Name to text, as it was set.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

// The numbers are DescribeConfigs' (DescribeConfigsResponse.ConfigType).
enum class ConfigType : std::int8_t {
  kUnknown = 0,
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kShort = 4,
  kLong = 5,
  kDouble = 6,
  kList = 7,
  kClass = 8,
  kPassword = 9,
};

// How a broker configuration is changed while the broker runs (KIP-226).
enum class ConfigUpdate : std::uint8_t { kReadOnly, kPerBroker, kClusterWide };

// Whether DescribeConfigs lists a configuration (ConfigDef.defineInternal).
enum class ConfigListing : std::uint8_t { kListed, kInternal };

// What a value has to satisfy once it has the right type.
struct ConfigRule {
  enum class Kind : std::uint8_t {
    kAny,
    kRange,              // min to max, numbers
    kOneOf,              // choices, strings
    kSubsetOf,           // choices, lists
    kGzipLevel,          // 1 to 9, or -1
    kThrottledReplicas,  // "partition:broker" items, or "*"
  };
  Kind kind = Kind::kAny;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::string_view choices = {};  // separated by ", "
};

constexpr ConfigRule any() { return {}; }
constexpr ConfigRule at_least(std::int64_t min) {
  return {.kind = ConfigRule::Kind::kRange, .min = min};
}
constexpr ConfigRule between(std::int64_t min, std::int64_t max) {
  return {.kind = ConfigRule::Kind::kRange, .min = min, .max = max};
}
constexpr ConfigRule one_of(std::string_view choices) {
  return {.kind = ConfigRule::Kind::kOneOf, .choices = choices};
}
constexpr ConfigRule subset_of(std::string_view choices) {
  return {.kind = ConfigRule::Kind::kSubsetOf, .choices = choices};
}

// What comes of setting a configuration here. It has no default: a row without it does not compile.
struct ConfigEffect {
  enum class Kind : std::uint8_t {
    kHeeded,     // does what it does in Kafka
    kDescribed,  // checked, stored and described, and without effect; `why` says why nobody is
                 // misled
    kRefused,    // a value that is not so anyway is refused; `why` is what Understudy lacks or is
    kInstead,    // cannot be set; `why` says what to use instead
  };
  Kind kind;
  std::string_view why;  // empty if it is heeded

  constexpr ConfigEffect(Kind the_kind, std::string_view reason) : kind(the_kind), why(reason) {}
};

struct ConfigDef {
  std::string_view name;
  ConfigEffect effect;
  ConfigType type = ConfigType::kUnknown;
  std::optional<std::string_view> initial = {};  // nothing: null
  ConfigRule rule = {};
  std::string_view about = {};
  ConfigUpdate update = ConfigUpdate::kReadOnly;  // brokers only
  ConfigListing listing = ConfigListing::kListed;

  bool is_heeded() const { return effect.kind == ConfigEffect::Kind::kHeeded; }
  bool is_sensitive() const {
    return type == ConfigType::kPassword || type == ConfigType::kUnknown;
  }
};

// A broker configuration that stands in for a topic configuration; its value times `factor` is the
// topic's (hours and minutes become milliseconds).
struct BrokerSynonym {
  std::string_view name;
  std::int64_t factor = 1;
};

struct TopicConfigDef : ConfigDef {
  static constexpr std::size_t kSynonymsMax = 3;
  std::array<BrokerSynonym, kSynonymsMax>
      synonyms{};  // nearest first, the unused ones are nameless

  std::span<const BrokerSynonym> broker_synonyms() const;
};

struct InvalidConfig {
  std::string message;
};

// The value as Kafka prints it ("+5" is "5", "TRUE" is "true", "a , b" is "a,b"), or why it is
// refused.
std::variant<std::string, InvalidConfig> parse_config(const ConfigDef& def, std::string_view text);

// String.trim(): everything up to the space counts as white.
std::string_view trimmed(std::string_view text);

// The items of a list in its printed form; an empty text is an empty list.
std::vector<std::string> split_list(std::string_view text);

// The rows as one release has them. Every list is sorted by name.
class ConfigDefs {
 public:
  explicit ConfigDefs(const Profile& profile);

  const Profile& profile() const { return profile_; }
  std::span<const TopicConfigDef> topic() const { return topic_; }
  std::span<const ConfigDef> broker() const { return broker_; }
  std::span<const ConfigDef> group() const { return group_; }  // none before 4.0
  std::span<const ConfigDef> client_metrics() const { return client_metrics_; }

  // Null if there is none.
  const TopicConfigDef* find_topic(std::string_view name) const;
  const ConfigDef* find_broker(std::string_view name) const;
  const ConfigDef* find_group(std::string_view name) const;
  // Of which configuration this is the value for the one listener that there is
  // ("listener.name.plaintext.max.connections"); null if listeners have none of their own.
  const ConfigDef* find_of_listener(std::string_view name) const;

  // The broker configurations that say the same thing in other units, nearest first, the asked one
  // among them (DynamicBrokerConfig.brokerConfigSynonyms).
  std::span<const std::string_view> broker_synonyms(std::string_view name) const;

 private:
  Profile profile_;
  std::vector<TopicConfigDef> topic_;
  std::vector<ConfigDef> broker_;
  std::vector<ConfigDef> group_;
  std::vector<ConfigDef> client_metrics_;
};

// What the names of configurations of the one listener begin with.
inline constexpr std::string_view kListenerPrefix = "listener.name.plaintext.";
// What can be set for one listener of all nodes (DynamicBrokerConfig.ClusterLevelListenerConfigs).
inline constexpr std::array<std::string_view, 3> kListenerConfigs = {
    "max.connection.creation.rate", "max.connections", "num.network.threads"};
// A listener's configuration without "listener.name.x."; any other name as it is.
std::string_view without_listener(std::string_view name);

// The metadata.version level that a release finalizes; 0 before there were levels. Configurations
// come and go with it.
std::int16_t metadata_version_level(const Profile& profile);

// What is wrong with the first bad entry of broker properties as in server.properties; nothing if
// all is well. Names that Kafka does not know are allowed, as in Kafka.
std::optional<std::string> check_static_configs(const Profile& profile, const ConfigMap& configs);

}  // namespace understudy::broker
