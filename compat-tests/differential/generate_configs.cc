// DescribeConfigs, AlterConfigs, IncrementalAlterConfigs and ListConfigResources. Configs of the
// broker itself are only looked at, and changed as a rehearsal: other scripts use the same broker.
#include <set>
#include <string>
#include <vector>

#include "differential/generator.h"
#include "support/topic_configs.h"

namespace understudy::differential {
namespace {

// Kafka does not tell types apart that it does not know.
std::int64_t known_type(std::int64_t resource_type) {
  constexpr std::int64_t kKnown = 2 | 4 | 8 | 16 | 32;
  const bool is_one_bit = (resource_type & (resource_type - 1)) == 0;
  return is_one_bit ? resource_type & kKnown : 0;
}

// Some of a broker's own: of each kind some, and none that the two sides are started with. What
// Understudy refuses because it cannot heed it (ssl.protocol, config.providers) is not among them.
const std::vector<std::string> kBrokerConfigs = {
    "background.threads",
    "compression.type",
    "group.consumer.assignment.interval.ms",
    "group.coordinator.append.linger.ms",
    "group.coordinator.cached.buffer.max.bytes",
    "listener.name.other.max.connections",
    "listener.name.plaintext.max.connection.creation.rate",
    "listener.name.plaintext.max.connections",
    "listener.name.plaintext.num.network.threads",
    "log.cleaner.backoff.ms",
    "log.cleaner.dedupe.buffer.size",
    "log.cleaner.io.buffer.load.factor",
    "log.cleaner.threads",
    "log.cleanup.policy",
    "log.flush.interval.ms",
    "log.index.interval.bytes",
    "log.local.retention.bytes",
    "log.local.retention.ms",
    "log.message.timestamp.type",
    "log.preallocate",
    "log.retention.bytes",
    "log.retention.hours",
    "log.retention.ms",
    "log.roll.jitter.ms",
    "log.roll.ms",
    "log.segment.bytes",
    "max.connection.creation.rate",
    "max.connections",
    "max.connections.per.ip",
    "max.connections.per.ip.overrides",
    "message.max.bytes",
    "metric.reporters",
    "min.insync.replicas",
    "num.io.threads",
    "num.network.threads",
    "num.replica.fetchers",
    "unclean.leader.election.enable",
};

bool changes_others(std::int64_t resource_type) { return resource_type != kTopic; }

}  // namespace

std::string Generator::config_name(std::int64_t resource_type) {
  if (resource_type == kBroker && draw_.chance(70)) return draw_.of(kBrokerConfigs);
  if (draw_.chance(8)) return draw_.text({"", "nobody.knows", "segment.size", "Retention.ms"});
  return draw_.of(support::kTopicConfigs);
}

std::string Generator::compression_type() {
  if (!recompresses_) return draw_.text({"producer", "uncompressed", "uncompressed", "none"});
  return draw_.text({"gzip", "snappy", "lz4", "zstd", "uncompressed"});
}

json::value Generator::config_value(const std::string& name) {
  if (draw_.chance(3)) return nullptr;
  if (name == "max.message.bytes" && recompresses_) return json::string("1000000");
  if (draw_.chance(15) && name != "segment.index.bytes") {
    return json::string(draw_.text({"", " ", "0", "-1", "abc", "1.5", "true", "9223372036854775808",
                                    "-9223372036854775809", "2147483648", "1e3", " 7 ", "+5",
                                    "delete", "0x10", ",", "*"}));
  }
  if (name.ends_with("threads") || name == "num.replica.fetchers") {
    return json::string(draw_.text({"1", "2", "3", "4", "6", "7", "16", "17", "20", "21"}));
  }
  if (name == "max.connections.per.ip.overrides") {
    return json::string(draw_.text({"", "h:1", "h:1,i:2,", "h", "h:x", "127.0.0.1:0", "::1:2",
                                    "[::1]:2", ":3", "a b:1", "h$:1"}));
  }
  if (name.ends_with("cleanup.policy")) {
    return json::string(draw_.text({"delete", "compact", "compact,delete", "delete,compact", "",
                                    "compact,compact", "delete, compact", "Compact", "none"}));
  }
  if (name == "compression.type") {
    return json::string(compression_type());
  }
  if (name.starts_with("compression.")) {
    return json::string(draw_.text({"1", "9", "10", "17", "18", "22", "23", "-1", "-131072"}));
  }
  if (name.ends_with("message.timestamp.type")) {
    return json::string(draw_.text({"CreateTime", "LogAppendTime", "createtime"}));
  }
  if (name.ends_with(".replicas")) {
    return json::string(draw_.text({"*", "0:1", "0:1,1:1", "none", "0", "*,0:1", "a:b", "1"}));
  }
  if (name == "preallocate" || name.ends_with("enable") || name.ends_with("disable")) {
    return json::string(draw_.text({"true", "false", "TRUE", "yes", "False"}));
  }
  if (name == "min.cleanable.dirty.ratio") {
    return json::string(draw_.text({"0", "0.5", "1", "1.1", "0.25", ".5", "1e-3", "NaN", "0.50"}));
  }
  // Smaller ones, which Kafka allows, have no room for an entry: it loses the partition over that.
  if (name == "segment.index.bytes") return json::string(draw_.text({"4096", "1000000", "3"}));
  if (name == "min.insync.replicas") return json::string(draw_.text({"1", "2", "0", "100"}));
  if (name == "segment.bytes") {
    return json::string(draw_.text({"1048576", "1048575", "14", "2147483647"}));
  }
  return json::string(draw_.text({"1000", "0", "-1", "-2", "1", "604800000", "2147483647",
                                  "9223372036854775807", "5000", "4"}));
}

std::pair<std::int64_t, std::string> Generator::resource() {
  const std::int64_t kind = draw_.below(100);
  if (kind < 80) return {kTopic, topic_name()};
  if (kind < 90) return {kBroker, draw_.text({"1", "1", "", "2", "abc", "-1", " 1", "01"})};
  return {draw_.of({0, 1, 3, 4, 8, 16, 32, 64, -1, 127}), draw_.text({"1", "", "g", "@t0"})};
}

void Generator::describe_configs() {
  json::array resources;
  for (std::int64_t i = draw_.chance(80) ? 1 : draw_.between(0, 3); i > 0; --i) {
    const auto [type, name] = resource();
    json::object entry{{"resourceType", type}, {"resourceName", name}};
    entry["configurationKeys"] = nullptr;
    if (type == kBroker || draw_.chance(60)) {
      json::array keys;
      for (std::int64_t k = draw_.between(type == kBroker ? 1 : 0, 4); k > 0; --k) {
        keys.push_back(json::string(config_name(type)));
      }
      entry["configurationKeys"] = std::move(keys);
    }
    resources.push_back(std::move(entry));
    if (draw_.chance(5)) resources.push_back(resources.back());
  }
  json::object request{{"resources", std::move(resources)}};
  request["includeSynonyms"] = draw_.chance(50);
  if (draw_.chance(10)) request["includeDocumentation"] = true;
  add("DescribeConfigs", std::move(request));
}

void Generator::alter_configs() {
  json::array resources;
  bool is_rehearsal = draw_.chance(15);
  std::set<std::pair<std::int64_t, std::string>> seen;
  for (std::int64_t i = draw_.chance(80) ? 1 : draw_.between(0, 3); i > 0; --i) {
    const auto [type, name] = resource();
    // A real broker never answers if one is named twice.
    if (!seen.emplace(known_type(type), name).second) continue;
    is_rehearsal |= changes_others(type);
    resources.push_back(json::object{
        {"resourceType", type}, {"resourceName", name}, {"configs", configs(type, 3)}});
  }
  add("AlterConfigs", {{"resources", std::move(resources)}, {"validateOnly", is_rehearsal}});
}

void Generator::incremental_alter_configs() {
  json::array resources;
  bool is_rehearsal = draw_.chance(15);
  for (std::int64_t i = draw_.chance(80) ? 1 : draw_.between(0, 3); i > 0; --i) {
    const auto [type, name] = resource();
    is_rehearsal |= changes_others(type);
    json::array changes = configs(type, 3);
    for (json::value& change : changes) {
      change.as_object()["configOperation"] = draw_.of({0, 0, 0, 1, 2, 3});
    }
    // Beside others it depends on a hash map whether an unknown operation is met.
    if (changes.size() == 1 && resources.empty() && draw_.chance(10)) {
      changes[0].as_object()["configOperation"] = draw_.of({4, -1, 127});
      resources.push_back(json::object{
          {"resourceType", type}, {"resourceName", name}, {"configs", std::move(changes)}});
      break;
    }
    if (!changes.empty() && draw_.chance(6)) changes.push_back(changes.back());
    resources.push_back(json::object{
        {"resourceType", type}, {"resourceName", name}, {"configs", std::move(changes)}});
    if (draw_.chance(8)) resources.push_back(resources.back());
  }
  add("IncrementalAlterConfigs",
      {{"resources", std::move(resources)}, {"validateOnly", is_rehearsal}});
}

void Generator::list_config_resources() {
  json::array types;
  for (std::int64_t i = draw_.between(0, 3); i > 0; --i) {
    types.push_back(draw_.chance(80) ? draw_.of({2, 4, 8, 16, 32}) : draw_.of({0, 1, 99, -1}));
  }
  add("ListConfigResources", {{"resourceTypes", std::move(types)}});
}

}  // namespace understudy::differential
