// Groups of four members, each on a connection of its own, so that an answer may wait for others.
//
// What a member sends is mostly what its last answer asks for, by symbols; so a script goes on even
// if the model here has another idea of the group.
#include "differential/generator.h"

namespace understudy::differential {
namespace {

// Of "@t0" and "@t1": not the same number for each subscriber, however many there are.
constexpr std::int64_t kPartitions = 6;
constexpr std::int64_t kOtherPartitions = 5;

std::string number(std::int64_t value) { return std::to_string(value); }

json::value text(std::string_view value) { return json::string(value); }

// Of a member of a consumer group, chosen here and so the same at both brokers.
std::string consumer_id(std::size_t member) { return "m-" + number(std::int64_t(member)); }

std::string instance_id(std::size_t member) { return "i-" + number(std::int64_t(member)); }

}  // namespace

void Generator::begin_groups() {
  is_consumer_group_ = draw_.chance(50);
  is_range_group_ = draw_.chance(50);
  model_.create("@t0", kPartitions);
  model_.create("@t1", kOtherPartitions);
  json::array topics;
  for (const ModelTopic& topic : model_.topics) {
    topics.push_back(json::object{{"name", topic.name},
                                  {"numPartitions", std::int64_t(topic.partitions.size())},
                                  {"replicationFactor", 1}});
  }
  add("CreateTopics", {{"topics", std::move(topics)}}).erase("pipelined");
}

void Generator::group_step() {
  struct Choice {
    int classic;  // weights in groups of each kind
    int consumer;
    void (Generator::*make)();
  };
  static constexpr Choice kChoices[] = {
      {30, 4, &Generator::join},
      {26, 3, &Generator::sync},
      {12, 2, &Generator::heartbeat},
      {5, 3, &Generator::leave},
      {3, 60, &Generator::consumer_heartbeat},
      {10, 8, &Generator::offset_commit},
      {6, 5, &Generator::offset_fetch},
      {3, 2, &Generator::offset_delete},
      {6, 8, &Generator::describe_groups},
      {3, 2, &Generator::list_groups},
      {2, 1, &Generator::delete_groups},
      {1, 2, &Generator::create_partitions},
      {1, 1, &Generator::delete_topics},
  };
  const auto weight = [&](const Choice& choice) {
    return is_consumer_group_ ? choice.consumer : choice.classic;
  };
  int total = 0;
  for (const Choice& choice : kChoices) total += weight(choice);
  auto drawn = int(draw_.below(total));
  for (const Choice& choice : kChoices) {
    drawn -= weight(choice);
    if (drawn < 0) return (this->*choice.make)();
  }
}

// On the member's own connection; nothing is pipelined there, for answers may wait.
Step& Generator::add_for(std::size_t member, std::string_view api, wire::Version version,
                         json::object request) {
  Step& step = add(api, version, std::move(request));
  step.erase("pipelined");
  step["connection"] = kConnectionsOfAll + std::int64_t(member);
  return step;
}

std::string Generator::group_id() {
  if (draw_.chance(96)) return "$group:0";
  return draw_.text({"", "$group:1", "$group:nobody"});
}

json::value Generator::member_id() {
  if (draw_.chance(3)) return text(draw_.text({"", "x", "m-0"}));
  return text("$member:" + number(draw_.below(4)));
}

json::value Generator::generation() {
  if (draw_.chance(92)) return "$generation";
  return draw_.of({-1, 0, 1, 2, 100, INT32_MAX, INT32_MIN});
}

json::array Generator::subscribed() {
  if (is_range_group_ && draw_.chance(50)) return {"@t0", "@t1"};
  if (draw_.chance(5)) return {"@nobody"};
  if (draw_.chance(3)) return {};
  return {draw_.chance(85) ? "@t0" : "@t1"};
}

void Generator::join() {
  const auto member = std::size_t(draw_.below(4));
  const wire::Version version = any_version("JoinGroup");
  constexpr wire::Version kFirstWithInstances = 5;
  // Version 0 takes it for both.
  const int session_ms = version == 0 ? 2000 : 30'000;
  json::object request{
      {"groupId", group_id()},
      {"sessionTimeoutMs", draw_.chance(97) ? session_ms : draw_.odd_int32()},
      {"rebalanceTimeoutMs", draw_.of({500, 600, 700, 900})},
      {"protocolType", draw_.chance(95) ? "consumer" : draw_.text({"connect", ""})}};
  request["memberId"] = has_joined_[member] || draw_.chance(20) ? member_id() : text("");
  if (version >= kFirstWithInstances && draw_.chance(20)) {
    request["groupInstanceId"] = text(instance_id(member));
  }
  json::array protocols;
  for (std::int64_t i = draw_.chance(3) ? 0 : draw_.between(1, 3); i > 0; --i) {
    json::object said{{"version", draw_.between(0, 3)}, {"topics", subscribed()}};
    protocols.push_back(json::object{
        {"name", draw_.text({"range", "range", "roundrobin", "sticky", "cooperative-sticky"})},
        {"metadata", json::object{{"$subscription", std::move(said)}}}});
  }
  request["protocols"] = std::move(protocols);
  has_joined_[member] = true;
  add_for(member, "JoinGroup", version, std::move(request))["waits"] = true;
}

// Whoever leads: all send the same assignments.
void Generator::sync() {
  const auto member = std::size_t(draw_.below(4));
  json::array assignments;
  for (std::int64_t i = 0; i < 4; ++i) {
    json::object said{
        {"assignedPartitions",
         json::array{json::object{{"topic", "@t0"}, {"partitions", json::array{i}}}}}};
    assignments.push_back(
        json::object{{"memberId", text("$member:" + number(i))},
                     {"assignment", json::object{{"$assignment", std::move(said)}}}});
  }
  json::object request{{"groupId", group_id()},
                       {"generationId", generation()},
                       {"memberId", member_id()},
                       {"assignments", std::move(assignments)}};
  if (draw_.chance(90)) {
    request["protocolType"] = "consumer";
    request["protocolName"] = draw_.text({"range", "roundrobin", "sticky"});
  } else {
    request["protocolType"] = nullptr;
    request["protocolName"] = nullptr;
  }
  add_for(member, "SyncGroup", any_version("SyncGroup"), std::move(request))["waits"] = true;
}

void Generator::heartbeat() {
  json::object request{
      {"groupId", group_id()}, {"generationId", generation()}, {"memberId", member_id()}};
  const wire::Version version = any_version("Heartbeat");
  constexpr wire::Version kFirstWithInstances = 3;
  if (version >= kFirstWithInstances && draw_.chance(15)) {
    request["groupInstanceId"] = text(instance_id(std::size_t(draw_.below(4))));
  }
  add("Heartbeat", version, std::move(request)).erase("pipelined");
}

void Generator::leave() {
  const wire::Version version = any_version("LeaveGroup");
  constexpr wire::Version kFirstWithSeveral = 3;
  json::object request{{"groupId", group_id()}};
  const auto id = [&] {
    if (is_consumer_group_ && draw_.chance(60))
      return text(consumer_id(std::size_t(draw_.below(4))));
    return member_id();
  };
  if (version < kFirstWithSeveral) {
    request["memberId"] = id();
  } else {
    json::array members;
    for (std::int64_t i = draw_.between(draw_.chance(5) ? 0 : 1, 2); i > 0; --i) {
      json::object member{{"memberId", id()}};
      if (draw_.chance(15))
        member["groupInstanceId"] = text(instance_id(std::size_t(draw_.below(4))));
      if (draw_.chance(10)) member["memberId"] = "";
      members.push_back(std::move(member));
    }
    request["members"] = std::move(members);
  }
  add("LeaveGroup", version, std::move(request)).erase("pipelined");
}

void Generator::join_consumer_group(std::size_t member) {
  const std::string id = consumer_id(member);
  json::object request{{"groupId", group_id()},
                       {"memberId", text(id)},
                       {"memberEpoch", 0},
                       {"rebalanceTimeoutMs", draw_.chance(97) ? 60'000 : draw_.odd_int32()},
                       {"topicPartitions", json::array()}};
  request["subscribedTopicNames"] = subscribed();
  if (draw_.chance(20)) request["instanceId"] = text(instance_id(member));
  if (draw_.chance(25)) request["serverAssignor"] = draw_.text({"range", "uniform", "none"});
  if (is_range_group_) request["serverAssignor"] = "range";
  if (draw_.chance(10)) request["rackId"] = draw_.text({"a", "b", ""});
  if (draw_.chance(2)) request["subscribedTopicNames"] = nullptr;
  if (draw_.chance(2)) request["topicPartitions"] = nullptr;
  has_joined_[member] = true;
  // Version 0 lets the broker choose an id, which then decides who gets what.
  const wire::Version version = draw_.chance(80) ? 1 : 0;
  add_for(member, "ConsumerGroupHeartbeat", version, std::move(request));
}

void Generator::consumer_heartbeat() {
  const auto member = std::size_t(draw_.below(4));
  if (!has_joined_[member] || draw_.chance(5)) return join_consumer_group(member);
  const std::string id = consumer_id(member);
  json::object request{{"groupId", group_id()},
                       {"memberId", text(id)},
                       {"memberEpoch", text("$epoch:" + id)},
                       {"topicPartitions", text("$owned:" + id)},
                       {"subscribedTopicNames", nullptr},
                       {"rebalanceTimeoutMs", -1}};
  if (draw_.chance(25)) request["topicPartitions"] = nullptr;
  if (draw_.chance(6)) request["memberEpoch"] = draw_.of({-1, -1, -1, -2, 0, 1, 2, 100, -3});
  if (draw_.chance(15)) request["instanceId"] = text(instance_id(member));
  if (draw_.chance(12)) request["subscribedTopicNames"] = subscribed();
  if (draw_.chance(8)) request["rebalanceTimeoutMs"] = 60'000;
  if (draw_.chance(5)) {
    request["serverAssignor"] = is_range_group_ ? "range" : draw_.text({"range", "uniform", ""});
  }
  if (draw_.chance(2)) request["subscribedTopicRegex"] = draw_.text({"(", "(?!x)", "a*+"});
  add_for(member, "ConsumerGroupHeartbeat", draw_.chance(85) ? 1 : 0, std::move(request));
}

json::object Generator::offset_topic(wire::Version version, bool is_commit) {
  constexpr wire::Version kFirstWithIds = 10;
  const std::string name = draw_.text({"@t0", "@t0", "@t0", "@t1", "@nobody"});
  json::object topic{{"name", name}};
  if (version >= kFirstWithIds) topic["topicId"] = text("$id:" + name);
  json::array partitions;
  for (std::int64_t i = draw_.between(1, 3); i > 0; --i) {
    const std::int64_t index = draw_.chance(96) ? draw_.below(3) : draw_.odd_int32();
    if (!is_commit) {
      partitions.push_back(index);
      continue;
    }
    json::object partition{
        {"partitionIndex", index},
        {"committedOffset", draw_.chance(95) ? draw_.below(100) : draw_.odd_int64()}};
    if (draw_.chance(30)) partition["committedLeaderEpoch"] = draw_.of({-1, 0, 1, 5});
    if (draw_.chance(30))
      partition["committedMetadata"] = draw_.text({"", "m", "$repeat:4096:m", "$repeat:4097:m"});
    if (draw_.chance(10)) partition["committedMetadata"] = nullptr;
    partitions.push_back(std::move(partition));
  }
  topic[is_commit ? "partitions" : "partitionIndexes"] = std::move(partitions);
  return topic;
}

void Generator::offset_commit() {
  const wire::Version version = any_version("OffsetCommit");
  json::object request{{"groupId", group_id()}};
  const auto member = std::size_t(draw_.below(4));
  if (is_consumer_group_ && draw_.chance(75)) {
    request["memberId"] = text(consumer_id(member));
    request["generationIdOrMemberEpoch"] = text("$epoch:" + consumer_id(member));
    if (draw_.chance(15))
      request["generationIdOrMemberEpoch"] = draw_.of({-1, 0, 1, 2, 3, -2, 100});
  } else if (draw_.chance(60)) {
    request["memberId"] = member_id();
    request["generationIdOrMemberEpoch"] = generation();
  }
  constexpr wire::Version kFirstWithInstances = 7;
  if (version >= kFirstWithInstances && draw_.chance(10)) {
    request["groupInstanceId"] = text(instance_id(member));
  }
  json::array topics;
  for (std::int64_t i = draw_.between(draw_.chance(3) ? 0 : 1, 2); i > 0; --i) {
    topics.push_back(offset_topic(version, true));
  }
  request["topics"] = std::move(topics);
  add("OffsetCommit", version, std::move(request)).erase("pipelined");
}

void Generator::offset_fetch() {
  const wire::Version version = any_version("OffsetFetch");
  constexpr wire::Version kFirstForAll = 2;
  constexpr wire::Version kFirstWithSeveral = 8;
  constexpr wire::Version kFirstWithMembers = 9;
  const auto topics = [&]() -> json::value {
    if (version >= kFirstForAll && draw_.chance(40)) return nullptr;
    return json::array{offset_topic(version, false)};
  };
  json::object request;
  if (version < kFirstWithSeveral) {
    request = {{"groupId", group_id()}, {"topics", topics()}};
  } else {
    json::array groups;
    for (std::int64_t i = draw_.between(draw_.chance(3) ? 0 : 1, 2); i > 0; --i) {
      json::object group{{"groupId", group_id()}, {"topics", topics()}};
      if (version >= kFirstWithMembers && draw_.chance(30)) {
        const std::string id = consumer_id(std::size_t(draw_.below(4)));
        group["memberId"] = draw_.chance(90) ? text(id) : json::value(nullptr);
        group["memberEpoch"] = draw_.chance(80) ? text("$epoch:" + id) : draw_.of({-1, 0, 1, 5});
      }
      groups.push_back(std::move(group));
    }
    request["groups"] = std::move(groups);
  }
  if (draw_.chance(20)) request["requireStable"] = true;
  add("OffsetFetch", version, std::move(request)).erase("pipelined");
}

void Generator::offset_delete() {
  json::array topics;
  for (std::int64_t i = draw_.between(0, 2); i > 0; --i) {
    json::array partitions;
    for (std::int64_t p = draw_.between(0, 2); p > 0; --p) {
      partitions.push_back(json::object{{"partitionIndex", draw_.below(7)}});
    }
    topics.push_back(json::object{{"name", draw_.text({"@t0", "@t1", "@nobody"})},
                                  {"partitions", std::move(partitions)}});
  }
  add("OffsetDelete", {{"groupId", group_id()}, {"topics", std::move(topics)}}).erase("pipelined");
}

void Generator::describe_groups() {
  json::array groups;
  for (std::int64_t i = draw_.between(draw_.chance(3) ? 0 : 1, 2); i > 0; --i) {
    groups.push_back(text(group_id()));
  }
  const bool with_operations = draw_.chance(20);
  if (draw_.chance(is_consumer_group_ ? 80 : 20)) {
    add("ConsumerGroupDescribe",
        {{"groupIds", std::move(groups)}, {"includeAuthorizedOperations", with_operations}})
        .erase("pipelined");
  } else {
    add("DescribeGroups",
        {{"groups", std::move(groups)}, {"includeAuthorizedOperations", with_operations}})
        .erase("pipelined");
  }
}

void Generator::list_groups() {
  json::object request;
  if (draw_.chance(40)) {
    request["statesFilter"] =
        json::array{text(draw_.text({"Stable", "empty", "PreparingRebalance", "CompletingRebalance",
                                     "Dead", "Assigning", "Reconciling", "nonsense", ""}))};
  }
  if (draw_.chance(40)) {
    request["typesFilter"] =
        json::array{text(draw_.text({"classic", "Consumer", "share", "streams", "nonsense"}))};
  }
  add("ListGroups", std::move(request)).erase("pipelined");
}

void Generator::delete_groups() {
  json::array names;
  for (std::int64_t i = draw_.between(0, 2); i > 0; --i) names.push_back(text(group_id()));
  add("DeleteGroups", {{"groupsNames", std::move(names)}}).erase("pipelined");
}

}  // namespace understudy::differential
