// Answers that Kafka collects per partition and then groups by topic: a topic that was named twice
// is answered once, and one that was named without partitions not at all.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace understudy::broker {

// In the order in which the topics were first named; Kafka's is a hash map's.
template <class TopicResponse>
class ByTopic {
 public:
  TopicResponse& operator[](const std::string& name) {
    const auto [place, is_new] = places_.try_emplace(name, topics_.size());
    if (is_new) topics_.emplace_back().name = name;
    return topics_[place->second];
  }

  std::vector<TopicResponse> take() { return std::move(topics_); }

 private:
  std::vector<TopicResponse> topics_;
  std::map<std::string, std::size_t> places_;  // in topics_, by name
};

}  // namespace understudy::broker
