#include "differential/allowed.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <optional>
#include <regex>

namespace understudy::differential {
namespace {

bool both_are_text(const Difference& difference, const Exchange&, const Exchange&) {
  return difference.ours.is_string() && difference.theirs.is_string() &&
         difference.ours != "(missing)" && difference.theirs != "(missing)";
}

// The value beside: "answer.topics[1].partitions[0].offset" and "timestamp" give the timestamp
// there.
const json::value* beside(const Difference& difference, std::string_view name,
                          const json::value& outcome) {
  std::string pointer = "/";
  for (const char c : difference.path.substr(0, difference.path.rfind('.') + 1)) {
    if (c != ']') pointer += c == '.' || c == '[' ? '/' : c;
  }
  boost::system::error_code error;
  return outcome.find_pointer(pointer + std::string(name), error);
}

// Milliseconds since 1970 that both brokers read from their clocks, one soon after the other.
bool both_are_now(const Difference& difference, const Exchange&, const Exchange&) {
  constexpr std::int64_t kAroundTheYear2020 = 1'500'000'000'000;
  constexpr std::int64_t kApart = 120'000;
  if (!difference.ours.is_int64() || !difference.theirs.is_int64()) return false;
  const std::int64_t ours = difference.ours.get_int64();
  const std::int64_t theirs = difference.theirs.get_int64();
  return ours > kAroundTheYear2020 && std::llabs(ours - theirs) < kApart;
}

bool both_are_counts(const Difference& difference, const Exchange&, const Exchange&) {
  return difference.ours.is_int64() && difference.ours.get_int64() >= 0 &&
         difference.theirs.is_int64() && difference.theirs.get_int64() >= 0;
}

// Of groups and client metrics: "answer.responses[3].errorCode" is about element 3.
bool is_about_unserved_resource(const Difference& difference, const Exchange& ours,
                                const Exchange&) {
  constexpr std::int64_t kClientMetrics = 16;
  constexpr std::int64_t kGroup = 32;
  const auto end = difference.path.find(']');
  if (end == std::string::npos) return false;
  const Difference element{.path = difference.path.substr(0, end + 1) + "."};
  const json::value outcome = ours.outcome;
  const json::value* type = beside(element, "resourceType", outcome);
  return type != nullptr && (*type == kClientMetrics || *type == kGroup);
}

// One of the broker's loggers, and not any other config.
bool is_logger_of_theirs(const Difference& difference, const Exchange&, const Exchange&) {
  constexpr std::int64_t kBrokerLogger = 6;  // a config's source
  const auto* logger = difference.theirs.if_object();
  return logger != nullptr && difference.ours == "(missing)" &&
         int_or(*logger, "configSource", 0) == kBrokerLogger;
}

bool ours_is_unknown(const Difference& difference, const Exchange&, const Exchange&) {
  return difference.ours == -1;
}

bool batch_is_compressed(const Difference& difference, const Exchange& ours, const Exchange&) {
  constexpr std::int64_t kCodec = 7;
  const json::value outcome = ours.outcome;
  const json::value* attributes = beside(difference, "attributes", outcome);
  return attributes != nullptr && (attributes->to_number<std::int64_t>() & kCodec) != 0;
}

// Two batches may be appended in the same millisecond at one broker and not at the other.
bool times_beside_are_now(const Difference& difference, const Exchange& ours,
                          const Exchange& theirs) {
  const json::value our_outcome = ours.outcome;
  const json::value their_outcome = theirs.outcome;
  const json::value* our_time = beside(difference, "timestamp", our_outcome);
  const json::value* their_time = beside(difference, "timestamp", their_outcome);
  if (our_time == nullptr || their_time == nullptr || *our_time == *their_time) return false;
  return both_are_now({.ours = *our_time, .theirs = *their_time}, ours, theirs);
}

// The same where the clocks read the same in the end: who asks for the largest timestamp of times
// that the broker's clock may have given.
bool largest_times_are_now(const Difference& difference, const Exchange& ours,
                           const Exchange& theirs) {
  if (json::serialize(ours.step).find("\"timestamp\":-3") == std::string::npos) return false;
  const json::value our_outcome = ours.outcome;
  const json::value* our_time = beside(difference, "timestamp", our_outcome);
  return our_time != nullptr &&
         both_are_now({.ours = *our_time, .theirs = *our_time}, ours, theirs);
}

// The same in a log, if it was the clocks that gave the times.
bool all_times_are_the_brokers(const Difference&, const Exchange& ours, const Exchange& theirs) {
  constexpr std::int64_t kLogAppendTime = 8;  // a batch attribute
  const auto is_so = [](const Exchange& log) {
    const auto& batches = log.outcome.at("batches").as_array();
    return std::all_of(batches.begin(), batches.end(), [](const json::value& batch) {
      return (int_or(batch.as_object(), "attributes", 0) & kLogAppendTime) != 0;
    });
  };
  return is_so(ours) && is_so(theirs);
}

// Ids that no script has asked to be made: those that have are known by their symbols.
bool both_are_foreign_ids(const Difference& difference, const Exchange&, const Exchange&) {
  constexpr std::size_t kIdSize = 22;
  constexpr std::string_view kZeroId = "AAAAAAAAAAAAAAAAAAAAAA";
  const auto is_foreign = [&](const json::value& value) {
    return value.is_string() && value.get_string().size() == kIdSize &&
           !value.get_string().starts_with('$') && value.get_string() != kZeroId;
  };
  return is_foreign(difference.ours) && is_foreign(difference.theirs);
}

// The bounds of timestamps that a text names are counted from the broker's clock.
bool differ_in_times_only(const Difference& difference, const Exchange&, const Exchange&) {
  if (!difference.ours.is_string() || !difference.theirs.is_string()) return false;
  const auto without_times = [](const json::value& value) {
    static const std::regex kTime("[0-9]{13,}");
    return std::regex_replace(std::string(view_of(value.get_string())), kTime, "#");
  };
  return without_times(difference.ours) == without_times(difference.theirs);
}

// The config that a refusal names; nothing if it names none.
std::optional<std::string> config_named(const json::value& text) {
  static const std::regex kNames(
      "(?:Can't (?:APPEND|SUBTRACT) to key |Unknown topic config name: |"
      "Invalid value .* for configuration )([^ :]*)");
  std::smatch found;
  const std::string all(text.is_string() ? view_of(text.get_string()) : "");
  if (!std::regex_search(all, found, kNames)) return std::nullopt;
  return found[1].str();
}

// Where several configs of a resource are wrong.
bool name_other_configs(const Difference& difference, const Exchange& ours, const Exchange&) {
  const std::optional<std::string> our_name = config_named(difference.ours);
  const std::optional<std::string> their_name = config_named(difference.theirs);
  const std::string request = json::serialize(ours.step);
  // An empty name is often left out in the script, and a listener's prefix in the text.
  const auto is_asked_for = [&](const std::optional<std::string>& name) {
    return name && (name->empty() || request.find(*name + '"') != std::string::npos);
  };
  return our_name != their_name && is_asked_for(our_name) && is_asked_for(their_name);
}

// Kafka puts an exception in the place of a value: "Invalid value org...ConfigException: ... for
// configuration Invalid dynamic configuration".
bool is_an_exceptions_text(const Difference& difference, const Exchange&, const Exchange&) {
  return difference.ours.is_string() && difference.theirs.is_string() &&
         difference.theirs.get_string().ends_with(
             " for configuration Invalid dynamic configuration");
}

bool both_are_nodes(const Difference& difference, const Exchange&, const Exchange&) {
  const auto is_node = [](const json::value& value) {
    return value.is_int64() && value.get_int64() >= 1 && value.get_int64() <= 3;
  };
  return is_node(difference.ours) && is_node(difference.theirs);
}

bool is_member(const json::value& value) {
  return value.is_string() && value.get_string().starts_with("$member:");
}

bool both_are_members(const Difference& difference, const Exchange&, const Exchange&) {
  return is_member(difference.ours) && is_member(difference.theirs);
}

// Then one of them is shown the members, and the other not.
bool leaders_differ(const Difference&, const Exchange& ours, const Exchange& theirs) {
  const auto leader = [](const Exchange& exchange) {
    return exchange.outcome.at("answer").at("leader");
  };
  return leader(ours) != leader(theirs);
}

// A refused request tells an id of which nobody hears again.
bool both_are_new_members(const Difference& difference, const Exchange&, const Exchange&) {
  const auto is_drawn = [](const json::value& value) {
    return value.is_string() && value.get_string().starts_with("differential-");
  };
  return is_drawn(difference.ours) && is_drawn(difference.theirs);
}

constexpr std::string_view kIdHash = "in the order of the hashes of ids that the broker draws";
constexpr std::string_view kPerPartition = "the group coordinator answers partition by partition";

constexpr std::string_view kHashOrder = "Kafka collects these in a hash map";

constexpr std::string_view kClock = "the broker's clock";

constexpr std::string_view kCompressor = "zlib, lz4 and zstd compress otherwise than Java's";
constexpr std::string_view kMillisecond =
    "the first of those with the largest log append time: appended in the same millisecond or not";
constexpr std::string_view kUnserved = "groups and client metrics are not served";
constexpr std::string_view kFirstBadConfig =
    "which of several bad configs is named depends on a hash map, or on the order of definitions";
constexpr std::string_view kExceptionText =
    "an accident of Kafka's: the class and the text of an exception in the place of a value";
constexpr std::string_view kAnyNode =
    "any node passes requests on to the controller: one by chance";
constexpr std::string_view kDisk = "a stand-in does not tell how large the disk is";

constexpr Unordered kUnordered[] = {
    {"Produce", "answer.responses", kHashOrder},
    {"Produce", "answer.responses[].partitionResponses", kHashOrder},
    {"ListOffsets", "answer.topics", kHashOrder},
    {"ListOffsets", "answer.topics[].partitions", kHashOrder},
    {"OffsetForLeaderEpoch", "answer.topics", kHashOrder},
    {"OffsetForLeaderEpoch", "answer.topics[].partitions", kHashOrder},
    {"DeleteRecords", "answer.topics", kHashOrder},
    {"DeleteRecords", "answer.topics[].partitions", kHashOrder},
    {"DescribeLogDirs", "answer.results[].topics", kHashOrder},
    {"DescribeLogDirs", "answer.results[].topics[].partitions", kHashOrder},
    {"DescribeConfigs", "answer.results[].configs", kHashOrder},
    {"ListConfigResources", "answer.configResources", kHashOrder},
    {"ApiVersions", "answer.supportedFeatures", kHashOrder},
    {"ApiVersions", "answer.finalizedFeatures", kHashOrder},
    {"CreatePartitions", "answer.results", kHashOrder},
    {"CreateTopics", "answer.topics", kHashOrder},
    {"Metadata", "answer.topics", kHashOrder},
    {"DeleteTopics", "answer.responses",
     "Kafka shuffles the answers (ControllerApis.deleteTopics)"},
    {"log", "producers.topics[].partitions[].activeProducers", kHashOrder},
    {"DescribeProducers", "answer.topics[].partitions[].activeProducers", kHashOrder},
    {"JoinGroup", "answer.members", kIdHash},
    {"DescribeGroups", "answer.groups[].members", kIdHash},
    {"ConsumerGroupDescribe", "answer.groups[].members[].assignment.topicPartitions", kHashOrder},
    {"ConsumerGroupDescribe", "answer.groups[].members[].targetAssignment.topicPartitions",
     kHashOrder},
    {"ConsumerGroupDescribe", "answer.groups[].members[].subscribedTopicNames", kHashOrder},
    {"ConsumerGroupDescribe", "answer.groups[].members", kHashOrder},
    {"ConsumerGroupDescribe", "answer.groups", kPerPartition},
    {"DeleteGroups", "answer.results", kPerPartition},
    {"ListGroups", "answer.groups", kHashOrder},
    {"OffsetFetch", "answer.groups[].topics", kHashOrder},
    {"OffsetFetch", "answer.groups[].topics[].partitions", kHashOrder},
    {"OffsetFetch", "answer.topics", kHashOrder},
    {"OffsetFetch", "answer.topics[].partitions", kHashOrder},
    {"ConsumerGroupHeartbeat", "answer.assignment.topicPartitions", kHashOrder},
    {"OffsetDelete", "answer.topics", kHashOrder},
};

constexpr Partial kPartial[] = {
    {"ApiVersions", "answer.apiKeys", "apiKey",
     "APIs that Understudy does not serve: groups, transactions, the quorum, quotas"},
};

constexpr Allowance kAllowances[] = {
    {"Produce", "answer.responses[].partitionResponses[].logAppendTimeMs", both_are_now, kClock},
    {"ListOffsets", "answer.topics[].partitions[].timestamp", both_are_now, kClock},
    {"*", "*lastTimestamp", both_are_now, kClock},
    {"*", "*axTimestamp", both_are_now, kClock},
    {"*", "*records[].timestamp", both_are_now, kClock},
    {"*", "*topicId", both_are_foreign_ids, "random ids: of inner topics, or of a rehearsal"},
    {"DescribeLogDirs", "answer.results[].logDir", both_are_text, "each has its own directory"},
    {"DescribeLogDirs", "answer.results[].totalBytes", ours_is_unknown, kDisk},
    {"DescribeLogDirs", "answer.results[].usableBytes", ours_is_unknown, kDisk},
    {"Fetch", "*records[].size", batch_is_compressed, kCompressor},
    {"log", "batches[].size", batch_is_compressed, kCompressor},
    {"Produce", "*rrorMessage", differ_in_times_only, kClock},
    {"CreateTopics", "*rrorMessage", name_other_configs, kFirstBadConfig},
    {"AlterConfigs", "*rrorMessage", name_other_configs, kFirstBadConfig},
    {"IncrementalAlterConfigs", "*rrorMessage", name_other_configs, kFirstBadConfig},
    {"AlterConfigs", "*rrorMessage", is_an_exceptions_text, kExceptionText},
    {"IncrementalAlterConfigs", "*rrorMessage", is_an_exceptions_text, kExceptionText},
    {"Metadata", "answer.controllerId", both_are_nodes, kAnyNode},
    {"DescribeCluster", "answer.controllerId", both_are_nodes, kAnyNode},
    {"ApiVersions", "answer.finalizedFeaturesEpoch", both_are_counts,
     "Kafka takes the end of its metadata log"},
    {"AlterConfigs", "answer.responses[].error*", is_about_unserved_resource, kUnserved},
    {"IncrementalAlterConfigs", "answer.responses[].error*", is_about_unserved_resource, kUnserved},
    {"DescribeConfigs", "answer.results[]*", is_about_unserved_resource, kUnserved},
    {"DescribeConfigs", "answer.results[].configs[]", is_logger_of_theirs,
     "the loggers are named after the classes of Kafka's JVM"},
    {"log", "maxTimestamp.offset", times_beside_are_now, kMillisecond},
    {"log", "maxTimestamp.offset", all_times_are_the_brokers, kMillisecond},
    {"ListOffsets", "answer.topics[].partitions[].offset", times_beside_are_now, kMillisecond},
    {"ListOffsets", "answer.topics[].partitions[].offset", largest_times_are_now, kMillisecond},
    {"DescribeConfigs", "*documentation", both_are_text, "documentation in our own words"},
    {"log", "maxTimestamp.timestamp", both_are_now, kClock},
    {"JoinGroup", "answer.leader", both_are_members, kIdHash},
    {"JoinGroup", "answer.members[]*", leaders_differ, kIdHash},
    {"JoinGroup", "answer.memberId", both_are_new_members, "ids of members are drawn"},
};

}  // namespace

std::span<const Unordered> unordered() { return kUnordered; }
std::span<const Partial> partial() { return kPartial; }
std::span<const Allowance> allowances() { return kAllowances; }

}  // namespace understudy::differential
