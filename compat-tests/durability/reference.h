// A data directory whose content is known: written by the broker under test, and asked for
// everything that clients can see, before any of its files is damaged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "durability/history.h"
#include "durability/topology.h"
#include "support/process.h"
#include "support/raw_client.h"

namespace understudy::durability {

struct KnownBatch {
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  std::int64_t max_timestamp = -1;
  wire::Slice bytes;
};

struct FoundTime {
  std::int64_t timestamp = 0;  // asked for
  std::int64_t found_timestamp = -1;
  std::int64_t offset = -1;
};

struct KnownPartition {
  Place place;
  bool is_compacted = false;  // then its offsets may have gaps
  std::int64_t start_offset = 0;
  std::int64_t end_offset = 0;
  std::vector<KnownBatch> batches;  // also the one that straddles the start offset
  std::vector<ProducerRow> producers;
  std::vector<FoundTime> times;

  std::string directory() const { return place.topic + "-" + std::to_string(place.partition); }
};

struct KnownTopic {
  wire::Uuid id;
  std::int32_t partitions = 0;
};

enum class Shutdown : std::uint8_t { kClean, kCrash };
std::string_view name_of(Shutdown shutdown);

struct Reference {
  Shutdown shutdown = Shutdown::kClean;
  std::filesystem::path data;
  std::vector<KnownPartition> partitions;
  std::map<std::string, KnownTopic> topics;
  std::map<std::string, std::string> retention_ms;  // by topic
  std::set<std::int64_t> producer_ids;              // that were handed out

  // The file's path inside the directory, and what it holds.
  std::map<std::string, std::string> files;
};

// The arguments behind the program's name for one more start on `data`.
std::vector<std::string> broker_arguments(const std::filesystem::path& data);

// The broker is started several times on `folder`/data, written to and asked; the last time it is
// stopped or killed. Throws std::runtime_error if that does not go well.
Reference make_reference(const std::string& broker, const std::filesystem::path& folder,
                         Shutdown shutdown);

// What the questions are asked with; also of a broker on a damaged directory.
FoundTime find_time(support::RawClient& client, const Place& place, std::int64_t timestamp);
std::map<std::string, KnownTopic> ask_for_topics(support::RawClient& client);
std::string ask_for_retention(support::RawClient& client, const std::string& topic);
std::int64_t ask_for_producer_id(support::RawClient& client);

struct ProduceResult {
  wire::ErrorCode error = wire::ErrorCode::kNone;
  std::int64_t base_offset = -1;
};
ProduceResult produce(support::RawClient& client, const Place& place, const wire::Slice& batch);

}  // namespace understudy::durability
