#include "bench/many_topics.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/ask.h"
#include "bench/histogram.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/metadata.h"

namespace understudy::bench {
namespace {

using wire::ErrorCode;

constexpr std::size_t kTopicsPerRequest = 100;
constexpr double kPatienceSeconds = 120;
// What the rivals serve as well.
constexpr wire::Version kCreateTopicsVersion = 2;
constexpr wire::Version kMetadataVersion = 4;

double seconds_since(std::uint64_t began_ns) {
  return static_cast<double>(now_ns() - began_ns) / 1e9;
}

std::string name_of(std::size_t number) { return "many-" + std::to_string(number); }

bool has_leaders(const wire::metadata_response::MetadataResponseTopic& topic,
                 std::int32_t partitions) {
  return topic.error_code == ErrorCode::kNone && std::ssize(topic.partitions) == partitions &&
         std::ranges::all_of(topic.partitions, [](const auto& partition) {
           return partition.error_code == ErrorCode::kNone && partition.leader_id >= 0;
         });
}

}  // namespace

MadeTopics make_topics(int socket, std::size_t topics, std::int32_t partitions) {
  wire::MetadataRequest about_all{
      .topics = std::vector<wire::metadata_request::MetadataRequestTopic>{},
      .allow_auto_topic_creation = false};
  MadeTopics made;
  const std::uint64_t began = now_ns();
  for (std::size_t at = 0; at < topics; at += kTopicsPerRequest) {
    wire::CreateTopicsRequest request;
    for (std::size_t i = at; i < std::min(topics, at + kTopicsPerRequest); ++i) {
      request.topics.push_back(
          {.name = name_of(i), .num_partitions = partitions, .replication_factor = 1});
      about_all.topics->push_back({.name = name_of(i)});
    }
    const auto response = ask<wire::CreateTopicsResponse>(socket, request, kCreateTopicsVersion);
    for (const auto& topic : response.topics) {
      if (topic.error_code != ErrorCode::kNone) ++made.errors[int(topic.error_code)];
    }
  }
  made.created_s = seconds_since(began);
  const auto all_have_leaders = [&] {
    const auto response = ask<wire::MetadataResponse>(socket, about_all, kMetadataVersion);
    return response.topics.size() == topics &&
           std::ranges::all_of(response.topics,
                               [&](const auto& topic) { return has_leaders(topic, partitions); });
  };
  while (!all_have_leaders()) {
    if (seconds_since(began) > kPatienceSeconds) throw std::runtime_error("not all have leaders");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  made.led_s = seconds_since(began);
  const std::uint64_t asked = now_ns();
  all_have_leaders();
  made.metadata_s = seconds_since(asked);
  return made;
}

}  // namespace understudy::bench
