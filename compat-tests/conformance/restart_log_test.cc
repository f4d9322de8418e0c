// What the log, the topics and their settings are after the broker was stopped, or killed, and
// started again: sections 12 and 13 of the log and fetch specification, and those of its scenarios
// that need a second leader epoch (20, 21, 35), which only a restart brings about here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using codec::CompressionType;
using wire::Slice;

RESTART_SCENARIO(LogAndFetch_BatchesSurviveByteForByte, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic({.partitions = 2});
  const std::vector<TestRecord> records(20, TestRecord{.timestamp = now_ms()});
  for (const CompressionType codec :
       {CompressionType::kNone, CompressionType::kGzip, CompressionType::kSnappy,
        CompressionType::kLz4, CompressionType::kZstd}) {
    const Slice batch = batch_of({.compression = codec}, records);
    EXPECT_EQ(topic.produce(batch).error_code, ErrorCode::kNone);
    EXPECT_EQ(topic.produce(plain(3)).error_code, ErrorCode::kNone);
  }
  EXPECT_EQ(topic.produce({{1, idempotent(0, 0, 4)}})[0].error_code, ErrorCode::kNone);
  const std::string before[] = {bytes_of(topic.read_all(0)), bytes_of(topic.read_all(1))};
  restart();
  EXPECT_EQ(topic.end_offset(0), 115);
  EXPECT_EQ(topic.end_offset(1), 5);
  EXPECT_EQ(bytes_of(topic.read_all(0)), before[0]);
  EXPECT_EQ(bytes_of(topic.read_all(1)), before[1]);
  const FetchedPartition fetched = topic.fetch(0);
  EXPECT_EQ(fetched.high_watermark, 115);
  EXPECT_EQ(fetched.last_stable_offset, 115);
  EXPECT_EQ(fetched.log_start_offset, 0);
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(115));
  EXPECT_EQ(topic.fetch(117).error_code, ErrorCode::kOffsetOutOfRange);
}

RESTART_SCENARIO(LogAndFetch_ManySegmentsSurvive, clean_stop, killed, adopted, adopted_after_kill) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "300"}, {"index.interval.bytes", "1"}}});
  for (int i = 0; i < 30; ++i) EXPECT_THAT(topic.produce(plain(2)), AppendedAt(2 * i));
  const std::string before = bytes_of(topic.read_all());
  restart();
  EXPECT_EQ(bytes_of(topic.read_all()), before);
  for (std::int64_t offset = 0; offset < 60; ++offset) {
    EXPECT_EQ(topic.read(offset).at(0).base_offset(), offset / 2 * 2);
  }
  EXPECT_THAT(topic.produce(plain(2)), AppendedAt(60));
}

RESTART_SCENARIO(LogAndFetch_S32_RecordsAreFoundByTime, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "400"}, {"index.interval.bytes", "1"}}});
  const std::int64_t t = now_ms() - 3'600'000;
  for (int i = 0; i < 12; ++i) {
    EXPECT_THAT(topic.produce(batch_of({}, {TestRecord{.timestamp = t + 100 * i},
                                            TestRecord{.timestamp = t + 100 * i + 50},
                                            TestRecord{.timestamp = t + 100 * i - 50}})),
                AppendedAt(3 * i));
  }
  restart();
  for (int i = 0; i < 12; ++i) {
    const FoundOffset first = topic.find_offset(t + 100 * i);
    EXPECT_EQ(first.offset, 3 * i);
    EXPECT_EQ(first.timestamp, t + 100 * i);
    const FoundOffset second = topic.find_offset(t + 100 * i + 1);
    EXPECT_EQ(second.offset, 3 * i + 1);
    EXPECT_EQ(second.timestamp, t + 100 * i + 50);
  }
  EXPECT_EQ(topic.find_offset(t + 1151).offset, -1);
  EXPECT_EQ(topic.find_offset(-3).offset, 34);
}

RESTART_SCENARIO(LogAndFetch_LogStartSurvives, clean_stop) {
  TestTopic topic;
  for (int i = 0; i < 4; ++i) EXPECT_THAT(topic.produce(plain(5)), AppendedAt(5 * i));
  EXPECT_EQ(topic.delete_records(7).low_watermark, 7);
  restart();
  EXPECT_EQ(topic.start_offset(), 7);
  EXPECT_EQ(topic.fetch(6).error_code, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(topic.read(7).at(0).base_offset(), 5);
  EXPECT_EQ(topic.fetch(7).log_start_offset, 7);
  EXPECT_EQ(topic.delete_records(3).low_watermark, 7);
}

// Kafka writes the log start down every 60 s; what was not written is as if it had never been.
RESTART_SCENARIO(LogAndFetch_UncheckpointedLogStartIsForgotten, killed) {
  TestTopic topic;
  for (int i = 0; i < 4; ++i) EXPECT_THAT(topic.produce(plain(5)), AppendedAt(5 * i));
  EXPECT_EQ(topic.delete_records(7).low_watermark, 7);
  restart();
  EXPECT_EQ(topic.start_offset(), 0);
  EXPECT_EQ(topic.read(0).at(0).base_offset(), 0);
  EXPECT_EQ(topic.end_offset(), 20);
}

// Leader epochs ----------------------------------------------------------------------------------

RESTART_SCENARIO(Idempotence_R5_LeaderEpochRises, clean_stop, killed) {
  TestTopic topic({.partitions = 2});
  TestTopic empty;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  const std::int32_t before = topic.leader_epoch();
  const std::int32_t before_in_empty = empty.leader_epoch();
  EXPECT_EQ(topic.read().at(0).partition_leader_epoch(), before);
  restart();
  const std::int32_t after = topic.leader_epoch();
  EXPECT_GT(after, before);
  EXPECT_GT(empty.leader_epoch(), before_in_empty);
  EXPECT_GT(topic.leader_epoch(1), before);
  EXPECT_THAT(topic.produce(plain(2)), AppendedAt(3));
  EXPECT_EQ(topic.read(0).at(0).partition_leader_epoch(), before);
  EXPECT_EQ(topic.read(3).at(0).partition_leader_epoch(), after);
  EXPECT_EQ(topic.find_offset(-2).leader_epoch, before);
  const auto metadata =
      topic.client().ask(wire::MetadataRequest{.topics = {{{.name = topic.name()}}}}, 7);
  for (const auto& partition : metadata.topics.at(0).partitions) {
    EXPECT_EQ(partition.leader_epoch, topic.leader_epoch(partition.partition_index));
  }
}

RESTART_SCENARIO(LogAndFetch_S20_OldLeaderEpochIsFenced, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  const std::int32_t before = topic.leader_epoch();
  restart();
  const FetchedPartition fenced = topic.fetch(0, {.current_leader_epoch = before});
  EXPECT_EQ(fenced.error_code, ErrorCode::kFencedLeaderEpoch);
  EXPECT_EQ(fenced.current_leader.leader_id, node_id());
  EXPECT_EQ(fenced.current_leader.leader_epoch, topic.leader_epoch());
  EXPECT_EQ(fenced.high_watermark, -1);
  EXPECT_EQ(fenced.log_start_offset, -1);
  EXPECT_EQ(topic.fetch(0, {.current_leader_epoch = topic.leader_epoch()}).error_code,
            ErrorCode::kNone);
  EXPECT_EQ(topic.epoch_end(before, before).error_code, ErrorCode::kFencedLeaderEpoch);
}

RESTART_SCENARIO(LogAndFetch_S21_FetchAcrossLeaderEpochs, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const std::int32_t before = topic.leader_epoch();
  restart();
  const std::int32_t after = topic.leader_epoch();
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(10));
  const FetchedPartition diverging = topic.fetch(15, {.last_fetched_epoch = before});
  EXPECT_EQ(diverging.error_code, ErrorCode::kNone);
  EXPECT_EQ(diverging.diverging_epoch.epoch, before);
  EXPECT_EQ(diverging.diverging_epoch.end_offset, 10);
  EXPECT_EQ(diverging.records.value().size(), 0u);
  const FetchedPartition good = topic.fetch(10, {.last_fetched_epoch = before});
  EXPECT_EQ(good.diverging_epoch.epoch, -1);
  EXPECT_GT(good.records.value().size(), 0u);
  EXPECT_GT(topic.fetch(15, {.last_fetched_epoch = after}).records.value().size(), 0u);
  EXPECT_EQ(topic.fetch(15, {.last_fetched_epoch = after + 1}).error_code,
            ErrorCode::kOffsetOutOfRange);
}

RESTART_SCENARIO(LogAndFetch_S35_EndsOfLeaderEpochs, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const std::int32_t before = topic.leader_epoch();
  restart();
  const std::int32_t after = topic.leader_epoch();
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(10));
  const auto expect_end = [&](std::int32_t asked, std::int32_t leader_epoch,
                              std::int64_t end_offset) {
    const EpochEnd answer = topic.epoch_end(asked);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.leader_epoch, leader_epoch) << "asked for " << asked;
    EXPECT_EQ(answer.end_offset, end_offset) << "asked for " << asked;
  };
  expect_end(before, before, 10);
  for (std::int32_t between = before + 1; between < after; ++between) {
    expect_end(between, before, 10);
  }
  expect_end(after, after, 20);
  expect_end(after + 1, -1, -1);
}

// Topics and settings ----------------------------------------------------------------------------

wire::metadata_response::MetadataResponseTopic described(const std::string& topic) {
  RawClient client = connect();
  return client
      .ask(wire::MetadataRequest{.topics = {{{.name = topic}}}, .allow_auto_topic_creation = false},
           newest(wire::ApiKey::kMetadata))
      .topics.at(0);
}

std::map<std::string, std::string> set_configs_of(const std::string& topic) {
  constexpr std::int8_t kTopicResource = 2;
  constexpr std::int8_t kFromTopic = 1;
  RawClient client = connect();
  const auto answer =
      client.ask(wire::DescribeConfigsRequest{.resources = {{.resource_type = kTopicResource,
                                                             .resource_name = topic,
                                                             .configuration_keys = std::nullopt}}},
                 4);
  std::map<std::string, std::string> configs;
  for (const auto& config : answer.results.at(0).configs) {
    if (config.config_source == kFromTopic) configs[config.name] = config.value.value_or("null");
  }
  return configs;
}

RESTART_SCENARIO(Cluster_TopicsSurvive, clean_stop, killed) {
  const Configs configs = {{"retention.ms", "123456"}, {"cleanup.policy", "compact,delete"}};
  TestTopic topic({.partitions = 7, .configs = configs});
  TestTopic grown;
  EXPECT_EQ(grown.client()
                .ask(
                    wire::CreatePartitionsRequest{
                        .topics = {{.name = grown.name(), .count = 4, .assignments = {}}},
                        .timeout_ms = 30'000},
                    3)
                .results.at(0)
                .error_code,
            ErrorCode::kNone);
  restart();
  const auto found = described(topic.name());
  EXPECT_EQ(found.error_code, ErrorCode::kNone);
  EXPECT_EQ(found.topic_id, topic.id());
  EXPECT_EQ(found.partitions.size(), 7u);
  EXPECT_EQ(set_configs_of(topic.name()), configs);
  EXPECT_EQ(described(grown.name()).topic_id, grown.id());
  EXPECT_EQ(described(grown.name()).partitions.size(), 4u);
  EXPECT_THAT(topic.produce({{6, plain(1)}})[0], AppendedAt(0));
}

RESTART_SCENARIO(Cluster_ChangedConfigsSurvive, clean_stop, killed) {
  TestTopic topic({.configs = {{"retention.ms", "123456"}, {"segment.ms", "5000000"}}});
  topic.set_configs({{"retention.ms", "654321"}, {"max.message.bytes", "200"}});
  restart();
  EXPECT_EQ(set_configs_of(topic.name()), (Configs{{"retention.ms", "654321"},
                                                   {"segment.ms", "5000000"},
                                                   {"max.message.bytes", "200"}}));
  EXPECT_THAT(topic.produce(batch_of_size(201)), Refused(ErrorCode::kMessageTooLarge, -1));
}

RESTART_SCENARIO(Cluster_DeletedTopicStaysDeleted, clean_stop, checkpointed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  topic.remove();
  TestTopic again;
  EXPECT_THAT(again.produce(plain(3)), AppendedAt(0));
  const wire::Uuid first_id = again.id();
  again.create_again();
  restart();
  EXPECT_EQ(described(topic.name()).error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_NE(again.id(), first_id);
  EXPECT_EQ(described(again.name()).topic_id, again.id());
  EXPECT_EQ(again.end_offset(), 0);
  // Its name is free for another topic, in which nothing of the old one is left.
  TestTopic heir({.name = topic.name()});
  EXPECT_NE(heir.id(), topic.id());
  EXPECT_EQ(heir.end_offset(), 0);
}

RESTART_SCENARIO(Cluster_ClusterStaysTheSame, clean_stop, killed) {
  const auto describe = [] {
    RawClient client = connect();
    return client.ask(wire::DescribeClusterRequest{}, newest(wire::ApiKey::kDescribeCluster));
  };
  const auto before = describe();
  restart();
  const auto after = describe();
  EXPECT_EQ(after.cluster_id, before.cluster_id);
  ASSERT_EQ(after.brokers.size(), 1u);
  EXPECT_EQ(after.brokers[0].broker_id, before.brokers.at(0).broker_id);
  EXPECT_EQ(after.brokers[0].port, settings().bootstrap.port);
}

}  // namespace
}  // namespace understudy::conformance
