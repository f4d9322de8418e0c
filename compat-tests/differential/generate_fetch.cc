// Fetch, ListOffsets, OffsetForLeaderEpoch and DeleteRecords.
#include "differential/generator.h"

namespace understudy::differential {

json::object Generator::fetch_partition(const ModelTopic& topic, std::int64_t index) {
  json::object partition{{"partition", index}, {"fetchOffset", offset_in(&topic, index)}};
  partition["partitionMaxBytes"] =
      recompresses_ || draw_.chance(60)
          ? 1 << 20
          : draw_.of({0, 1, 61, 100, 200, 500, 1000, 5000, -1, INT32_MAX, INT32_MIN});
  if (draw_.chance(15)) partition["currentLeaderEpoch"] = leader_epoch();
  if (draw_.chance(15)) partition["lastFetchedEpoch"] = leader_epoch();
  if (draw_.chance(5)) partition["logStartOffset"] = draw_.odd_int64();
  return partition;
}

json::array Generator::fetch_topics(bool by_id) {
  json::array topics;
  for (std::int64_t t = draw_.chance(75) ? 1 : draw_.between(0, 3); t > 0; --t) {
    const ModelTopic* topic = draw_.chance(95) ? some_topic() : nullptr;
    const ModelTopic nobody{.name = topic_name()};
    if (topic == nullptr) topic = &nobody;
    json::array partitions;
    for (std::int64_t p = draw_.chance(70) ? 1 : draw_.between(1, 3); p > 0; --p) {
      partitions.push_back(fetch_partition(*topic, partition_index(topic)));
    }
    json::object entry{{"partitions", std::move(partitions)}};
    if (by_id) {
      std::string symbol = "$id:" + topic->name;
      if (topic->creations > 1 && draw_.chance(15)) symbol += "#0";
      entry["topicId"] = json::string(symbol);
    } else {
      entry["topic"] = topic->name;
    }
    topics.push_back(std::move(entry));
  }
  return topics;
}

namespace {

constexpr wire::Version kFirstById = 13;
constexpr wire::Version kFirstWithSessions = 7;

}  // namespace

// A wait that is over soon, and bytes that are or are not there.
json::object Generator::fetch_limits() {
  Draw& draw = draw_;
  json::object request{{"replicaId", -1}, {"maxWaitMs", 0}, {"minBytes", 1}};
  request["maxBytes"] = recompresses_ || draw.chance(65)
                            ? 50 << 20
                            : draw.of({0, 1, 100, 500, 2000, -1, INT32_MAX, INT32_MIN});
  if (draw.chance(15)) {
    request["maxWaitMs"] = draw.of({1, 5, 20, -1, INT32_MIN});
    request["minBytes"] = draw.of({0, 1, 500, 1 << 20, -1, INT32_MAX});
  }
  if (draw.chance(25)) request["isolationLevel"] = draw.of({1, 1, 1, 2, -1, 127});
  if (draw.chance(5)) request["rackId"] = draw.text({"a", "", "$repeat:300:r"});
  if (draw.chance(8)) {
    const std::int64_t replica = draw.of({-2, -3, -1, 0, 1, 2, 3, 99, INT32_MIN, INT32_MAX});
    request["replicaId"] = replica;  // up to version 14
    request["replicaState"] =
        json::object{{"replicaId", replica}, {"replicaEpoch", draw.of({-1, -1, 0, -2, INT32_MAX})}};
  }
  return request;
}

void Generator::fetch() {
  const wire::Version version = any_version("Fetch");
  json::object request = fetch_limits();
  request["topics"] = fetch_topics(version >= kFirstById);
  request["sessionEpoch"] = -1;
  if (draw_.chance(5)) request["sessionId"] = draw_.odd_int32();
  if (draw_.chance(4)) request["sessionEpoch"] = draw_.odd_int32();
  const bool opens_session = version >= kFirstWithSessions && draw_.chance(25);
  if (opens_session) {
    request["sessionId"] = 0;
    request["sessionEpoch"] = 0;
  }
  const bool has_partitions = !request["topics"].as_array().empty();
  const Step& step = add("Fetch", version, std::move(request));
  if (opens_session && has_partitions) {
    model_.sessions.push_back(
        {.by_id = version >= kFirstById, .node = int(int_or(step, "node", 1))});
  }
}

void Generator::fetch_in_session() {
  if (model_.sessions.empty()) return fetch();
  const std::int64_t number = draw_.below(std::int64_t(model_.sessions.size()));
  ModelSession& session = model_.sessions[std::size_t(number)];
  const bool by_id = draw_.chance(4) ? !session.by_id : session.by_id;
  const auto version = wire::Version(by_id ? draw_.between(kFirstById, 18)
                                           : draw_.between(kFirstWithSessions, kFirstById - 1));
  json::object request = fetch_limits();
  request["sessionId"] = json::string("$session:" + std::to_string(number));
  request["topics"] = draw_.chance(40) ? fetch_topics(by_id) : json::array{};
  request["sessionEpoch"] = session.epoch;
  const std::int64_t kind = draw_.below(100);
  if (kind < 5) {
    request["sessionEpoch"] = session.epoch + draw_.of({1, -1, -5, 100});
  } else if (kind < 10) {
    request["sessionEpoch"] = draw_.of({-1, 0});
  } else {
    ++session.epoch;
  }
  if (draw_.chance(15)) {
    json::array forgotten;
    for (json::value& entry : fetch_topics(by_id)) {
      json::array partitions;
      for (const json::value& partition : entry.at("partitions").as_array()) {
        partitions.push_back(partition.at("partition"));
      }
      entry.as_object()["partitions"] = std::move(partitions);
      forgotten.push_back(std::move(entry));
    }
    request["forgottenTopicsData"] = std::move(forgotten);
  }
  Step& step = add("Fetch", version, std::move(request));
  // At another node another session may have that id.
  if (has_nodes()) step["node"] = session.node;
}

void Generator::list_offsets() {
  json::array topics;
  for (std::int64_t t = draw_.chance(80) ? 1 : draw_.between(0, 3); t > 0; --t) {
    const ModelTopic* topic = draw_.chance(93) ? some_topic() : nullptr;
    json::array partitions;
    for (std::int64_t p = draw_.chance(70) ? 1 : draw_.between(0, 4); p > 0; --p) {
      json::object partition{{"partitionIndex", partition_index(topic)}};
      partition["timestamp"] = draw_.of({-1, -1, -2, -2, -3, -3, -4, -5, -6, -7, 0});
      if (draw_.chance(35)) {
        partition["timestamp"] = json::string("$now-" + std::to_string(draw_.below(11000)));
      }
      if (draw_.chance(5)) partition["timestamp"] = draw_.odd_int64();
      if (draw_.chance(12)) {
        partition["currentLeaderEpoch"] = leader_epoch();
      }
      partitions.push_back(std::move(partition));
    }
    topics.push_back(json::object{{"name", topic ? topic->name : topic_name()},
                                  {"partitions", std::move(partitions)}});
  }
  json::object request{
      {"replicaId", draw_.chance(94) ? -1 : draw_.of({-2, -3, 0, 1, 2, 3, 5, INT32_MIN})},
      {"topics", std::move(topics)}};
  if (draw_.chance(25)) request["isolationLevel"] = draw_.of({1, 1, 1, 2, -1});
  if (draw_.chance(20)) request["timeoutMs"] = draw_.odd_int32();
  add("ListOffsets", std::move(request));
}

void Generator::offset_for_leader_epoch() {
  json::array topics;
  for (std::int64_t t = draw_.chance(80) ? 1 : draw_.between(0, 3); t > 0; --t) {
    const ModelTopic* topic = draw_.chance(93) ? some_topic() : nullptr;
    json::array partitions;
    for (std::int64_t p = draw_.chance(70) ? 1 : draw_.between(0, 4); p > 0; --p) {
      json::object partition{{"partition", partition_index(topic)},
                             {"leaderEpoch", leader_epoch()}};
      if (draw_.chance(30)) {
        partition["currentLeaderEpoch"] = leader_epoch();
      }
      partitions.push_back(std::move(partition));
    }
    topics.push_back(json::object{{"topic", topic ? topic->name : topic_name()},
                                  {"partitions", std::move(partitions)}});
  }
  json::object request{{"topics", std::move(topics)}};
  if (draw_.chance(20)) request["replicaId"] = draw_.of({-1, -2, 0, 1, INT32_MAX});
  add("OffsetForLeaderEpoch", std::move(request));
}

void Generator::delete_records() {
  json::array topics;
  for (std::int64_t t = draw_.chance(85) ? 1 : draw_.between(0, 3); t > 0; --t) {
    ModelTopic* topic = draw_.chance(93) ? some_topic() : nullptr;
    json::array partitions;
    for (std::int64_t p = draw_.chance(75) ? 1 : draw_.between(0, 3); p > 0; --p) {
      const std::int64_t index = partition_index(topic);
      const std::int64_t offset = draw_.chance(15) ? -1 : offset_in(topic, index);
      partitions.push_back(json::object{{"partitionIndex", index}, {"offset", offset}});
      if (topic == nullptr || index < 0 || index >= std::ssize(topic->partitions)) continue;
      ModelPartition& place = topic->partitions[std::size_t(index)];
      if (offset == -1) place.start = place.end;
      if (offset > place.start && offset <= place.end) place.start = offset;
    }
    topics.push_back(json::object{{"name", topic ? topic->name : topic_name()},
                                  {"partitions", std::move(partitions)}});
  }
  add("DeleteRecords", {{"topics", std::move(topics)}, {"timeoutMs", 30000}});
}

}  // namespace understudy::differential
