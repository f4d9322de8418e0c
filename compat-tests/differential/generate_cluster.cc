// Questions about the cluster: Metadata, the Describe family, FindCoordinator, ApiVersions.
#include "differential/generator.h"

namespace understudy::differential {

void Generator::metadata() {
  const wire::Version version = any_version("Metadata");
  constexpr wire::Version kFirstWithIds = 10;
  constexpr wire::Version kFirstWithUsefulIds = 12;
  constexpr wire::Version kFirstThatCanForbid = 4;
  json::object request;
  const bool makes_topic = draw_.chance(8) && !has_nodes();
  request["allowAutoTopicCreation"] = makes_topic;
  if (draw_.chance(30)) request["includeClusterAuthorizedOperations"] = true;
  if (draw_.chance(30)) request["includeTopicAuthorizedOperations"] = true;
  json::array topics;
  for (const json::value& name : names(3)) {
    json::object topic{{"name", name}};
    std::string text = std::string(view_of(name.as_string()));
    // Old versions make every topic that they ask about.
    const bool exists = model_.find(text) != nullptr && model_.find(text)->exists;
    if (version < kFirstThatCanForbid && !exists) continue;
    if (makes_topic && !exists) {
      if (!text.starts_with('@')) continue;
      text = "@m" + std::to_string(new_names_++);
      topic["name"] = text;
      model_.create(text, 2);
    }
    const bool by_id = version >= kFirstWithUsefulIds ? draw_.chance(30)
                                                      : version >= kFirstWithIds && draw_.chance(3);
    if (by_id) {
      topic["topicId"] = json::string("$id:" + text);
      if (draw_.chance(50)) topic["name"] = nullptr;
    } else if (version >= kFirstWithIds && draw_.chance(3)) {
      topic["name"] = nullptr;
    }
    topics.push_back(std::move(topic));
  }
  request["topics"] = std::move(topics);
  if (version > 0 && draw_.chance(8)) request["topics"] = nullptr;
  add("Metadata", version, std::move(request));
}

void Generator::describe_topic_partitions() {
  json::array topics;
  for (const json::value& name : names(3)) topics.push_back(json::object{{"name", name}});
  if (topics.empty()) return describe_cluster();  // see README.md
  json::object request{{"topics", std::move(topics)}};
  request["cursor"] = nullptr;
  // Where the answer to a question about everything is cut depends on what else there is.
  const bool is_about_all = request["topics"].as_array().empty();
  if (!is_about_all && draw_.chance(50)) {
    request["responsePartitionLimit"] = draw_.of({0, 1, 2, 3, 2000, 2001, -1, INT32_MIN});
  }
  if (!is_about_all && draw_.chance(30)) {
    request["cursor"] =
        json::object{{"topicName", topic_name()}, {"partitionIndex", draw_.of({0, 1, 2, 5, -1})}};
  }
  add("DescribeTopicPartitions", std::move(request));
}

void Generator::describe_cluster() {
  json::object request{{"includeClusterAuthorizedOperations", draw_.chance(40)},
                       {"includeFencedBrokers", draw_.chance(20)}};
  if (draw_.chance(20)) request["endpointType"] = draw_.of({0, 1, 2, 3, -1, 127});
  add("DescribeCluster", std::move(request));
}

void Generator::describe_producers() {
  json::array topics;
  for (std::int64_t i = draw_.chance(80) ? 1 : draw_.between(0, 3); i > 0; --i) {
    const ModelTopic* topic = draw_.chance(93) ? some_topic() : nullptr;
    json::array partitions;
    for (std::int64_t p = draw_.between(0, 3); p > 0; --p) {
      partitions.push_back(partition_index(topic));
    }
    topics.push_back(json::object{{"name", topic ? topic->name : topic_name()},
                                  {"partitionIndexes", std::move(partitions)}});
  }
  add("DescribeProducers", {{"topics", std::move(topics)}});
}

void Generator::describe_log_dirs() {
  if (recompresses_) return describe_producers();
  json::object request;
  request["topics"] = nullptr;
  if (draw_.chance(85)) {
    json::array topics;
    for (std::int64_t i = draw_.between(0, 3); i > 0; --i) {
      const ModelTopic* topic = draw_.chance(93) ? some_topic() : nullptr;
      json::array partitions;
      for (std::int64_t p = draw_.between(0, 3); p > 0; --p) {
        partitions.push_back(partition_index(topic));
      }
      topics.push_back(json::object{{"topic", topic ? topic->name : topic_name()},
                                    {"partitions", std::move(partitions)}});
    }
    request["topics"] = std::move(topics);
  }
  add("DescribeLogDirs", std::move(request));
}

void Generator::find_coordinator() {
  const wire::Version version = any_version("FindCoordinator");
  json::object request{{"key", draw_.text({"g", "", "group-1", "$repeat:300:g", "\xc3\xa4"})}};
  request["keyType"] = draw_.chance(85) ? 0 : draw_.of({3, -1, 127});
  json::array keys;
  for (std::int64_t i = draw_.between(0, 3); i > 0; --i) {
    keys.push_back(json::string(draw_.text({"g", "", "group-1", "group-2", "a b"})));
  }
  request["coordinatorKeys"] = std::move(keys);
  add("FindCoordinator", version, std::move(request));
}

void Generator::api_versions() {
  json::object request{
      {"clientSoftwareName", draw_.text({"test", "test", "", "-x", "a b", "x-", "a.b"})},
      {"clientSoftwareVersion", draw_.text({"1", "1.0", "", "1.", "v1-a", "1 0"})}};
  if (draw_.chance(30)) request["clusterId"] = draw_.text({"$cluster", "$cluster", "other", ""});
  if (draw_.chance(30)) request["nodeId"] = draw_.of({-1, 0, 1, 1, 2, 3, 99, INT32_MIN});
  Step& step = add("ApiVersions", std::move(request));
  if (draw_.chance(15)) {
    step["frame"] = json::object{{"version", draw_.of({5, 6, 99, 32767, -1, -32768})}};
  }
}

// An access rule, or what one is looked for by. 0 is "unknown", which closes the connection.
json::object Generator::access_rule(bool is_filter) {
  const std::string suffix = is_filter ? "Filter" : "";
  const auto element = [&] {
    return draw_.chance(95) ? draw_.between(1, 6) : draw_.of({0, -1, 99});
  };
  json::object rule;
  rule["resourceType" + suffix] = element();
  rule["resourceName" + suffix] = draw_.text({"t", "*", ""});
  rule[is_filter ? "patternTypeFilter" : "resourcePatternType"] = draw_.chance(90) ? 3 : element();
  rule["principal" + suffix] = draw_.text({"User:a", "User:*", "nobody", ""});
  rule["host" + suffix] = draw_.text({"*", "127.0.0.1", ""});
  rule["operation"] = element();
  rule["permissionType"] = element();
  return rule;
}

void Generator::access_rules() {
  if (draw_.chance(30)) return static_cast<void>(add("DescribeAcls", access_rule(true)));
  const bool deletes = draw_.chance(50);
  json::array rules;
  for (std::int64_t i = draw_.between(0, 3); i > 0; --i) rules.push_back(access_rule(deletes));
  json::object request;
  request[deletes ? "filters" : "creations"] = std::move(rules);
  add(deletes ? "DeleteAcls" : "CreateAcls", std::move(request));
}

void Generator::login_or_token() {
  switch (draw_.below(5)) {
    case 0:
      return static_cast<void>(
          add("SaslHandshake", {{"mechanism", draw_.text({"PLAIN", "GSSAPI", "", "no such"})}}));
    case 1: {
      json::object request;
      request["ownerPrincipalType"] = draw_.text({"User", "Group", ""});
      request["ownerPrincipalName"] = draw_.text({"", "bob"});
      if (draw_.chance(50)) request["ownerPrincipalType"] = request["ownerPrincipalName"] = nullptr;
      request["maxLifetimeMs"] = draw_.of({-1, 0, 1000, -5});
      return static_cast<void>(add("CreateDelegationToken", std::move(request)));
    }
    case 2:
      return static_cast<void>(
          add("RenewDelegationToken", {{"renewPeriodMs", draw_.of({-1, 0, 1000})}}));
    case 3:
      return static_cast<void>(
          add("ExpireDelegationToken", {{"expiryTimePeriodMs", draw_.of({-1, 0, 1000})}}));
    default: {
      json::object request;
      request["owners"] = nullptr;
      if (draw_.chance(50)) request["owners"] = json::array{};
      return static_cast<void>(add("DescribeDelegationToken", std::move(request)));
    }
  }
}

}  // namespace understudy::differential
