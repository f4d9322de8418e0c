// What a player does beside the script: waiting until changes have taken effect, and looking at the
// logs in the end.
#include <algorithm>

#include "differential/batch_json.h"
#include "differential/player.h"
#include "wire/json.h"

namespace understudy::differential {
namespace {

using wire::ErrorCode;

constexpr std::int64_t kUnknownTopicOrPartition = 3;

bool any_succeeded(const json::value& answer) {
  if (const auto* array = answer.if_array()) {
    return std::any_of(array->begin(), array->end(), any_succeeded);
  }
  const auto* object = answer.if_object();
  if (object == nullptr) return false;
  if (int_or(*object, "errorCode", -1) == 0) return true;
  return std::any_of(object->begin(), object->end(),
                     [](const auto& member) { return any_succeeded(member.value()); });
}

bool changes_metadata(const std::string& api) {
  return api == "CreateTopics" || api == "DeleteTopics" || api == "CreatePartitions" ||
         api == "AlterConfigs" || api == "IncrementalAlterConfigs";
}

// Topics that a Metadata request has asked for, and that the broker makes now.
std::vector<std::string> topics_in_the_making(const Exchange& exchange) {
  std::vector<std::string> names;
  const json::value* request = exchange.step.if_contains("request");
  constexpr wire::Version kFirstThatCanForbid = 4;
  if (request != nullptr && exchange.version >= kFirstThatCanForbid &&
      !is_set(request->as_object(), "allowAutoTopicCreation")) {
    return names;
  }
  for (const json::value& topic : exchange.outcome.at("answer").at("topics").as_array()) {
    const json::object& entry = topic.as_object();
    if (int_or(entry, "errorCode", 0) == kUnknownTopicOrPartition) {
      names.push_back(text_or(entry, "name", ""));
    }
  }
  return names;
}

// What scripts share, and write into all the time.
constexpr std::string_view kSharedTopic = "__consumer_offsets";

// Topics and groups of other scripts, which answers about all topics tell of.
bool is_strange(const json::value& entry, const std::string& prefix) {
  const auto* object = entry.if_object();
  if (object == nullptr) return false;
  for (const std::string_view member : {"name", "topic", "resourceName", "groupId", "group"}) {
    const std::string name = text_or(*object, member, "");
    if (name.starts_with(prefix)) return false;
    if (name == kSharedTopic) return true;
    if (name.starts_with(kPlayPrefix) || name.starts_with(kSettlingPrefix)) return true;
  }
  return false;
}

void divide_leader_epochs(json::value& answer, std::int64_t step) {
  if (auto* array = answer.if_array()) {
    for (json::value& item : *array) divide_leader_epochs(item, step);
  }
  auto* object = answer.if_object();
  if (object == nullptr) return;
  for (auto& member : *object) {
    const std::string_view name = member.key();
    const bool is_epoch =
        name == "leaderEpoch" || name == "partitionLeaderEpoch" || name == "epoch";
    json::value& value = member.value();
    if (is_epoch && value.is_int64() && value.get_int64() > 0 && value.get_int64() % step == 0) {
      value = value.get_int64() / step;
    } else {
      divide_leader_epochs(value, step);
    }
  }
}

void drop_strangers(json::value& answer, const std::string& prefix) {
  if (auto* array = answer.if_array()) {
    array->erase(
        std::remove_if(array->begin(), array->end(),
                       [&](const json::value& entry) { return is_strange(entry, prefix); }),
        array->end());
    for (json::value& item : *array) drop_strangers(item, prefix);
  } else if (auto* object = answer.if_object()) {
    for (auto& member : *object) drop_strangers(member.value(), prefix);
  }
}

}  // namespace

void Player::translate(json::value& answer) const {
  constexpr std::int64_t kKafkasStep = 2;  // per restart of a node that is its own controller
  if (with_restarts_ && side_.settles_late) divide_leader_epochs(answer, kKafkasStep);
  symbols_.translate(answer);
}

void Player::settle(Exchange& exchange) {
  const json::value* answer = exchange.outcome.if_contains("answer");
  if (answer == nullptr) return;
  symbols_.learn(*answer);
  if (answer->is_object()) {
    symbols_.learn_member(exchange.api, int_or(exchange.step, "connection", 0),
                          answer->get_object());
  }
  std::vector<std::string> names;
  for (const std::string& symbol : topic_names(exchange.step)) {
    names.push_back(symbols_.topic_name(symbol));
  }
  const json::value* request = exchange.step.if_contains("request");
  const bool validates_only = request != nullptr && is_set(request->as_object(), "validateOnly");
  if (changes_metadata(exchange.api) && !validates_only && any_succeeded(*answer)) {
    settling_->settle();
    settling_->learn(names, symbols_);
  } else if (exchange.api == "Metadata") {
    const auto in_the_making = topics_in_the_making(exchange);
    for (const std::string& name : in_the_making) settling_->await_topic(name);
    if (!in_the_making.empty()) {
      settling_->settle();
      settling_->learn(names, symbols_);
    }
  }
  drop_strangers(exchange.outcome["answer"], symbols_.prefix());
  translate(exchange.outcome["answer"]);
}

// Before anything but another Produce request: followers have, and show, what the leaders have.
void Player::await_replicas(const Step& next) {
  const std::string api = text_or(next, "api", "");
  if (api != "Produce") {
    settling_->await_replicas(std::vector(written_.begin(), written_.end()));
    written_.clear();
  }
  if (api != "Produce" && api != "DeleteRecords") return;
  for (const std::string& symbol : topic_names(next)) {
    written_.insert(symbols_.topic_name(symbol));
  }
}

Outcome Player::log_of(const std::string& topic, std::int32_t partition, int leader) {
  support::RawClient& client = settling_->client(leader);
  Outcome outcome{{"topic", topic}, {"partition", partition}};
  const auto find = [&](std::int64_t timestamp) {
    wire::ListOffsetsRequest request{.replica_id = -1};
    request.topics.push_back(
        {.name = topic, .partitions = {{.partition_index = partition, .timestamp = timestamp}}});
    return client.ask(request, 7).topics.at(0).partitions.at(0);
  };
  constexpr std::pair<std::string_view, std::int64_t> kQuestions[] = {
      {"end", -1}, {"start", -2}, {"maxTimestamp", -3}};
  for (const auto& [name, timestamp] : kQuestions) {
    const auto found = find(timestamp);
    outcome[name] = json::object{{"errorCode", std::int64_t(found.error_code)},
                                 {"offset", found.offset},
                                 {"timestamp", found.timestamp},
                                 {"leaderEpoch", found.leader_epoch}};
  }
  const std::int64_t end = find(-1).offset;
  std::int64_t at = find(-2).offset;
  json::array batches;
  while (at < end) {
    wire::FetchRequest request{.max_wait_ms = 0, .min_bytes = 1, .max_bytes = 50 << 20};
    request.topics.push_back(
        {.topic = topic,
         .partitions = {
             {.partition = partition, .fetch_offset = at, .partition_max_bytes = 50 << 20}}});
    const auto answer = client.ask(request, 11);
    const auto& data = answer.responses.at(0).partitions.at(0);
    if (data.error_code != ErrorCode::kNone || !data.records || data.records->empty()) {
      batches.push_back(
          json::object{{"unreadableFrom", at}, {"errorCode", std::int64_t(data.error_code)}});
      break;
    }
    for (json::value& batch : describe_batches(*data.records)) {
      const json::object& fields = batch.as_object();
      at = int_or(fields, "baseOffset", end) + int_or(fields, "lastOffsetDelta", 0) + 1;
      batches.push_back(std::move(batch));
    }
  }
  outcome["batches"] = std::move(batches);
  return outcome;
}

void Player::look_at_topic(const wire::metadata_response::MetadataResponseTopic& topic) {
  const std::string name = topic.name.value_or("");
  for (const auto& partition : topic.partitions) {
    Exchange exchange{
        .api = "log",
        .outcome = log_of(name, partition.partition_index, std::max(partition.leader_id, 1))};
    wire::DescribeProducersRequest request;
    request.topics.push_back({.name = name, .partition_indexes = {partition.partition_index}});
    const auto answer = settling_->client(std::max(partition.leader_id, 1)).ask(request, 0);
    exchange.outcome["producers"] = wire::to_json(answer, 0);
    json::value translated = std::move(exchange.outcome);
    translate(translated);
    exchange.outcome = std::move(translated.as_object());
    transcript_.push_back(std::move(exchange));
  }
}

std::vector<std::string> Player::topics_of(const Script& script) const {
  std::vector<std::string> names;
  for (const std::string& symbol : topic_names(script)) {
    names.push_back(symbols_.topic_name(symbol));
  }
  return names;
}

void Player::look_at_logs(const Script& script) {
  topics_.clear();
  Exchange exchange{.api = "topics"};
  auto found = settling_->describe(topics_of(script)).topics;
  std::erase_if(found, [](const auto& topic) { return topic.error_code != ErrorCode::kNone; });
  std::ranges::sort(found, {}, [](const auto& topic) { return topic.name.value_or(""); });
  for (auto& topic : found) {
    topics_.push_back(topic.name.value_or(""));
    std::ranges::sort(topic.partitions, {}, [](const auto& one) { return one.partition_index; });
    const std::string symbol = "@" + topics_.back().substr(symbols_.prefix().size());
    exchange.outcome[symbol] = topic.partitions.size();
  }
  transcript_.push_back(std::move(exchange));
  settling_->await_replicas(topics_);
  for (const auto& topic : found) look_at_topic(topic);
}

void Player::clean_up() { settling_->remove_topics(topics_); }

}  // namespace understudy::differential
