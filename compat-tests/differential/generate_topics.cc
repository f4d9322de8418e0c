// CreateTopics, DeleteTopics and CreatePartitions.
#include <algorithm>

#include "differential/generator.h"

namespace understudy::differential {

json::array Generator::configs(std::int64_t resource_type, int most) {
  json::array found;
  for (std::int64_t i = draw_.between(0, most); i > 0; --i) {
    const std::string name = config_name(resource_type);
    found.push_back(json::object{{"name", name}, {"value", config_value(name)}});
  }
  return found;
}

json::object Generator::new_topic(const std::string& name) {
  const std::int64_t partitions = draw_.chance(70) ? draw_.between(1, 3) : draw_.of({-1, 1, 7});
  json::object topic{{"name", name},
                     {"numPartitions", partitions},
                     {"replicationFactor", draw_.chance(80) ? 1 : -1}};
  if (partitions > 0 && draw_.chance(15)) {
    json::array assignments;
    for (std::int64_t i = 0; i < partitions; ++i) {
      assignments.push_back(json::object{{"partitionIndex", i}, {"brokerIds", json::array{1}}});
    }
    topic["assignments"] = std::move(assignments);
    topic["numPartitions"] = -1;
    topic["replicationFactor"] = -1;
  }
  constexpr std::int64_t kPartitionsOfBroker = 2;  // num.partitions of both brokers
  ModelTopic& model = model_.create(name, partitions > 0 ? partitions : kPartitionsOfBroker);
  if (has_nodes()) place(topic, model);
  return topic;
}

void Generator::place(json::object& topic, ModelTopic& model) {
  model.replicas = int(draw_.between(1, nodes_));
  json::array assignments;
  for (json::value& list : placement(model, 0)) {
    assignments.push_back(
        json::object{{"partitionIndex", assignments.size()}, {"brokerIds", std::move(list)}});
  }
  topic["assignments"] = std::move(assignments);
  topic["numPartitions"] = -1;
  topic["replicationFactor"] = -1;
}

// With 0 or less nothing is done. A few milliseconds would be a race that each broker runs alone.
std::int64_t Generator::controller_timeout_ms() {
  return draw_.chance(92) ? 30'000 : draw_.of({0, -1, INT32_MIN, 1000, INT32_MAX});
}

void Generator::begin() {
  json::array topics;
  recompresses_ = draw_.chance(15);
  for (std::int64_t i = draw_.between(1, 3); i > 0; --i) {
    json::object topic = new_topic("@t" + std::to_string(new_names_++));
    json::array configs;
    const auto set = [&](std::string_view name, std::string_view value) {
      configs.push_back(json::object{{"name", name}, {"value", value}});
    };
    const bool is_clocked = draw_.chance(12);
    if (is_clocked) set("message.timestamp.type", "LogAppendTime");
    if (draw_.chance(12)) {
      set("compression.type", compression_type());
    }
    if (draw_.chance(8)) set("cleanup.policy", draw_.text({"compact", "compact,delete"}));
    if (!recompresses_ && draw_.chance(10))
      set("max.message.bytes", draw_.text({"100", "200", "1000"}));
    // By the broker's clock a segment ends for one side and not for the other.
    if (!is_clocked && draw_.chance(8)) set("segment.ms", draw_.text({"500", "1000", "5000"}));
    if (draw_.chance(5)) set("index.interval.bytes", draw_.text({"0", "1", "100"}));
    if (draw_.chance(5)) set("message.timestamp.before.max.ms", draw_.text({"0", "1000000"}));
    if (!configs.empty()) topic["configs"] = std::move(configs);
    topics.push_back(std::move(topic));
  }
  add("CreateTopics", {{"topics", std::move(topics)}}).erase("pipelined");
}

void Generator::create_topics() {
  json::array topics;
  for (std::int64_t i = draw_.chance(70) ? 1 : 2; i > 0; --i) {
    std::string name = "@t" + std::to_string(new_names_);
    for (const ModelTopic& topic : model_.topics) {
      if (!with_restarts_ && !topic.exists && draw_.chance(60)) name = topic.name;
    }
    if (name == "@t" + std::to_string(new_names_)) ++new_names_;
    json::object topic = new_topic(name);
    if (draw_.chance(15)) topic["configs"] = configs(kTopic, 1);
    topics.push_back(std::move(topic));
  }
  json::object request{{"topics", std::move(topics)}};
  request["timeoutMs"] = controller_timeout_ms();
  add("CreateTopics", std::move(request));
}

// Those that are refused, or nearly so.
void Generator::create_odd_topics() {
  json::array topics;
  for (std::int64_t i = draw_.chance(60) ? 1 : draw_.between(0, 3); i > 0; --i) {
    std::string name = draw_.chance(50) ? "@o" + std::to_string(draw_.below(3)) : topic_name();
    if (const ModelTopic* known = model_.find(name); with_restarts_ && known && !known->exists) {
      name = "@o0";
    }
    json::object topic{{"name", name},
                       {"numPartitions", draw_.of({-1, 0, 1, 1, 2, -2, 10001, INT32_MIN})},
                       {"replicationFactor", draw_.of({-1, -1, 0, 1, 1, 2, -2, 32767})}};
    if (draw_.chance(30)) {
      json::array assignments;
      for (std::int64_t a = draw_.between(1, 3); a > 0; --a) {
        json::array brokers;
        for (std::int64_t b = draw_.between(0, 2); b > 0; --b) {
          brokers.push_back(draw_.of({1, 1, 1, 2, 99, -1}));
        }
        assignments.push_back(json::object{{"partitionIndex", draw_.of({0, 0, 1, 2, -1})},
                                           {"brokerIds", std::move(brokers)}});
      }
      topic["assignments"] = std::move(assignments);
      if (draw_.chance(70)) topic["numPartitions"] = topic["replicationFactor"] = -1;
    }
    if (draw_.chance(40)) topic["configs"] = configs(kTopic, 3);
    topics.push_back(std::move(topic));
    if (draw_.chance(10)) topics.push_back(topics.back());
  }
  const bool is_placed = std::ranges::all_of(
      topics, [](const json::value& topic) { return topic.as_object().contains("assignments"); });
  json::object request{{"topics", std::move(topics)}, {"timeoutMs", controller_timeout_ms()}};
  if (draw_.chance(40) || (has_nodes() && !is_placed)) request["validateOnly"] = true;
  add("CreateTopics", std::move(request));
}

void Generator::delete_topics() {
  const wire::Version version = any_version("DeleteTopics");
  constexpr wire::Version kFirstById = 6;
  json::object request{{"timeoutMs", controller_timeout_ms()}};
  json::array by_name;
  json::array states;
  for (std::int64_t i = draw_.chance(75) ? 1 : draw_.between(0, 3); i > 0; --i) {
    std::string name = topic_name();
    if (!name.starts_with('@')) name = draw_.text({"@nobody", "", "a b", "@t0"});
    by_name.push_back(json::string(name));
    json::object state;
    if (draw_.chance(50)) {
      state["topicId"] = json::string("$id:" + name);
      if (draw_.chance(10)) state["name"] = name;
    } else {
      state["name"] = draw_.chance(95) ? json::value(name) : json::value(nullptr);
    }
    states.push_back(std::move(state));
    if (draw_.chance(6)) states.push_back(states.back());
    if (draw_.chance(6)) by_name.push_back(by_name.back());
    if (ModelTopic* topic = model_.find(name)) topic->exists = false;
  }
  if (version >= kFirstById) {
    request["topics"] = std::move(states);
  } else {
    request["topicNames"] = std::move(by_name);
  }
  add("DeleteTopics", version, std::move(request));
}

void Generator::create_partitions() {
  json::array topics;
  for (std::int64_t i = draw_.chance(75) ? 1 : draw_.between(0, 3); i > 0; --i) {
    ModelTopic* topic = draw_.chance(90) ? some_topic() : nullptr;
    const std::int64_t now = topic == nullptr ? 1 : std::ssize(topic->partitions);
    std::int64_t count = draw_.chance(60)
                             ? now + draw_.between(1, 2)
                             : draw_.of({now, now - 1, std::int64_t{0}, std::int64_t{-1}});
    std::string name = topic != nullptr ? topic->name : topic_name();
    if (!name.starts_with('@')) name = "@nobody";
    json::object entry{{"name", name}, {"count", count}};
    entry["assignments"] = nullptr;
    const bool is_assigned = draw_.chance(30);
    if (is_assigned) {
      json::array assignments;
      for (std::int64_t a = draw_.between(0, 2); a > 0; --a) {
        json::array brokers;
        for (std::int64_t b = draw_.chance(70) ? 1 : draw_.between(0, 2); b > 0; --b) {
          brokers.push_back(draw_.of({1, 1, 1, 1, 2, -1}));
        }
        assignments.push_back(json::object{{"brokerIds", std::move(brokers)}});
      }
      entry["assignments"] = std::move(assignments);
    } else if (topic != nullptr && count > now && count < now + 3) {
      topic->partitions.resize(std::size_t(count));
      if (has_nodes()) {
        json::array assignments;
        for (json::value& list : placement(*topic, std::size_t(now))) {
          assignments.push_back(json::object{{"brokerIds", std::move(list)}});
        }
        entry["assignments"] = std::move(assignments);
      }
    }
    topics.push_back(std::move(entry));
    if (draw_.chance(8)) topics.push_back(topics.back());
  }
  json::object request{{"topics", std::move(topics)}, {"timeoutMs", controller_timeout_ms()}};
  if (draw_.chance(15)) request["validateOnly"] = true;
  add("CreatePartitions", std::move(request));
}

}  // namespace understudy::differential
