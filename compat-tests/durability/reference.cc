#include "durability/reference.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <thread>

#include "codec/record.h"
#include "durability/log_reader.h"

namespace understudy::durability {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using support::RawClient;

constexpr milliseconds kPatience(60'000);
constexpr milliseconds kCleanerPatience(5'000);
constexpr std::int32_t kTimeoutMs = 30'000;
constexpr std::int8_t kTopicResource = 2;
constexpr std::uint64_t kSeed = 1;
constexpr int kProducers = 3;
constexpr int kBatchesInFirstLife = 40;
constexpr int kBatchesInSecondLife = 20;
constexpr std::int64_t kMsBetweenBatches = 10;
constexpr std::size_t kTimesEvery = 4;
constexpr const char* kCompacted = "latest";
constexpr const char* kTrimmed = "trimmed";
constexpr std::int64_t kTrimTo = 45;

std::vector<TopicPlan> topics() {
  return {{.name = "plain", .partitions = 2, .configs = {{"retention.ms", "86400000"}}},
          {.name = "packed", .partitions = 1, .configs = {{"retention.ms", "864000000"}}},
          {.name = kTrimmed, .partitions = 1, .configs = {{"retention.ms", "-1"}}},
          {.name = kCompacted,
           .partitions = 1,
           .configs = {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0.01"}}},
          {.name = "empty", .partitions = 1, .configs = {}}};
}

// A broker that is asked, and ended on purpose.
class Life {
 public:
  Life(const std::string& broker, const fs::path& folder,
       const std::vector<std::string>& more_overrides)
      : process_({.command = command(broker, folder, more_overrides),
                  .environment = {},
                  .errors_file = (folder / "stderr").string()}),
        client_(support::parse_address(address()), "reference") {}

  RawClient& client() { return client_; }

  void end(Shutdown shutdown) {
    if (shutdown == Shutdown::kCrash) {
      process_.kill();
      return;
    }
    process_.send_signal(SIGTERM);
    const auto ending = process_.wait(kPatience);
    if (!ending || ending->code != 0) {
      throw std::runtime_error("the broker that writes the reference does not stop: " +
                               (ending ? ending->text() : std::string("it hangs")));
    }
  }

 private:
  static std::vector<std::string> command(const std::string& broker, const fs::path& folder,
                                          const std::vector<std::string>& more_overrides) {
    std::vector<std::string> words = broker_arguments(folder / "data");
    words.insert(words.begin(), broker);
    for (const std::string& text : more_overrides) {
      words.insert(words.end(), {"--override", text});
    }
    return words;
  }

  std::string address() {
    const auto line = process_.await_line(kPatience);
    if (!line) throw std::runtime_error("the broker that writes the reference does not start");
    return *line;
  }

  support::Process process_;
  RawClient client_;
};

// One after the other writes some batches into every partition; what is written is drawn, but it is
// the same in every run, apart from the time. That is later than any file is written, or searches
// by it would end in segments that compaction has emptied.
class Writing {
 public:
  explicit Writing(Reference& reference)
      : reference_(reference),
        now_ms_(std::chrono::duration_cast<milliseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count() +
                60'000) {}

  void write(RawClient& client, int batches) {
    if (ids_.empty()) {
      for (int i = 0; i < kProducers; ++i) ids_.push_back(ask_for_producer_id(client));
      reference_.producer_ids.insert(ids_.begin(), ids_.end());
    }
    for (int i = 0; i < batches; ++i) {
      now_ms_ += kMsBetweenBatches;
      for (const Place& place : places_of(topics())) {
        if (place.topic != "empty") write_batch(client, place);
      }
    }
  }

 private:
  void write_batch(RawClient& client, const Place& place) {
    constexpr codec::CompressionType kCodecs[] = {
        codec::CompressionType::kGzip, codec::CompressionType::kSnappy,
        codec::CompressionType::kLz4, codec::CompressionType::kZstd};
    const std::int64_t id = ids_[random_() % ids_.size()];
    std::int32_t& sequence = sequences_[{place.topic + std::to_string(place.partition), id}];
    codec::RecordBatchBuilder builder({.compression = place.topic == "packed"
                                                          ? kCodecs[random_() % 4]
                                                          : codec::CompressionType::kNone,
                                       .producer_id = id,
                                       .producer_epoch = 0,
                                       .base_sequence = sequence});
    const std::uint64_t records = 1 + random_() % 3;
    for (std::uint64_t i = 0; i < records; ++i) {
      const Name name{.producer = std::int32_t(id), .slot = 0, .index = number_++};
      const bool is_compacted = place.topic == kCompacted;
      const std::string key = is_compacted ? "key-" + std::to_string(random_() % 8) : key_of(name);
      const std::string value = value_of(name, 50 + random_() % 150);
      builder.add({.timestamp = now_ms_ + std::int64_t(i), .key = key, .value = value});
    }
    sequence += std::int32_t(records);
    const ProduceResult result = produce(client, place, builder.build_slice());
    if (result.error != wire::ErrorCode::kNone) {
      throw std::runtime_error("Produce: " + std::string(wire::name_of(result.error)));
    }
  }

  Reference& reference_;
  std::mt19937_64 random_{kSeed};
  std::int64_t now_ms_;
  std::int64_t number_ = 0;
  std::vector<std::int64_t> ids_;
  std::map<std::pair<std::string, std::int64_t>, std::int32_t> sequences_;
};

void trim(RawClient& client) {
  const auto answer = client.ask(
      wire::DeleteRecordsRequest{
          .topics = {{.name = kTrimmed, .partitions = {{.partition_index = 0, .offset = kTrimTo}}}},
          .timeout_ms = kTimeoutMs},
      2);
  if (answer.topics.at(0).partitions.at(0).error_code != wire::ErrorCode::kNone) {
    throw std::runtime_error("DeleteRecords fails");
  }
}

// What ListOffsets has to find: the first record that is not older, in the order of the log.
FoundTime first_at_or_after(std::int64_t timestamp, const KnownPartition& known) {
  for (const KnownBatch& known_batch : known.batches) {
    const codec::BatchView batch({known_batch.bytes.data(), known_batch.bytes.size()});
    codec::RecordReader reader(batch);
    while (const codec::RecordView* record = reader.next()) {
      if (record->offset < known.start_offset || record->timestamp < timestamp) continue;
      return {
          .timestamp = timestamp, .found_timestamp = record->timestamp, .offset = record->offset};
    }
  }
  return {.timestamp = timestamp};
}

KnownPartition ask_for_partition(RawClient& client, const Place& place) {
  KnownPartition known;
  known.place = place;
  known.is_compacted = place.topic == kCompacted;
  known.start_offset = find_time(client, place, -2).offset;
  for (std::int64_t offset = known.start_offset;;) {
    const FetchedPart part = fetch(client, place, offset);
    if (part.error != wire::ErrorCode::kNone) throw std::runtime_error("Fetch fails");
    known.end_offset = part.high_watermark;
    if (offset >= part.high_watermark) break;
    codec::BatchCursor cursor({part.records.data(), part.records.size()});
    for (std::size_t at = 0; cursor.next() == codec::BatchCursor::Step::kBatch;) {
      const codec::BatchView batch(cursor.batch());
      const std::size_t size = batch.size_bytes();
      known.batches.push_back({.base_offset = batch.base_offset(),
                               .last_offset = batch.last_offset(),
                               .max_timestamp = batch.max_timestamp(),
                               .bytes = wire::Slice::copy_of(part.records.sub(at, size).view())});
      at += size;
      offset = batch.next_offset();
    }
  }
  known.producers = describe_producers(client, place);
  for (std::size_t i = 0; i < known.batches.size(); i += kTimesEvery) {
    known.times.push_back(first_at_or_after(known.batches[i].max_timestamp, known));
  }
  return known;
}

void read_files(Reference& reference) {
  for (const auto& entry : fs::recursive_directory_iterator(reference.data)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    reference.files[entry.path().lexically_relative(reference.data).string()] = {
        std::istreambuf_iterator<char>(stream), {}};
  }
}

// The cleaner works when it likes; after this time the directory has to do without its checkpoint.
void await_cleaner(const fs::path& data) {
  const auto deadline = std::chrono::steady_clock::now() + kCleanerPatience;
  while (!fs::exists(data / "cleaner-offset-checkpoint") &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(20));
  }
}

}  // namespace

std::string_view name_of(Shutdown shutdown) {
  return shutdown == Shutdown::kClean ? "clean" : "crash";
}

std::vector<std::string> broker_arguments(const fs::path& data) {
  // Small segments with many index entries, and nothing that changes the log by itself.
  return {"--data-dir",
          data.string(),
          "--listen",
          "127.0.0.1:0",
          "--print-bootstrap",
          "--override",
          "internal.segment.bytes=3000",
          "--override",
          "log.index.interval.bytes=300"};
}

Reference make_reference(const std::string& broker, const fs::path& folder, Shutdown shutdown) {
  Reference reference;
  reference.shutdown = shutdown;
  reference.data = folder / "data";
  fs::create_directories(reference.data);
  Writing writing(reference);
  {
    Life life(broker, folder, {"log.cleaner.backoff.ms=20"});
    create_topics(life.client(), topics());
    writing.write(life.client(), kBatchesInFirstLife);
    trim(life.client());
    await_cleaner(reference.data);
    life.end(Shutdown::kClean);
  }
  Life life(broker, folder, {});
  writing.write(life.client(), kBatchesInSecondLife);
  for (const Place& place : places_of(topics())) {
    reference.partitions.push_back(ask_for_partition(life.client(), place));
  }
  reference.topics = ask_for_topics(life.client());
  for (const TopicPlan& topic : topics()) {
    reference.retention_ms[topic.name] = ask_for_retention(life.client(), topic.name);
  }
  // The last thing in the cluster's metadata: a torn tail there takes this topic with it.
  create_topics(life.client(), {{.name = "last", .partitions = 1, .configs = {}}});
  life.end(shutdown);
  read_files(reference);
  return reference;
}

FoundTime find_time(RawClient& client, const Place& place, std::int64_t timestamp) {
  const auto response = client.ask(
      wire::ListOffsetsRequest{.replica_id = -1,
                               .topics = {{.name = place.topic,
                                           .partitions = {{.partition_index = place.partition,
                                                           .timestamp = timestamp}}}}},
      5);
  const auto& answer = response.topics.at(0).partitions.at(0);
  if (answer.error_code != wire::ErrorCode::kNone) {
    throw std::runtime_error("ListOffsets answered " +
                             std::string(wire::name_of(answer.error_code)));
  }
  return {.timestamp = timestamp, .found_timestamp = answer.timestamp, .offset = answer.offset};
}

std::map<std::string, KnownTopic> ask_for_topics(RawClient& client) {
  const auto response = client.ask(
      wire::MetadataRequest{.topics = std::nullopt, .allow_auto_topic_creation = false}, 12);
  std::map<std::string, KnownTopic> topics;
  for (const auto& topic : response.topics) {
    topics[topic.name.value_or("")] = {.id = topic.topic_id,
                                       .partitions = std::int32_t(topic.partitions.size())};
  }
  return topics;
}

std::string ask_for_retention(RawClient& client, const std::string& topic) {
  const auto response = client.ask(
      wire::DescribeConfigsRequest{.resources = {{.resource_type = kTopicResource,
                                                  .resource_name = topic,
                                                  .configuration_keys = {{"retention.ms"}}}}},
      1);
  for (const auto& config : response.results.at(0).configs) {
    if (config.name == "retention.ms") return config.value.value_or("null");
  }
  return "";
}

std::int64_t ask_for_producer_id(RawClient& client) {
  const auto answer = client.ask(wire::InitProducerIdRequest{.transactional_id = std::nullopt,
                                                             .transaction_timeout_ms = kTimeoutMs},
                                 4);
  if (answer.error_code != wire::ErrorCode::kNone) {
    throw std::runtime_error("InitProducerId answered " +
                             std::string(wire::name_of(answer.error_code)));
  }
  return answer.producer_id;
}

ProduceResult produce(RawClient& client, const Place& place, const wire::Slice& batch) {
  wire::ProduceRequest request{.acks = -1, .timeout_ms = kTimeoutMs};
  request.topic_data.push_back(
      {.name = place.topic, .partition_data = {{.index = place.partition, .records = batch}}});
  const auto response = client.ask(request, 9);
  const auto& answer = response.responses.at(0).partition_responses.at(0);
  return {.error = answer.error_code, .base_offset = answer.base_offset};
}

}  // namespace understudy::durability
