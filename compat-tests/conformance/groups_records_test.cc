// What the coordinator writes: the stories of section 12.1 of the group specification (scenario
// 93), and what they leave out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/consumer_member.h"
#include "conformance/group_records.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What is written behind a group epoch record when the last member goes: 4.4 notes that the target
// is as new.
std::vector<std::string> and_target(std::vector<std::string> words, const std::string& epoch) {
  if (is_kafka_4_4()) words.push_back("6 epoch " + epoch + " no time");
  return words;
}

// A group whose records are read, and topics that have a name in them.
class GroupStories : public testing::Test {
 protected:
  void name(const TestTopic& topic, const std::string& alias) { records.call(topic.name(), alias); }
  void name(const ClassicMember& member, const std::string& alias) {
    records.call(member.id, alias);
  }

  TestGroup group;
  GroupRecords records{group};
};

TEST_F(GroupStories, Groups_S93_Story1_TwoClassicMembersCommitAndGo) {
  TestTopic topic({.partitions = 2});
  name(topic, "ma");
  ClassicMember a(group);
  ClassicMember b(group);
  EXPECT_EQ(a.join().error_code, ErrorCode::kMemberIdRequired);
  EXPECT_THAT(records.await_next(1), ElementsAre("2 gen 0 of 0"));
  EXPECT_EQ(a.join().generation_id, 1);
  EXPECT_THAT(records.next(), IsEmpty()) << "of a round that is not synced";
  settle({&a});
  EXPECT_THAT(records.next(), ElementsAre("2 gen 1 of 1"));
  EXPECT_EQ(a.commit(topic, {.partition = 0, .offset = 5}), ErrorCode::kNone);
  EXPECT_EQ(a.commit(topic, {.partition = 1, .offset = 6}), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1v4 ma-0=5", "1v4 ma-1=6"));
  form({&a, &b});
  EXPECT_THAT(records.next(), ElementsAre("2 gen 2 of 2"));
  EXPECT_EQ(a.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(b.sync().error_code, ErrorCode::kNone);
  EXPECT_THAT(records.next(), IsEmpty()) << "nothing has changed";
  EXPECT_EQ(b.leave(), ErrorCode::kNone);
  EXPECT_THAT(records.next(), IsEmpty()) << "until the next sync";
  EXPECT_EQ(a.leave(), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("2 gen 3 of 0"));
  EXPECT_EQ(group.remove(), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1T ma-0", "1T ma-1", "2T"));
}

TEST_F(GroupStories, Groups_S93_Story2_CommitsWithoutMembers) {
  TestTopic topic({.partitions = 3});
  name(topic, "ma");
  EXPECT_EQ(group.commit(topic, {.partition = 0, .offset = 5}), ErrorCode::kNone);
  EXPECT_EQ(group.commit(topic, {.partition = 1, .offset = 6}), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1v4 ma-0=5", "1v4 ma-1=6"));
  EXPECT_EQ(group.commit(topic, {.partition = 2, .offset = 7},
                         {.version = kLastCommitWithRetention, .retention_time_ms = 3'600'000}),
            ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1v1 ma-2=7"));
  EXPECT_EQ(group.delete_offset(topic.name(), 0), ErrorCode::kNone);
  EXPECT_EQ(group.delete_offset(topic.name(), 0), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1T ma-0")) << "once";
  EXPECT_EQ(group.remove(), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1T ma-1", "1T ma-2", "2T"));
}

TEST_F(GroupStories, Groups_S93_Story3_TwoConsumerMembersShareATopic) {
  ConsumedTopic topic(4);
  name(topic, "ma");
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  records.next();
  a.join({topic.name()});
  EXPECT_THAT(records.next(),
              ElementsAre("5 A", "3 epoch 2", "7 A has 4", "6 epoch 2", "8 A at 2 (0) has 4"));
  EXPECT_EQ(a.full(of(topic, {0, 1, 2, 3})).epoch, 2);
  EXPECT_THAT(records.next(), IsEmpty()) << "nothing has changed";
  b.join({topic.name()});
  EXPECT_THAT(records.next(), ElementsAre("5 B", "3 epoch 3", "7 A has 2", "7 B has 2", "6 epoch 3",
                                          "8 B at 3 (0) state 2 has 0"));
  a.beat();
  EXPECT_THAT(records.next(), ElementsAre("8 A at 2 (2) state 1 has 2 gives up 2"));
  a.beat(of(topic, {0, 1}));
  EXPECT_THAT(records.next(), ElementsAre("8 A at 3 (2) has 2"));
  b.beat();
  EXPECT_THAT(records.next(), ElementsAre("8 B at 3 (3) has 2"));
  EXPECT_EQ(a.commit(topic, {.offset = 5}), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1v4 ma-0=5"));
  b.leave();
  EXPECT_THAT(records.next(), ElementsAre("8T B", "7T B", "5T B", "3 epoch 4"));
  a.beat();
  EXPECT_THAT(records.next(), ElementsAre("7 A has 4", "6 epoch 4", "8 A at 4 (3) has 4"));
  a.leave();
  EXPECT_EQ(records.next(), and_target({"8T A", "7T A", "5T A", "3 epoch 5 no hash"}, "5"));
  EXPECT_EQ(group.remove(), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1T ma-0", "6T", "4T", "3T"));
}

TEST_F(GroupStories, Groups_S93_Story4_AStaticConsumerMemberComesBack) {
  ConsumedTopic topic(2);
  ConsumedTopic more(1);
  ConsumerMember a(group, "A");
  ConsumerMember a2(group, "A2");
  ConsumerMember a3(group, "A3");
  for (ConsumerMember* const member : {&a, &a2, &a3}) member->instance_id = "I1";
  records.next();
  a.join({topic.name()});
  EXPECT_THAT(records.next(),
              ElementsAre("5 A", "3 epoch 2", "7 A has 2", "6 epoch 2", "8 A at 2 (0) has 2"));
  a.leave_for_now();
  EXPECT_THAT(records.next(), ElementsAre("8 A at -2 (0) has 2"));
  a2.join({topic.name()});
  EXPECT_THAT(records.next(), ElementsAre("8T A", "7T A", "5T A", "5 A2", "7 A2 has 2",
                                          "8 A2 at 0 (0) has 2", "8 A2 at 2 (0) has 2"));
  a2.leave_for_now();
  EXPECT_THAT(records.next(), ElementsAre("8 A2 at -2 (0) has 2"));
  a3.join({topic.name(), more.name()});
  EXPECT_THAT(records.next(),
              ElementsAre("8T A2", "7T A2", "5T A2", "5 A3", "7 A3 has 2", "8 A3 at 0 (0) has 2",
                          "5 A3", "3 epoch 3", "7 A3 has 3", "6 epoch 3", "8 A3 at 3 (0) has 3"));
}

TEST_F(GroupStories, Groups_S93_Story5_AClassicGroupIsUpgradedAndComesBack) {
  ConsumedTopic topic(2);
  name(topic, "ma");
  ClassicMember classic(group);
  classic.subscribe({.topics = {topic.name()}});
  records.next();
  rebalance({&classic});
  name(classic, "c");
  classic.sync({{.member_id = classic.id, .assignment = assignment_of(topic.name(), {0, 1})}});
  EXPECT_THAT(records.next(), ElementsAre("2 gen 0 of 0", "2 gen 1 of 1"));
  EXPECT_EQ(classic.commit(topic, {.offset = 5}), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("1v4 ma-0=5"));
  ConsumerMember n(group, "N");
  n.join({topic.name()});
  EXPECT_THAT(records.next(),
              ElementsAre("2T", "5 c", "3 epoch 1", "7 c has 2", "6 epoch 1 no time",
                          "8 c at 1 (1) has 2", "5 N", "3 epoch 2", "7 N has 1", "7 c has 1",
                          "6 epoch 2", "8 N at 2 (0) state 2 has 0"));
  const auto rejoin = [&](const Partitions& owned) {
    classic.subscribe({.topics = {topic.name()}, .owned = {{topic.name(), owned}}});
    EXPECT_EQ(classic.join().error_code, ErrorCode::kNone);
    EXPECT_EQ(classic.sync().error_code, ErrorCode::kNone);
  };
  rejoin({0, 1});
  EXPECT_THAT(records.next(), ElementsAre("5 c", "8 c at 1 (1) state 1 has 1 gives up 1"));
  rejoin({0});
  EXPECT_THAT(records.next(), ElementsAre("5 c", "8 c at 2 (1) has 1"));
  n.beat();
  EXPECT_THAT(records.next(), ElementsAre("8 N at 2 (2) has 1"));
  n.leave();
  EXPECT_THAT(records.next(), ElementsAre("8T N", "8T c", "7T N", "7T c", "6T", "5T N", "5T c",
                                          "4T", "3T", "2 gen 2 of 1"));
  EXPECT_EQ(classic.join().generation_id, 3);
  classic.sync({{.member_id = classic.id, .assignment = assignment_of(topic.name(), {0, 1})}});
  EXPECT_THAT(records.next(), ElementsAre("2 gen 3 of 1"));
  EXPECT_EQ(classic.leave(), ErrorCode::kNone);
  EXPECT_THAT(records.next(), ElementsAre("2 gen 4 of 0"));
  ConsumerMember again(group, "M");
  again.join({topic.name()});
  EXPECT_THAT(records.next(), ElementsAre("2T", "5 M", "3 epoch 2", "7 M has 2", "6 epoch 2",
                                          "8 M at 2 (0) has 2"));
}

TEST_F(GroupStories, Groups_S93_Story6_ATopicComesAndGoes) {
  const std::string topic_name = unique_name("t");
  records.call(topic_name, "ma");
  ConsumerMember a(group, "A");
  a.join({topic_name});
  EXPECT_THAT(records.next(), ElementsAre("5 A", "3 epoch 2 no hash", "7 A has 0", "6 epoch 2",
                                          "8 A at 2 (0) has 0"));
  ConsumedTopic topic(2, topic_name);
  a.await_news();
  EXPECT_THAT(records.next(),
              ElementsAre("3 epoch 3", "7 A has 2", "6 epoch 3", "8 A at 3 (2) has 2"));
  EXPECT_EQ(group.commit_all(topic, {{.partition = 0, .offset = 5}, {.partition = 1, .offset = 6}},
                             a.committer()),
            (std::vector<ErrorCode>{ErrorCode::kNone, ErrorCode::kNone}));
  EXPECT_THAT(records.next(), ElementsAre("1v4 ma-0=5", "1v4 ma-1=6"));
  topic.remove();
  EXPECT_TRUE(eventually([&] { return group.offsets().empty(); }));
  EXPECT_THAT(records.next(), ElementsAre("1T ma-0", "1T ma-1"));
  a.await_news();
  EXPECT_THAT(records.next(), ElementsAre("3 epoch 4 no hash", "7 A has 0", "6 epoch 4",
                                          "8 A at 3 (3) state 1 has 0 gives up 2"));
  a.beat(kNoPartitions);
  EXPECT_THAT(records.next(), ElementsAre("8 A at 4 (3) has 0"));
}

TEST_F(GroupStories, Groups_S93_ARegexIsWrittenWhenItIsResolved) {
  const std::string prefix = unique_name("ry");
  records.call(prefix + "-.*", "ry");
  ConsumedTopic topic(2, prefix + "-a");
  ConsumerMember a(group, "A");
  records.next();
  a.join_by_regex(prefix + "-.*");
  EXPECT_EQ(a.await_news(), assigned(2, of(topic, {0, 1})));
  EXPECT_THAT(records.next(), ElementsAre("5 A", "8 A at 1 (0) has 0", "16 ry has 1", "3 epoch 2",
                                          "7 A has 2", "6 epoch 2", "8 A at 2 (1) has 2"));
  a.leave();
  EXPECT_EQ(records.next(),
            and_target({"8T A", "7T A", "5T A", "16T ry", "3 epoch 3 no hash"}, "3"));
}

TEST_F(GroupStories, Groups_S93_AnEmptyConsumerGroupBecomesClassic) {
  ConsumedTopic topic(1);
  ConsumerMember a(group, "A");
  a.join({topic.name()});
  a.leave();
  records.next();
  ClassicMember classic(group);
  EXPECT_EQ(classic.join().error_code, ErrorCode::kMemberIdRequired);
  EXPECT_THAT(records.await_next(4), ElementsAre("6T", "4T", "3T", "2 gen 0 of 0"));
}

TEST_F(GroupStories, Groups_S93_AStaticMemberThatComesBackIsWritten) {
  ClassicMember before(group);
  before.instance_id = "I1";
  form({&before});
  records.next();
  ClassicMember after(group);
  after.instance_id = "I1";
  EXPECT_EQ(after.join().generation_id, 1);
  EXPECT_THAT(records.next(), ElementsAre("2 gen 1 of 1"));
  EXPECT_EQ(after.sync().error_code, ErrorCode::kNone);
  EXPECT_THAT(records.next(), IsEmpty());
}

}  // namespace
}  // namespace understudy::conformance
