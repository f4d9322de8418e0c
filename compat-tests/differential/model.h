// What the generator believes a broker to hold, so that most of what it asks for makes sense.
//
// It is a guess and no oracle: nothing is compared with it.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace understudy::differential {

struct SequenceRange {
  std::int32_t first = 0;
  std::int32_t last = 0;
};

// What a partition knows of a producer.
struct ModelSequences {
  std::int32_t epoch = 0;
  std::int32_t next = 0;
  std::deque<SequenceRange> recent;  // the newest at the back; one more than a broker keeps

  void append(std::int32_t producer_epoch, SequenceRange range);
};

struct ModelPartition {
  int leader = 1;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::map<std::size_t, ModelSequences> producers;  // by their index in the model
};

struct ModelTopic {
  std::string name;  // "@t0"
  bool exists = false;
  int creations = 0;
  int replicas = 1;  // of each partition
  std::vector<ModelPartition> partitions;
};

struct ModelSession {
  bool by_id = false;  // of topics
  int node = 1;        // that knows it
  std::int32_t epoch = 1;
};

struct Model {
  std::vector<ModelTopic> topics;
  std::vector<boost::json::value> producers;  // a number, or the symbol of one that was handed out
  int producer_ids = 0;                       // how many were handed out
  std::vector<ModelSession> sessions;

  ModelTopic& create(const std::string& name, std::int64_t partition_count);
  ModelTopic* find(std::string_view name);
};

// In the circle of 2^31 sequence numbers.
std::int32_t sequence_after(std::int32_t sequence, std::int64_t steps);

}  // namespace understudy::differential
