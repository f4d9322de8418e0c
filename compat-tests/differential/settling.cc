#include "differential/settling.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <set>
#include <stdexcept>

#include "wire/messages/create_topics.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/fetch.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/list_offsets.h"
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

Settling::Settling(const std::vector<support::Address>& nodes, bool settles_late, std::string topic)
    : settles_late_(settles_late), topic_(std::move(topic)) {
  for (const support::Address& node : nodes) {
    clients_.emplace_back(node, "differential-settling");
    facts_.ports.push_back(node.port);
  }
  facts_.cluster_id = describe({}).cluster_id.value_or("");
}

wire::MetadataResponse Settling::describe(const std::vector<std::string>& names) {
  wire::MetadataRequest request{.allow_auto_topic_creation = false};
  request.topics.emplace();
  for (const std::string& name : names) request.topics->push_back({.name = name});
  return client().ask(request, 12);
}

void Settling::create_own_topic() {
  has_topic_ = true;
  const auto answer = client().ask(
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
    return client().ask(change, 1).responses.front().error_code == ErrorCode::kNone;
  });
  const auto sees_it = [&](support::RawClient& node) {
    const auto answer = node.ask(question, 1);
    const auto& configs = answer.results.front().configs;
    return !configs.empty() && configs.front().value == value;
  };
  const bool is_seen = is_taken && std::ranges::all_of(clients_, [&](support::RawClient& node) {
                         return ask_until(kPatience, [&] { return sees_it(node); });
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

// Asks a replica for what lies behind the leader's end, which it does only when it has all.
bool Settling::are_equal(const wire::MetadataResponse& topics) {
  constexpr std::int32_t kDebugger = -2;  // is told the log's end, by whatever replica
  for (const auto& topic : topics.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.replica_nodes.size() < 2 || partition.leader_id < 1) continue;
      wire::ListOffsetsRequest question{.replica_id = kDebugger};
      question.topics.push_back(
          {.name = *topic.name,
           .partitions = {{.partition_index = partition.partition_index, .timestamp = -1}}});
      const auto end =
          client(partition.leader_id).ask(question, 7).topics.at(0).partitions.at(0).offset;
      std::set<std::int64_t> starts;
      for (const std::int32_t replica : partition.replica_nodes) {
        wire::FetchRequest request{.max_wait_ms = 0, .min_bytes = 0, .max_bytes = 1};
        request.topics.push_back({.topic = *topic.name,
                                  .partitions = {{.partition = partition.partition_index,
                                                  .fetch_offset = end,
                                                  .partition_max_bytes = 1}}});
        const auto answer = client(replica).ask(request, 11);
        const auto& data = answer.responses.at(0).partitions.at(0);
        if (data.error_code != ErrorCode::kNone || data.high_watermark != end) return false;
        starts.insert(data.log_start_offset);
      }
      if (starts.size() > 1) return false;
    }
  }
  return true;
}

void Settling::await_replicas(const std::vector<std::string>& names) {
  if (!settles_late_ || clients_.size() < 2 || names.empty()) return;
  // What a follower does not get in that time shows as a difference.
  constexpr std::chrono::milliseconds kPatience{5000};
  const auto topics = describe(names);
  ask_until(kPatience, [&] { return are_equal(topics); });
}

void Settling::learn(const std::vector<std::string>& names, Symbols& symbols) {
  for (const auto& topic : describe(names).topics) {
    if (topic.error_code != ErrorCode::kNone) continue;
    symbols.learn_topic_id(topic.name.value_or(""), wire::to_string(topic.topic_id));
  }
}

void Settling::remove_topics(const std::vector<std::string>& names) {
  if (names.empty()) return;
  client().ask(wire::DeleteTopicsRequest{.topic_names = names, .timeout_ms = 30'000}, 5);
}

}  // namespace understudy::differential
