#include "durability/topic_changer.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "codec/record.h"
#include "support/patience.h"

namespace understudy::durability {
namespace {

using std::chrono::milliseconds;
using support::RawClient;
using support::TransportError;
using wire::ErrorCode;

constexpr std::int32_t kTimeoutMs = 30'000;
constexpr milliseconds kReconnectPause(2);
constexpr milliseconds kExcusePatience(10'000);
constexpr std::chrono::microseconds kPause(100);
constexpr std::int32_t kPartitionsMax = 30;
constexpr std::size_t kTopicCount = 3;
constexpr std::size_t kNameMax = 249;
constexpr const char* kPolicies[] = {"compact", "delete", "compact,delete"};

// One has the longest name that there is.
std::string name_of_topic(std::size_t number) {
  std::string name = "changing-" + std::to_string(number);
  if (number == 0) name.resize(kNameMax, 'x');
  return name;
}

wire::Slice one_record() {
  codec::RecordBatchBuilder builder({.base_offset = 0});
  builder.add({.timestamp = support::now_ms(), .key = "key", .value = "value"});
  return builder.build_slice();
}

std::string text_of(ErrorCode error) { return std::string(wire::name_of(error)); }

void expect_none(ErrorCode error, const char* what) {
  if (error != ErrorCode::kNone) {
    throw std::runtime_error(std::string(what) + " answered " + text_of(error));
  }
}

std::vector<std::int64_t> end_offsets(RawClient& client, const std::string& topic,
                                      std::size_t count) {
  constexpr std::int64_t kLatest = -1;
  wire::ListOffsetsRequest request{.replica_id = -1, .topics = {{.name = topic}}};
  for (std::size_t i = 0; i < count; ++i) {
    request.topics.at(0).partitions.push_back(
        {.partition_index = std::int32_t(i), .timestamp = kLatest});
  }
  std::vector<std::int64_t> offsets(count, -1);
  const auto response = client.ask(request, 5);
  for (const auto& answer : response.topics.at(0).partitions) {
    expect_none(answer.error_code, "ListOffsets");
    offsets.at(std::size_t(answer.partition_index)) = answer.offset;
  }
  return offsets;
}

std::string policy_of(RawClient& client, const std::string& topic) {
  constexpr std::int8_t kTopicResource = 2;
  wire::DescribeConfigsRequest request;
  request.resources = {{.resource_type = kTopicResource,
                        .resource_name = topic,
                        .configuration_keys = {{"cleanup.policy"}}}};
  const auto result = client.ask(request, 4).results.at(0);
  expect_none(result.error_code, "DescribeConfigs");
  return result.configs.at(0).value.value_or("");
}

}  // namespace

TopicChanger::TopicChanger(Options options, Ledger& ledger, Lives& lives)
    : options_(std::move(options)), ledger_(ledger), lives_(lives), random_(options_.seed) {
  for (std::size_t i = 0; i < kTopicCount; ++i) {
    topics_.push_back({.name = name_of_topic(i), .possible = {std::nullopt}, .id = {}});
  }
  thread_ = std::thread([this] { run(); });
}

TopicChanger::~TopicChanger() {
  is_closing_ = true;
  if (thread_.joinable()) thread_.join();
}

void TopicChanger::finish() {
  is_closing_ = true;
  thread_.join();
  try {
    RawClient client(options_.broker, "changer");
    look_at_all(client);
    for (Topic& topic : topics_) {
      if (!topic.possible.front()) continue;
      expect_none(ask(client, topic, Action::kDelete, std::nullopt, 0), "DeleteTopics");
      topic.possible = {std::nullopt};
    }
    look_at_all(client);
  } catch (const std::exception& error) {
    report(error.what());
  }
}

void TopicChanger::run() {
  while (!is_closing_ && !ledger_.has_findings()) {
    std::optional<RawClient> client;
    const std::uint64_t life = lives_.current();
    try {
      client.emplace(options_.broker, "changer");
    } catch (const TransportError&) {
      std::this_thread::sleep_for(kReconnectPause);  // it is down
      continue;
    }
    try {
      work(*client);
    } catch (const TransportError& error) {
      if (lives_.wait_for_end(life, kExcusePatience) || is_closing_) continue;
      report(std::string("a connection broke while the broker was left alone: ") + error.what());
    } catch (const std::exception& error) {
      report(error.what());
    }
  }
}

void TopicChanger::work(RawClient& client) {
  look_at_all(client);
  while (!is_closing_ && !ledger_.has_findings()) {
    change(client, topics_[below(topics_.size())]);
    std::this_thread::sleep_for(kPause);
  }
}

void TopicChanger::change(RawClient& client, Topic& topic) {
  const State before = topic.possible.front();
  const Action action = draw_action(before);
  const auto partition = std::int32_t(before ? below(before->end_offsets.size()) : 0);
  const State wanted = after(action, before, partition);
  topic.possible.push_back(wanted);
  const ErrorCode error = ask(client, topic, action, wanted, partition);
  if (error != ErrorCode::kNone) {
    throw std::runtime_error(topic.name + ": a change was answered by " + text_of(error));
  }
  topic.possible = {wanted};
  if (action == Action::kCreate || action == Action::kDelete) topic.id.reset();
  ++changes_;
}

TopicChanger::Action TopicChanger::draw_action(const State& state) {
  if (!state) return Action::kCreate;
  const std::uint64_t draw = below(10);
  if (draw < 2) return Action::kDelete;
  if (draw < 4 && std::int32_t(state->end_offsets.size()) < kPartitionsMax) return Action::kGrow;
  return draw < 5 ? Action::kConfigure : Action::kWrite;
}

TopicChanger::State TopicChanger::after(Action action, const State& state,
                                        std::int32_t partition) const {
  if (action == Action::kDelete) return std::nullopt;
  const auto count = std::size_t(changes_);
  const std::string policy = kPolicies[count % std::size(kPolicies)];
  if (action == Action::kCreate) {
    return Content{.policy = policy,
                   .end_offsets = std::vector<std::int64_t>(1 + count % kPartitionsMax, 0)};
  }
  Content content = *state;
  if (action == Action::kGrow) content.end_offsets.resize(kPartitionsMax, 0);
  if (action == Action::kConfigure) content.policy = policy;
  if (action == Action::kWrite) ++content.end_offsets.at(std::size_t(partition));
  return content;
}

ErrorCode TopicChanger::ask(RawClient& client, const Topic& topic, Action action,
                            const State& wanted, std::int32_t partition) {
  switch (action) {
    case Action::kCreate: {
      wire::CreateTopicsRequest request{.timeout_ms = kTimeoutMs};
      request.topics = {{.name = topic.name,
                         .num_partitions = std::int32_t(wanted->end_offsets.size()),
                         .replication_factor = 1,
                         .configs = {{.name = "cleanup.policy", .value = wanted->policy}}}};
      return client.ask(request, 7).topics.at(0).error_code;
    }
    case Action::kDelete: {
      wire::DeleteTopicsRequest request{.timeout_ms = kTimeoutMs};
      request.topics = {{.name = topic.name}};
      return client.ask(request, 6).responses.at(0).error_code;
    }
    case Action::kGrow: {
      wire::CreatePartitionsRequest request{.timeout_ms = kTimeoutMs};
      request.topics = {{.name = topic.name,
                         .count = std::int32_t(wanted->end_offsets.size()),
                         .assignments = std::nullopt}};
      return client.ask(request, 3).results.at(0).error_code;
    }
    case Action::kConfigure: {
      constexpr std::int8_t kTopicResource = 2;
      wire::IncrementalAlterConfigsRequest request;
      request.resources = {{.resource_type = kTopicResource,
                            .resource_name = topic.name,
                            .configs = {{.name = "cleanup.policy", .value = wanted->policy}}}};
      return client.ask(request, 1).responses.at(0).error_code;
    }
    case Action::kWrite: {
      wire::ProduceRequest request{.acks = -1, .timeout_ms = kTimeoutMs};
      request.topic_data.push_back(
          {.name = topic.name, .partition_data = {{.index = partition, .records = one_record()}}});
      return client.ask(request, 9).responses.at(0).partition_responses.at(0).error_code;
    }
  }
  return ErrorCode::kUnknownServerError;
}

void TopicChanger::look_at_all(RawClient& client) {
  for (Topic& topic : topics_) {
    const State found = look_at(client, topic);
    if (std::find(topic.possible.begin(), topic.possible.end(), found) == topic.possible.end()) {
      std::string text = topic.name + " is neither what it was nor what it was to become: ";
      if (!found) throw std::runtime_error(text + "there is no such topic");
      text += found->policy;
      for (const std::int64_t offset : found->end_offsets) text += " " + std::to_string(offset);
      throw std::runtime_error(text);
    }
    topic.possible = {found};
  }
  expect_no_others(client);
}

TopicChanger::State TopicChanger::look_at(RawClient& client, Topic& topic) {
  wire::MetadataRequest request{.allow_auto_topic_creation = false};
  request.topics = {{{.name = topic.name}}};
  const auto answer = client.ask(request, 12).topics.at(0);
  if (answer.error_code == ErrorCode::kUnknownTopicOrPartition) return std::nullopt;
  expect_none(answer.error_code, "Metadata");
  const bool may_be_another = topic.possible.size() > 1;
  if (topic.id && *topic.id != answer.topic_id && !may_be_another) {
    throw std::runtime_error(topic.name + " has another topic id than before");
  }
  topic.id = answer.topic_id;
  return Content{.policy = policy_of(client, topic.name),
                 .end_offsets = end_offsets(client, topic.name, answer.partitions.size())};
}

void TopicChanger::expect_no_others(RawClient& client) {
  wire::MetadataRequest request{.topics = std::nullopt, .allow_auto_topic_creation = false};
  for (const auto& topic : client.ask(request, 12).topics) {
    const std::string name = topic.name.value_or("");
    const bool is_mine = std::any_of(topics_.begin(), topics_.end(),
                                     [&](const Topic& one) { return one.name == name; });
    const bool is_others = std::find(options_.other_topics.begin(), options_.other_topics.end(),
                                     name) != options_.other_topics.end();
    if (!is_mine && !is_others) throw std::runtime_error("nobody has made a topic " + name);
  }
}

void TopicChanger::report(const std::string& text) { ledger_.report({Fault::kTopics, text}); }

}  // namespace understudy::durability
