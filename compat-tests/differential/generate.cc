#include "differential/generate.h"

#include <algorithm>

#include "differential/generator.h"

namespace understudy::differential {
namespace {

// What Kafka and Understudy both serve.
constexpr ServedApi kServed[] = {
    {"Produce", 3, 13},
    {"Fetch", 4, 18},
    {"ListOffsets", 1, 11},
    {"Metadata", 0, 13},
    {"FindCoordinator", 0, 6},
    {"SaslHandshake", 0, 1},
    {"ApiVersions", 0, 5},
    {"CreateTopics", 2, 7},
    {"DeleteTopics", 1, 6},
    {"DeleteRecords", 0, 2},
    {"InitProducerId", 0, 5},
    {"OffsetForLeaderEpoch", 2, 4},
    {"DescribeAcls", 1, 3},
    {"CreateAcls", 1, 3},
    {"DeleteAcls", 1, 3},
    {"DescribeConfigs", 1, 4},
    {"AlterConfigs", 0, 2},
    {"DescribeLogDirs", 1, 5},
    {"SaslAuthenticate", 0, 2},
    {"CreatePartitions", 0, 3},
    {"CreateDelegationToken", 1, 3},
    {"RenewDelegationToken", 1, 2},
    {"ExpireDelegationToken", 1, 2},
    {"DescribeDelegationToken", 1, 3},
    {"IncrementalAlterConfigs", 0, 1},
    {"DescribeCluster", 0, 2},
    {"DescribeProducers", 0, 0},
    {"ListConfigResources", 0, 1},
    {"DescribeTopicPartitions", 0, 0},
};

// Those of scripts about groups.
constexpr ServedApi kServedToGroups[] = {
    {"OffsetCommit", 2, 10},
    {"OffsetFetch", 1, 10},
    {"JoinGroup", 0, 9},
    {"Heartbeat", 0, 4},
    {"LeaveGroup", 0, 5},
    {"SyncGroup", 0, 5},
    {"DescribeGroups", 0, 6},
    {"ListGroups", 0, 5},
    {"DeleteGroups", 0, 3},
    {"OffsetDelete", 0, 0},
    {"ConsumerGroupHeartbeat", 0, 1},
    {"ConsumerGroupDescribe", 0, 1},
};

constexpr std::uint64_t kMostRestarts = 2;

// Numbers that belong together far apart: neighbouring seeds and scripts have nothing in common.
std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a * 0x9e3779b97f4a7c15 + b * 0xd1b54a32d192ed03;
  z = (z ^ (z >> 31)) * 0xbf58476d1ce4e5b9;
  return z ^ (z >> 29);
}

}  // namespace

std::span<const ServedApi> served_apis() { return kServed; }
std::span<const ServedApi> group_apis() { return kServedToGroups; }

wire::Version Generator::any_version(std::string_view api) {
  for (const std::span<const ServedApi> apis : {served_apis(), group_apis()}) {
    const auto served = std::ranges::find(apis, api, &ServedApi::name);
    if (served == apis.end()) continue;
    // The newest and the oldest are where most rules are.
    if (draw_.chance(25)) return served->last;
    if (draw_.chance(10)) return served->first;
    return wire::Version(draw_.between(served->first, served->last));
  }
  return 0;
}

Step& Generator::add(std::string_view api, json::object request) {
  return add(api, any_version(api), std::move(request));
}

Step& Generator::add(std::string_view api, wire::Version version, json::object request) {
  Step step{{"api", api}, {"version", version}, {"request", std::move(request)}};
  if (draw_.chance(10)) step["connection"] = draw_.between(1, kConnectionsOfAll - 1);
  // A real broker answers a change before it heeds it: nothing follows at once.
  const bool changes_metadata = api.starts_with("Create") || api.starts_with("Delete") ||
                                api.ends_with("AlterConfigs") || api == "Metadata";
  // Between requests followers get time to fetch.
  if (draw_.chance(8) && !changes_metadata && !has_nodes()) step["pipelined"] = true;
  if (draw_.chance(1)) step["clientId"] = draw_.chance(50) ? json::value(nullptr) : json::value("");
  if (has_nodes()) step["node"] = node_for(step);
  script_.steps.push_back(std::move(step));
  return script_.steps.back();
}

ModelTopic* Generator::some_topic() {
  std::vector<ModelTopic*> existing;
  for (ModelTopic& topic : model_.topics) {
    if (topic.exists) existing.push_back(&topic);
  }
  return existing.empty() ? nullptr : draw_.of(existing);
}

std::string Generator::topic_name() {
  if (const ModelTopic* topic = some_topic(); topic != nullptr && !draw_.chance(8)) {
    return topic->name;
  }
  if (!model_.topics.empty() && draw_.chance(30)) return draw_.of(model_.topics).name;
  return draw_.text({"@nobody", "", ".", "..", "a b", "__transaction_state", "__cluster_metadata",
                     "@u.v", "@+249", "@+250", "@\xc3\xa4", "a/b"});
}

std::int64_t Generator::partition_index(const ModelTopic* topic) {
  if (draw_.chance(5)) return draw_.odd_int32();
  return draw_.below(topic == nullptr ? 2 : std::int64_t(topic->partitions.size()));
}

std::int64_t Generator::offset_in(const ModelTopic* topic, std::int64_t partition) {
  if (draw_.chance(6)) return draw_.odd_int64();
  if (topic == nullptr || partition < 0 || partition >= std::ssize(topic->partitions)) return 0;
  const ModelPartition& place = topic->partitions[std::size_t(partition)];
  if (draw_.chance(30)) {
    return draw_.of({place.start, place.end, place.end + 1, place.start - 1, place.end - 1});
  }
  return draw_.between(place.start, place.end);
}

// A restart raises leader epochs, by another number at Kafka than at Understudy; only the numbers
// that mean the same to both are asked for then.
std::int32_t Generator::leader_epoch() {
  if (with_restarts_) return draw_.of({0, 0, -1, INT32_MAX});
  return draw_.of({0, 0, 1, -1, -2, 5, INT32_MAX});
}

json::array Generator::names(int most) {
  json::array found;
  for (std::int64_t i = draw_.between(draw_.chance(10) ? 0 : 1, most); i > 0; --i) {
    found.push_back(json::string(topic_name()));
    if (draw_.chance(4)) found.push_back(found.back());
  }
  return found;
}

void Generator::step() {
  struct Choice {
    int weight;
    void (Generator::*make)();
  };
  static constexpr Choice kChoices[] = {
      {34, &Generator::produce},
      {4, &Generator::init_producer_id},
      {12, &Generator::fetch},
      {5, &Generator::fetch_in_session},
      {7, &Generator::list_offsets},
      {3, &Generator::offset_for_leader_epoch},
      {3, &Generator::delete_records},
      {2, &Generator::create_topics},
      {1, &Generator::create_odd_topics},
      {1, &Generator::delete_topics},
      {1, &Generator::create_partitions},
      {2, &Generator::describe_configs},
      {1, &Generator::alter_configs},
      {2, &Generator::incremental_alter_configs},
      {1, &Generator::list_config_resources},
      {4, &Generator::metadata},
      {2, &Generator::describe_topic_partitions},
      {1, &Generator::describe_cluster},
      {3, &Generator::describe_producers},
      {2, &Generator::describe_log_dirs},
      {2, &Generator::find_coordinator},
      {2, &Generator::api_versions},
      {1, &Generator::access_rules},
      {1, &Generator::login_or_token},
      {4, &Generator::arbitrary_request},
      {3, &Generator::disturbed_frame},
      {1, &Generator::wrong_header},
      {1, &Generator::raw_bytes},
  };
  int total = 0;
  for (const Choice& choice : kChoices) total += choice.weight;
  auto drawn = int(draw_.below(total));
  for (const Choice& choice : kChoices) {
    drawn -= choice.weight;
    if (drawn < 0) return (this->*choice.make)();
  }
}

Script generate(const GenerateOptions& options) {
  Draw draw(mixed(options.seed, options.number));
  Script script;
  script.origin =
      "seed " + std::to_string(options.seed) + ", script " + std::to_string(options.number);
  Generator generator(draw, script, options);
  if (options.is_about_groups) {
    generator.begin_groups();
    const auto length = std::size_t(draw.between(20, 70));
    while (script.steps.size() < length) generator.group_step();
    return script;
  }
  generator.begin();
  const auto length = std::size_t(draw.between(15, 60));
  std::size_t next_restart = options.with_restarts ? std::size_t(draw.between(8, 20)) : SIZE_MAX;
  std::uint64_t restarts = 0;
  while (script.steps.size() < length) {
    if (script.steps.size() >= next_restart && restarts < kMostRestarts) {
      // Both kinds take turns, and so do the rounds in which the one or the other comes first.
      const bool kills = (options.number / kScriptsPerRound + restarts++) % 2 == 0;
      script.steps.push_back({{"restart", kills ? "kill" : "clean"}});
      next_restart += std::size_t(draw.between(8, 20));
    }
    generator.step();
  }
  return script;
}

}  // namespace understudy::differential
