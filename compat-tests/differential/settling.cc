#include "differential/settling.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <stdexcept>

#include "wire/messages/create_topics.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/metadata.h"

namespace understudy::differential {
namespace {

using std::chrono::steady_clock;
using wire::ErrorCode;

constexpr std::int8_t kTopicResource = 2;
constexpr std::chrono::milliseconds kPatience{30'000};
constexpr std::string_view kConfig = "file.delete.delay.ms";

// Each question is a round trip, which is all the pause there is.
bool ask_until(std::chrono::milliseconds patience, const std::function<bool()>& is_so) {
  const auto deadline = steady_clock::now() + patience;
  while (!is_so()) {
    if (steady_clock::now() >= deadline) return false;
  }
  return true;
}

// A value that the topic never had, whoever changed it before.
std::string new_value() {
  static std::atomic<std::int64_t> last = steady_clock::now().time_since_epoch().count();
  return std::to_string(++last);
}

}  // namespace

Settling::Settling(const support::Address& address, bool settles_late, std::string topic)
    : client_(address, "differential-settling"),
      settles_late_(settles_late),
      topic_(std::move(topic)) {
  const auto answer = describe({});
  facts_ = {.port = address.port, .cluster_id = answer.cluster_id.value_or("")};
}

wire::MetadataResponse Settling::describe(const std::vector<std::string>& names) {
  wire::MetadataRequest request{.allow_auto_topic_creation = false};
  request.topics.emplace();
  for (const std::string& name : names) request.topics->push_back({.name = name});
  return client_.ask(request, 12);
}

void Settling::create_own_topic() {
  has_topic_ = true;
  const auto answer = client_.ask(
      wire::CreateTopicsRequest{
          .topics = {{.name = topic_, .num_partitions = 1, .replication_factor = 1}}},
      7);
  const ErrorCode error = answer.topics.front().error_code;
  if (error != ErrorCode::kNone && error != ErrorCode::kTopicAlreadyExists) {
    throw std::runtime_error("the broker does not create " + topic_);
  }
}

void Settling::change_and_see() {
  const std::string value = new_value();
  const wire::IncrementalAlterConfigsRequest change{
      .resources = {{.resource_type = kTopicResource,
                     .resource_name = topic_,
                     .configs = {{.name = std::string(kConfig), .value = value}}}}};
  const wire::DescribeConfigsRequest question{
      .resources = {{.resource_type = kTopicResource,
                     .resource_name = topic_,
                     .configuration_keys = {{std::string(kConfig)}}}}};
  // Right after its creation the broker may not know the topic yet.
  const bool is_taken = ask_until(kPatience, [&] {
    return client_.ask(change, 1).responses.front().error_code == ErrorCode::kNone;
  });
  const bool is_seen = is_taken && ask_until(kPatience, [&] {
                         const auto answer = client_.ask(question, 1);
                         const auto& configs = answer.results.front().configs;
                         return !configs.empty() && configs.front().value == value;
                       });
  if (!is_seen) throw std::runtime_error("the broker does not heed a change of " + topic_);
}

void Settling::settle() {
  if (!settles_late_) return;
  if (!has_topic_) create_own_topic();
  change_and_see();
  change_and_see();
}

void Settling::await_topic(const std::string& name) {
  constexpr std::chrono::milliseconds kPatience{3000};
  ask_until(kPatience,
            [&] { return describe({name}).topics.front().error_code == ErrorCode::kNone; });
}

void Settling::await_leaders(const std::vector<std::string>& names) {
  const auto is_led = [](const auto& topic) {
    return std::ranges::all_of(topic.partitions, [](const auto& partition) {
      return partition.error_code == ErrorCode::kNone;
    });
  };
  const bool are_led =
      ask_until(kPatience, [&] { return std::ranges::all_of(describe(names).topics, is_led); });
  if (!are_led) throw std::runtime_error("partitions are not led after a restart");
  settle();
}

void Settling::learn(const std::vector<std::string>& names, Symbols& symbols) {
  for (const auto& topic : describe(names).topics) {
    if (topic.error_code != ErrorCode::kNone) continue;
    symbols.learn_topic_id(topic.name.value_or(""), wire::to_string(topic.topic_id));
  }
}

void Settling::remove_topics(const std::vector<std::string>& names) {
  if (names.empty()) return;
  client_.ask(wire::DeleteTopicsRequest{.topic_names = names, .timeout_ms = 30'000}, 5);
}

}  // namespace understudy::differential
