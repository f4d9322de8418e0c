#include "conformance/topic.h"

#include <stdexcept>

namespace understudy::conformance {

using wire::ApiKey;
using wire::ErrorCode;

namespace {

constexpr Version kFirstProduceWithTopicIds = 13;
constexpr Version kFirstFetchWithTopicIds = 13;
constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kSetOperation = 0;

}  // namespace

const Produced& partition_of(const wire::ProduceResponse& response, std::int32_t partition) {
  for (const auto& topic : response.responses) {
    for (const auto& answer : topic.partition_responses) {
      if (answer.index == partition) return answer;
    }
  }
  throw std::runtime_error("no answer for partition " + std::to_string(partition));
}

const FetchedPartition& partition_of(const wire::FetchResponse& response, std::int32_t partition) {
  for (const auto& topic : response.responses) {
    for (const auto& answer : topic.partitions) {
      if (answer.partition_index == partition) return answer;
    }
  }
  throw std::runtime_error("no answer for partition " + std::to_string(partition) +
                           ", top-level error " +
                           std::to_string(std::int16_t(response.error_code)));
}

TestTopic::TestTopic(TopicSpec spec)
    : spec_(std::move(spec)),
      name_(spec_.name.empty() ? unique_name() : spec_.name),
      client_(connect()) {
  create();
}

void TestTopic::create() {
  wire::create_topics_request::CreatableTopic topic{
      .name = name_, .num_partitions = spec_.partitions, .replication_factor = 1};
  for (const auto& [name, value] : spec_.configs) {
    topic.configs.push_back({.name = name, .value = value});
  }
  const auto answer = client_.ask(wire::CreateTopicsRequest{.topics = {topic}}, 7);
  const auto& result = answer.topics.at(0);
  if (result.error_code != ErrorCode::kNone) {
    throw std::runtime_error("CreateTopics: " + std::string(wire::name_of(result.error_code)) +
                             " " + result.error_message.value_or(""));
  }
  id_ = result.topic_id;
  await_served();
}

RawClient& TestTopic::client() {
  if (connected_at_start_ != starts()) {
    client_ = connect();
    connected_at_start_ = starts();
    await_served();
  }
  return client_;
}

void TestTopic::await_served() {
  for (std::int32_t partition = 0; partition < spec_.partitions; ++partition) {
    if (!eventually([&] { return serves(partition); })) {
      throw std::runtime_error("the broker never served a partition that it had created");
    }
  }
}

// Fetch asks by topic id where there are ids: the partition of an older topic with that name does
// not count. But it is answered by followers too, and ListOffsets only by the leader.
bool TestTopic::serves(std::int32_t partition) {
  const ErrorCode fetched = fetch(0, {.partition = partition}).error_code;
  return (fetched == ErrorCode::kNone || fetched == ErrorCode::kOffsetOutOfRange) &&
         find_offset(-1, {}, partition).error_code == ErrorCode::kNone;
}

wire::ProduceRequest TestTopic::produce_request(const std::vector<PartitionBatch>& batches,
                                                const ProduceOptions& options) const {
  wire::produce_request::TopicProduceData topic;
  if (options.version.value_or(newest(ApiKey::kProduce)) >= kFirstProduceWithTopicIds) {
    topic.topic_id = id_;
  } else {
    topic.name = name_;
  }
  topic.partition_data.reserve(batches.size());
  for (const PartitionBatch& entry : batches) {
    topic.partition_data.push_back({.index = entry.partition, .records = entry.batch});
  }
  return {.transactional_id = options.transactional_id,
          .acks = options.acks,
          .timeout_ms = 30'000,
          .topic_data = {topic}};
}

std::vector<Produced> TestTopic::produce(const std::vector<PartitionBatch>& batches,
                                         const ProduceOptions& options) {
  const auto response = client().ask(produce_request(batches, options),
                                     options.version.value_or(newest(ApiKey::kProduce)));
  std::vector<Produced> answers;
  answers.reserve(batches.size());
  for (const PartitionBatch& entry : batches) {
    answers.push_back(partition_of(response, entry.partition));
  }
  return answers;
}

Produced TestTopic::produce(const wire::Slice& batch, const ProduceOptions& options) {
  return produce(std::vector<PartitionBatch>{{0, batch}}, options).front();
}

Produced TestTopic::send(int producer_epoch, std::int32_t first, std::int32_t last) {
  return produce(idempotent(producer_epoch, first, last));
}

wire::FetchRequest TestTopic::fetch_request(std::int64_t offset,
                                            const FetchOptions& options) const {
  wire::fetch_request::FetchTopic topic;
  if (options.version.value_or(newest(ApiKey::kFetch)) >= kFirstFetchWithTopicIds) {
    topic.topic_id = id_;
  } else {
    topic.topic = name_;
  }
  topic.partitions.push_back({.partition = options.partition,
                              .current_leader_epoch = options.current_leader_epoch,
                              .fetch_offset = offset,
                              .last_fetched_epoch = options.last_fetched_epoch,
                              .partition_max_bytes = options.partition_max_bytes});
  return {.max_wait_ms = options.max_wait_ms,
          .min_bytes = options.min_bytes,
          .max_bytes = options.max_bytes,
          .isolation_level = options.isolation_level,
          .topics = {topic}};
}

FetchedPartition TestTopic::fetch(std::int64_t offset, const FetchOptions& options) {
  const auto response = client().ask(fetch_request(offset, options),
                                     options.version.value_or(newest(ApiKey::kFetch)));
  return partition_of(response, options.partition);
}

std::vector<StoredBatch> TestTopic::read(std::int64_t offset, std::int32_t partition) {
  const FetchedPartition fetched = fetch(offset, {.partition = partition});
  if (fetched.error_code != ErrorCode::kNone) {
    throw std::runtime_error("Fetch: " + std::string(wire::name_of(fetched.error_code)));
  }
  return split(fetched.records.value()).batches;
}

std::vector<StoredBatch> TestTopic::read_all(std::int32_t partition) {
  std::vector<StoredBatch> all;
  const std::int64_t end = end_offset(partition);
  for (std::int64_t offset = start_offset(partition); offset < end;) {
    const std::vector<StoredBatch> some = read(offset, partition);
    if (some.empty()) throw std::runtime_error("Fetch returned no batch below the end");
    all.insert(all.end(), some.begin(), some.end());
    offset = all.back().next_offset();
  }
  return all;
}

FoundOffset TestTopic::find_offset(std::int64_t timestamp, std::optional<Version> version,
                                   std::int32_t partition) {
  const auto response = client().ask(
      wire::ListOffsetsRequest{
          .replica_id = -1,
          .topics = {{.name = name_,
                      .partitions = {{.partition_index = partition, .timestamp = timestamp}}}}},
      version.value_or(newest(ApiKey::kListOffsets)));
  return response.topics.at(0).partitions.at(0);
}

std::int64_t TestTopic::end_offset(std::int32_t partition) {
  return find_offset(-1, {}, partition).offset;
}

std::int64_t TestTopic::start_offset(std::int32_t partition) {
  return find_offset(-2, {}, partition).offset;
}

std::int32_t TestTopic::leader_epoch(std::int32_t partition) {
  return find_offset(-1, {}, partition).leader_epoch;
}

EpochEnd TestTopic::epoch_end(std::int32_t leader_epoch, std::int32_t current_leader_epoch,
                              std::int32_t partition) {
  const auto response = client().ask(
      wire::OffsetForLeaderEpochRequest{
          .replica_id = -1,
          .topics = {{.topic = name_,
                      .partitions = {{.partition = partition,
                                      .current_leader_epoch = current_leader_epoch,
                                      .leader_epoch = leader_epoch}}}}},
      newest(ApiKey::kOffsetForLeaderEpoch));
  return response.topics.at(0).partitions.at(0);
}

wire::delete_records_response::DeleteRecordsPartitionResult TestTopic::delete_records(
    std::int64_t offset, Version version, std::int32_t partition) {
  const auto response = client().ask(
      wire::DeleteRecordsRequest{
          .topics = {{.name = name_,
                      .partitions = {{.partition_index = partition, .offset = offset}}}},
          .timeout_ms = 30'000},
      version);
  return response.topics.at(0).partitions.at(0);
}

std::vector<ProducerState> TestTopic::producers(std::int32_t partition) {
  const auto response = client().ask(
      wire::DescribeProducersRequest{.topics = {{.name = name_, .partition_indexes = {partition}}}},
      0);
  const auto& answer = response.topics.at(0).partitions.at(0);
  if (answer.error_code != ErrorCode::kNone) {
    throw std::runtime_error("DescribeProducers: " + std::string(wire::name_of(answer.error_code)));
  }
  return answer.active_producers;
}

std::optional<ProducerState> TestTopic::producer_state(std::int64_t producer_id,
                                                       std::int32_t partition) {
  for (const ProducerState& state : producers(partition)) {
    if (state.producer_id == producer_id) return state;
  }
  return std::nullopt;
}

void TestTopic::set_configs(const Configs& configs) {
  wire::incremental_alter_configs_request::AlterConfigsResource resource{
      .resource_type = kTopicResource, .resource_name = name_};
  for (const auto& [name, value] : configs) {
    resource.configs.push_back({.name = name, .config_operation = kSetOperation, .value = value});
  }
  const auto answer =
      client().ask(wire::IncrementalAlterConfigsRequest{.resources = {resource}}, 1);
  const auto& result = answer.responses.at(0);
  if (result.error_code != ErrorCode::kNone) {
    throw std::runtime_error("IncrementalAlterConfigs: " + result.error_message.value_or(""));
  }
}

void TestTopic::remove() {
  const auto answer =
      client().ask(wire::DeleteTopicsRequest{.topics = {{.name = name_}}, .timeout_ms = 30'000}, 6);
  if (answer.responses.at(0).error_code != ErrorCode::kNone) {
    throw std::runtime_error("DeleteTopics: " + answer.responses.at(0).error_message.value_or(""));
  }
}

void TestTopic::create_again() {
  remove();
  create();
}

}  // namespace understudy::conformance
