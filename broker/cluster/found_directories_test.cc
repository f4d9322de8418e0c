// What a start makes of the directories that it finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "broker/cluster/cluster_test_support.h"
#include "broker/log/files.h"

namespace understudy::broker {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kZeroId(32, '0');

class FoundDirectoriesTest : public StoredClusterTest {
 protected:
  void add_topic(const std::string& name, std::size_t partitions = 1) {
    ASSERT_NE(cluster->add_topic(name, std::vector<std::vector<NodeId>>(partitions, {1}), {}),
              nullptr);
  }
  void forget_metadata() { ASSERT_TRUE(storage.remove(kMetadataDirectory)); }
  void copy_directory(const std::string& from, const std::string& to) {
    for (const auto& entry : storage.list(from)) {
      ASSERT_TRUE(storage.replace(to + "/" + entry.name, *storage.load(from + "/" + entry.name)));
    }
  }
  void remove_id(const std::string& directory) {
    ASSERT_TRUE(storage.remove(directory + "/partition.metadata"));
  }
  // Of the top, without the metadata log's.
  std::vector<std::string> directories() {
    std::vector<std::string> names;
    for (const auto& entry : storage.list("")) {
      if (entry.is_directory && entry.name != kMetadataDirectory) names.push_back(entry.name);
    }
    return names;
  }
  std::int64_t end_offset(const std::string& topic, std::int32_t index = 0) const {
    return cluster->find_partition(topic, index)->log_end_offset();
  }
  static std::string hexadecimal(const wire::Uuid& id) {
    const std::string name = set_aside_directory({"t", 0}, id, "-stray");
    return name.substr(4, 32);
  }
};

// KAFKA-7362, KAFKA-14616.
TEST_F(FoundDirectoriesTest, WithAMetadataLogWhatNoTopicOwnsIsPutAside) {
  add_topic("t");
  write("t", 0, 0);
  const std::string id = hexadecimal(cluster->find_topic("t")->id);
  cluster->close();
  copy_directory("t-0", "x-0");  // no such topic
  copy_directory("t-0", "t-1");  // no such partition
  copy_directory("t-0", "y-0");
  remove_id("y-0");
  kill_and_start();
  EXPECT_EQ(cluster->topics().size(), 1u);
  EXPECT_EQ(cluster->find_topic("t")->partitions.size(), 1u);
  EXPECT_EQ(end_offset("t"), 1);
  EXPECT_THAT(directories(), ElementsAre("t-0", "t-1." + id + "-stray", "x-0." + id + "-stray",
                                         "y-0." + kZeroId + "-stray"));
  EXPECT_THAT(
      told,
      ElementsAre(AllOf(HasSubstr("memory/t-1: topic t has 1 partition; put aside as t-1."),
                        HasSubstr("To serve its records, move it to an empty directory, as t-1")),
                  HasSubstr("memory/x-0: the metadata log has no topic x; put aside as x-0."),
                  HasSubstr("memory/y-0: the metadata log has no topic y; put aside as y-0.")));
  told.clear();
  stop_and_start();
  EXPECT_EQ(directories().size(), 4u) << "what was put aside stays as it is";
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(FoundDirectoriesTest, WhatIsPutAsideTakesNoPlaceThatIsTaken) {
  add_topic("t");
  write("t", 0, 0);
  for (int round = 0; round < 3; ++round) {
    cluster->close();
    copy_directory("t-0", "x-0");
    kill_and_start();
  }
  EXPECT_EQ(directories().size(), 4u);
  EXPECT_EQ(std::ranges::count_if(directories(),
                                  [](const auto& name) {
                                    return is_set_aside_directory(name, kStrayDirectorySuffix);
                                  }),
            3);
}

// The topic was deleted and made again.
TEST_F(FoundDirectoriesTest, ADirectoryWithAnotherTopicIdIsPutAside) {
  add_topic("t");
  write("t", 0, 0);
  cluster->close();
  ASSERT_TRUE(storage.replace("t-0/partition.metadata", write_partition_metadata({{9}})));
  kill_and_start();
  EXPECT_EQ(end_offset("t"), 0);
  EXPECT_THAT(directories(), ElementsAre("t-0." + hexadecimal({{9}}) + "-stray"));
  write("t", 0, 0);
  kill_and_start();
  EXPECT_EQ(end_offset("t"), 1) << "what checkpoints said of the other is not believed of this one";
}

// Kafka writes the id before the first record, and so do we.
TEST_F(FoundDirectoriesTest, ADirectoryWithoutATopicIdIsPutAside) {
  add_topic("t", 2);
  for (const std::int32_t index : {0, 1}) write("t", index, 0);
  cluster->close();
  remove_id("t-0");
  ASSERT_TRUE(storage.replace("t-1/partition.metadata", "garbage"));
  kill_and_start();
  EXPECT_EQ(end_offset("t", 0), 0);
  EXPECT_EQ(end_offset("t", 1), 1) << "a damaged one is written again";
  EXPECT_THAT(told, ElementsAre(HasSubstr("memory/t-0: has no partition.metadata; put aside as "),
                                HasSubstr("t-1/partition.metadata: damaged; written again"),
                                HasSubstr("t-0: is missing, and with it the records up to ")));
  EXPECT_THAT(directories(), ElementsAre("t-0." + kZeroId + "-stray", "t-1"));
}

TEST_F(FoundDirectoriesTest, CheckpointsOfWhatWasPutAsideAreNotBelievedOfANewPartition) {
  add_topic("t", 2);
  for (int i = 0; i < 3; ++i) write("t", 1, i);
  cluster->find_partition("t", 1)->raise_log_start_offset(2);
  cluster->close();
  ASSERT_TRUE(storage.replace("t-1/partition.metadata", write_partition_metadata({{9}})));
  kill_and_start();
  write("t", 1, 0);
  kill_and_start();
  EXPECT_EQ(cluster->find_partition("t", 1)->log_start_offset(), 0);
  EXPECT_EQ(end_offset("t", 1), 1);
}

TEST_F(FoundDirectoriesTest, AStartThatCannotPutADirectoryAsideIsRefused) {
  add_topic("t");
  write("t", 0, 0);
  cluster->close();
  copy_directory("t-0", "x-0");
  storage.fail(true);
  start();
  ASSERT_TRUE(failure);
  EXPECT_THAT(*failure, HasSubstr("x-0: the metadata log has no topic x, and it cannot be put "
                                  "aside; move it away"));
}

// KAFKA-15230: killed between the record of the deletion and the work that it takes.
TEST_F(FoundDirectoriesTest, ADeletionThatWasInterruptedIsFinished) {
  add_topic("t", 3);
  for (const std::int32_t index : {0, 1, 2}) write("t", index, 0);
  copy_directory("t-1", "saved");
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("t")));
  copy_directory("saved", "t-1");  // as if it had not been renamed
  ASSERT_TRUE(storage.remove("saved"));
  kill_and_start();
  EXPECT_TRUE(cluster->topics().empty());
  EXPECT_THAT(directories(), IsEmpty());
  EXPECT_THAT(told, IsEmpty());
}

// The rename that a deletion begins with has failed.
TEST_F(FoundDirectoriesTest, ANewTopicDoesNotMixWithWhatIsLeftOfADeletedOne) {
  add_topic("t");
  for (int i = 0; i < 3; ++i) write("t", 0, i);
  storage.fail_between(1, SIZE_MAX);
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("t")));
  storage.fail(false);
  ASSERT_THAT(directories(), ElementsAre("t-0"));
  add_topic("t");
  write("t", 0, 0);
  EXPECT_EQ(end_offset("t"), 1);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr("t-0: is not this topic's, and was put aside as t-0."));
  kill_and_start();
  EXPECT_EQ(end_offset("t"), 1);
  EXPECT_EQ(directories().size(), 2u);
}

TEST_F(FoundDirectoriesTest, NamesThatOnlyLookLikePartitionsAreLeftAlone) {
  forget_metadata();
  const std::string segment = "/00000000000000000000.log";
  const std::string names[] = {"-0",
                               "..-0",
                               "foo",
                               "foo-",
                               "foo-01",
                               "foo-2147483648",
                               "foo-bar",
                               "a b-0",
                               std::string(250, 'x') + "-0",
                               "remote-log-index-cache",
                               "__cluster_metadata-1",
                               "foo-0.0123456789abcdef0123456789abcdef-stray",
                               "foo-0.0123456789abcdef0123456789abcdef-future",
                               "notes.old-delete",
                               "my-delete",
                               "lost+found",
                               ".hidden-0.swp"};
  for (const std::string& name : names) ASSERT_TRUE(storage.replace(name + segment, "records"));
  ASSERT_TRUE(storage.replace("file-0", "a file"));
  kill_and_start();
  EXPECT_THAT(cluster->topics(), IsEmpty());
  for (const std::string& name : names) EXPECT_EQ(storage.load(name + segment), "records") << name;
  EXPECT_EQ(storage.load("file-0"), "a file");
  const auto lines_about = [&](const std::string& name) {
    return std::ranges::count_if(
        told, [&](const auto& line) { return line.starts_with("memory/" + name + ": "); });
  };
  EXPECT_EQ(lines_about("foo-01"), 1);
  EXPECT_EQ(lines_about("foo-0.0123456789abcdef0123456789abcdef-future"), 1);
  EXPECT_EQ(lines_about("__cluster_metadata-1"), 1);
  EXPECT_EQ(lines_about("foo-0.0123456789abcdef0123456789abcdef-stray"), 0);
}

// As Kafka does: "topic-partition.anything-delete".
TEST_F(FoundDirectoriesTest, LeftoversOfDeletionsAreRemovedWhoeverBeganThem) {
  for (const std::string name :
       {"foo-0.0123456789abcdef0123456789abcdef-delete", "a.b-12.deadbeef-delete"}) {
    ASSERT_TRUE(storage.replace(name + "/00000000000000000000.log", "records"));
  }
  kill_and_start();
  EXPECT_THAT(directories(), IsEmpty());
}

TEST_F(FoundDirectoriesTest, WithoutAMetadataLogDirectoriesBecomeTopicsThatKeepEverything) {
  add_topic("t", 3);
  const wire::Uuid id = cluster->find_topic("t")->id;
  write("t", 1, 0);
  write("t", 1, 1);
  cluster->close();
  forget_metadata();
  ASSERT_TRUE(storage.remove(kMetaPropertiesFile));
  for (int round = 0; round < 2; ++round) {
    kill_and_start();
    const Topic* topic = cluster->find_topic("t");
    ASSERT_NE(topic, nullptr);
    EXPECT_EQ(topic->id, id);
    ASSERT_EQ(topic->partitions.size(), 2u) << "nothing shows a third one, which had no records";
    EXPECT_EQ(end_offset("t", 1), 2);
    EXPECT_EQ(topic->partition(1)->producers().find(7)->last_sequence(), 1);
    EXPECT_EQ(topic->configs, (ConfigMap{{"retention.bytes", "-1"}, {"retention.ms", "-1"}}));
    EXPECT_EQ(topic->partition(1)->config().retention_ms, -1);
    ASSERT_EQ(told.size(), 1u) << "it is a topic like any other from the second start on";
  }
  EXPECT_THAT(
      told[0],
      AllOf(HasSubstr("topic t was made of 1 directory: 2 partitions, 1 of them empty, 2 "
                      "offsets, "),
            HasSubstr("how it was configured (cleanup.policy, retention and so on) is not "
                      "known: nothing of it is deleted until somebody sets its retention")));
}

// What somebody has said of all topics holds for these.
TEST_F(FoundDirectoriesTest, ARetentionThatTheBrokerIsToldHoldsForTopicsTakenUp) {
  add_topic("t");
  write("t", 0, 0);
  cluster->close();
  forget_metadata();
  properties = {{"log.retention.hours", "1"}};
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("t")->configs, (ConfigMap{{"retention.bytes", "-1"}}));
  EXPECT_EQ(cluster->find_partition("t", 0)->config().retention_ms, 3'600'000);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0],
              HasSubstr("what is beyond retention.ms=3600000, as the broker is told, is deleted"));
}

TEST_F(FoundDirectoriesTest, ACopyOfAPartitionGetsATopicIdOfItsOwn) {
  add_topic("s");
  write("s", 0, 0);
  const wire::Uuid id = cluster->find_topic("s")->id;
  cluster->close();
  copy_directory("s-0", "x-0");
  forget_metadata();
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("s")->id, id);
  EXPECT_EQ(end_offset("s"), 1);
  EXPECT_EQ(end_offset("x"), 1);
  EXPECT_NE(cluster->find_topic("x")->id, id);
  EXPECT_THAT(told, ::testing::Contains(HasSubstr("topic x has the topic id of s, as copies of its "
                                                  "directories have; it gets an id of its own")));
  kill_and_start();
  EXPECT_EQ(end_offset("x"), 1) << "and it is written down";
}

// From two clusters, or before and after the topic was made again.
TEST_F(FoundDirectoriesTest, DirectoriesOfOneNameWithTwoIdsAreNoTopicTogether) {
  add_topic("t", 3);
  for (const std::int32_t index : {0, 1, 2}) write("t", index, 0);
  cluster->close();
  forget_metadata();
  ASSERT_TRUE(storage.replace("t-1/partition.metadata", write_partition_metadata({{9}})));
  remove_id("t-0");
  kill_and_start();
  ASSERT_EQ(cluster->find_topic("t")->partitions.size(), 2u);
  EXPECT_EQ(cluster->find_topic("t")->id, (wire::Uuid{{9}}));
  EXPECT_THAT(told, ::testing::Contains(
                        HasSubstr("memory/t-2: has another topic id than t-1; put aside as t-2.")));
}

TEST_F(FoundDirectoriesTest, AHugePartitionNumberIsNotBelieved) {
  add_topic("t");
  write("t", 0, 0);
  cluster->close();
  forget_metadata();
  copy_directory("t-0", "t-2147483647");
  copy_directory("t-0", "t-9999");
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("t")->partitions.size(), 10'000u);
  EXPECT_THAT(told, ::testing::Contains(HasSubstr("memory/t-2147483647: too many partitions below "
                                                  "it have no directory; put aside as ")));
}

}  // namespace
}  // namespace understudy::broker
