// Whose a directory is: what is left over of topics, and a whole directory that an Apache Kafka
// wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "conformance/directory.h"
#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::int8_t kTopicResource = 2;

ErrorCode error_of_topic(TestTopic& any, const std::string& name) {
  wire::MetadataRequest request{.allow_auto_topic_creation = false};
  request.topics = {{{.name = name}}};
  return any.client().ask(request, newest(wire::ApiKey::kMetadata)).topics.at(0).error_code;
}

std::string config_of(TestTopic& topic, const std::string& config) {
  wire::DescribeConfigsRequest request;
  request.resources = {{.resource_type = kTopicResource,
                        .resource_name = topic.name(),
                        .configuration_keys = {{config}}}};
  const auto answer = topic.client().ask(request, 4).results.at(0);
  return answer.configs.empty() ? "" : answer.configs.at(0).value.value_or("");
}

wire::Uuid id_of(TestTopic& topic) {
  wire::MetadataRequest request{.allow_auto_topic_creation = false};
  request.topics = {{{.name = topic.name()}}};
  return topic.client().ask(request, newest(wire::ApiKey::kMetadata)).topics.at(0).topic_id;
}

// How many directories have a name that begins and ends like this.
std::ptrdiff_t count_names(const fs::path& directory, const std::string& begin,
                           const std::string& end) {
  const auto names = names_in(directory);
  return std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    return name.starts_with(begin) && name.ends_with(end);
  });
}

// Another topic's id than any that there is.
void copy_with_other_id(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
  write_content(to / "partition.metadata", "version: 0\ntopic_id: aaaaaaaaaaaaaaaaaaaaaQ");
}

// KAFKA-7362, KAFKA-14616.
RESTART_SCENARIO(ADirectoryOfNoTopicIsPutAside, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  const std::string stray = topic.name() + "-stray-topic";
  restart([&](const fs::path& data_dir) {
    copy_with_other_id(data_dir / (topic.name() + "-0"), data_dir / (stray + "-0"));
  });
  EXPECT_EQ(topic.end_offset(), 3);
  EXPECT_EQ(error_of_topic(topic, stray), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_FALSE(fs::exists(data_dir() / (stray + "-0")));
  EXPECT_EQ(count_names(data_dir(), stray + "-0.", "-stray"), 1);
}

RESTART_SCENARIO(ADirectoryOfTheTopicThatHadTheNameBeforeIsPutAside, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  restart([&](const fs::path& data_dir) {
    const fs::path directory = data_dir / (topic.name() + "-0");
    write_content(directory / "partition.metadata", "version: 0\ntopic_id: aaaaaaaaaaaaaaaaaaaaaQ");
  });
  EXPECT_EQ(topic.end_offset(), 0);
  EXPECT_EQ(count_names(data_dir(), topic.name() + "-0.", "-stray"), 1);
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(0));
}

RESTART_SCENARIO(APartitionThatTheTopicDoesNotHaveIsPutAside, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  restart([&](const fs::path& data_dir) {
    fs::copy(data_dir / (topic.name() + "-0"), data_dir / (topic.name() + "-7"),
             fs::copy_options::recursive);
  });
  EXPECT_EQ(topic.end_offset(), 3);
  EXPECT_EQ(count_names(data_dir(), topic.name() + "-7.", "-stray"), 1);
}

RESTART_SCENARIO(AWholeDirectoryComesWithConfigurations, adopted_whole, adopted_whole_after_kill) {
  TestTopic compacted({.partitions = 3, .configs = {{"cleanup.policy", "compact"}}});
  TestTopic kept({.configs = {{"retention.ms", "86400000"}, {"max.message.bytes", "2000000"}}});
  TestTopic plain_one;
  TestTopic again({.configs = {{"retention.bytes", "123456789"}}});
  TestTopic gone;
  for (TestTopic* topic : {&kept, &plain_one, &again, &gone}) {
    EXPECT_THAT(topic->produce(plain(5)), AppendedAt(0));
  }
  again.create_again();
  gone.remove();
  EXPECT_THAT(again.produce(plain(1)), AppendedAt(0));
  for (int round = 0; round < 2; ++round) {
    restart();
    EXPECT_EQ(id_of(compacted), compacted.id());
    EXPECT_EQ(config_of(compacted, "cleanup.policy"), "compact");
    EXPECT_EQ(compacted.end_offset(2), 0);
    EXPECT_EQ(config_of(kept, "retention.ms"), "86400000");
    EXPECT_EQ(config_of(kept, "max.message.bytes"), "2000000");
    EXPECT_EQ(kept.end_offset(), 5 + round);
    EXPECT_EQ(config_of(plain_one, "retention.ms"), "-1");
    EXPECT_EQ(config_of(plain_one, "retention.bytes"), "-1");
    EXPECT_EQ(plain_one.end_offset(), 5);
    EXPECT_EQ(again.end_offset(), 1);
    EXPECT_EQ(config_of(again, "retention.bytes"), "123456789");
    EXPECT_EQ(error_of_topic(kept, gone.name()), ErrorCode::kUnknownTopicOrPartition);
    EXPECT_THAT(kept.produce(plain(1)), AppendedAt(5 + round));
  }
}

RESTART_SCENARIO(PartitionsAloneComeWithoutConfigurationsAndKeepEverything, adopted) {
  TestTopic topic({.configs = {{"retention.ms", "1000"}}});
  EXPECT_EQ(config_of(topic, "retention.ms"), "1000");
  EXPECT_THAT(topic.produce(plain(5)), AppendedAt(0));
  restart();
  EXPECT_EQ(topic.end_offset(), 5);
  EXPECT_EQ(config_of(topic, "retention.ms"), "-1");
  EXPECT_EQ(config_of(topic, "retention.bytes"), "-1");
}

}  // namespace
}  // namespace understudy::conformance
