// Section 16 of the log and fetch specification, scenarios 24 to 30: fetch sessions (KIP-227).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using wire::FetchRequest;
using wire::FetchResponse;

constexpr Version kLastWithNames = 12;

// The requests of one session. Closes it at the end: others shall find room in the cache.
class FetchSession {
 public:
  explicit FetchSession(TestTopic& topic, Version version = newest(ApiKey::kFetch))
      : topic_(topic), version_(version) {}

  ~FetchSession() {
    if (id_ > 0) ask(-1, {});
  }

  std::int32_t id() const { return id_; }

  // Session epoch 0 with the partitions, all read from offset 0.
  FetchResponse open(const std::vector<std::int32_t>& partitions) {
    FetchResponse response = ask(0, partitions);
    id_ = response.session_id;
    return response;
  }

  FetchResponse ask(std::int32_t session_epoch, const std::vector<std::int32_t>& partitions,
                    std::int64_t offset = 0) {
    return send(request(session_epoch, partitions, offset));
  }

  FetchRequest request(std::int32_t session_epoch, const std::vector<std::int32_t>& partitions,
                       std::int64_t offset = 0) const {
    FetchRequest request = topic_.fetch_request(offset, {.version = version_});
    request.session_id = id_;
    request.session_epoch = session_epoch;
    const auto one = request.topics[0].partitions[0];
    request.topics[0].partitions.clear();
    for (const std::int32_t partition : partitions) {
      request.topics[0].partitions.push_back(one);
      request.topics[0].partitions.back().partition = partition;
    }
    if (partitions.empty()) request.topics.clear();
    return request;
  }

  FetchResponse send(const FetchRequest& request) { return topic_.client().ask(request, version_); }

  FetchResponse forget(std::int32_t session_epoch, const std::vector<std::int32_t>& partitions) {
    FetchRequest request = this->request(session_epoch, {});
    wire::fetch_request::ForgottenTopic forgotten{.partitions = partitions};
    if (version_ > kLastWithNames) {
      forgotten.topic_id = topic_.id();
    } else {
      forgotten.topic = topic_.name();
    }
    request.forgotten_topics_data = {forgotten};
    return send(request);
  }

 private:
  TestTopic& topic_;
  Version version_;
  std::int32_t id_ = 0;
};

std::set<std::int32_t> partitions_in(const FetchResponse& response) {
  std::set<std::int32_t> found;
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partitions) found.insert(partition.partition_index);
  }
  return found;
}

using Partitions = std::set<std::int32_t>;

void append_one(TestTopic& topic, std::int32_t partition) {
  EXPECT_EQ(topic.produce(std::vector<PartitionBatch>{{partition, plain(1)}}).at(0).error_code,
            ErrorCode::kNone);
}

void expect_session_error(const FetchResponse& response, ErrorCode error) {
  EXPECT_EQ(response.error_code, error);
  EXPECT_EQ(response.session_id, 0);
  EXPECT_TRUE(response.responses.empty());
}

TEST(LogAndFetch, S24_SessionAnswersWithWhatChanged) {
  for (const Version version : {Version(7), kLastWithNames, newest(ApiKey::kFetch)}) {
    SCOPED_TRACE("Fetch version " + std::to_string(version));
    TestTopic topic({.partitions = 3});
    FetchSession session(topic, version);
    const FetchResponse opened = session.open({0, 1, 2});
    EXPECT_GT(opened.session_id, 0);
    EXPECT_EQ(partitions_in(opened), (Partitions{0, 1, 2}));

    const FetchResponse idle = session.ask(1, {});
    EXPECT_EQ(idle.error_code, ErrorCode::kNone);
    EXPECT_EQ(idle.session_id, session.id());
    EXPECT_EQ(partitions_in(idle), Partitions{});

    expect_session_error(session.ask(1, {}), ErrorCode::kInvalidFetchSessionEpoch);

    append_one(topic, 1);
    const FetchResponse changed = session.ask(2, {});
    EXPECT_EQ(changed.session_id, session.id());
    EXPECT_EQ(partitions_in(changed), Partitions{1});
    EXPECT_FALSE(partition_of(changed, 1).records.value().empty());
  }
}

TEST(LogAndFetch, S24_SessionlessFetchHasNoId) {
  TestTopic topic;
  FetchSession session(topic);
  const FetchResponse response = session.ask(-1, {0});
  EXPECT_EQ(response.session_id, 0);
  EXPECT_EQ(partitions_in(response), Partitions{0});
}

TEST(LogAndFetch, S25_UnknownSessionIsRefused) {
  TestTopic topic;
  FetchSession session(topic);
  EXPECT_GT(session.open({0}).session_id, 0);
  FetchRequest stranger = session.request(1, {});
  stranger.session_id = session.id() == INT32_MAX ? 1 : session.id() + 1;
  expect_session_error(session.send(stranger), ErrorCode::kFetchSessionIdNotFound);
}

TEST(LogAndFetch, S25_ClosedSessionIsGone) {
  TestTopic topic;
  FetchSession session(topic);
  EXPECT_GT(session.open({0}).session_id, 0);
  EXPECT_EQ(session.ask(1, {}).error_code, ErrorCode::kNone);
  const FetchResponse closed = session.ask(-1, {0});
  EXPECT_EQ(closed.error_code, ErrorCode::kNone);
  EXPECT_EQ(closed.session_id, 0);
  EXPECT_EQ(partitions_in(closed), Partitions{0});
  expect_session_error(session.ask(3, {}), ErrorCode::kFetchSessionIdNotFound);
}

TEST(LogAndFetch, S25_SessionMayBeOpenedAnew) {
  TestTopic topic;
  FetchSession session(topic);
  const std::int32_t old = session.open({0}).session_id;
  const FetchResponse again = session.open({0});
  EXPECT_GT(again.session_id, 0);
  EXPECT_NE(again.session_id, old);
  EXPECT_EQ(partitions_in(again), Partitions{0});
  FetchRequest request = session.request(1, {});
  request.session_id = old;
  expect_session_error(session.send(request), ErrorCode::kFetchSessionIdNotFound);
}

TEST(LogAndFetch, S26_SessionKeepsToNamesOrToIds) {
  TestTopic topic;
  FetchSession with_names(topic, kLastWithNames);
  EXPECT_GT(with_names.open({0}).session_id, 0);
  FetchRequest with_id = topic.fetch_request(0);
  with_id.session_id = with_names.id();
  with_id.session_epoch = 1;
  expect_session_error(topic.client().ask(with_id, 13), ErrorCode::kFetchSessionTopicIdError);

  FetchSession with_ids(topic);
  EXPECT_GT(with_ids.open({0}).session_id, 0);
  FetchRequest with_name = topic.fetch_request(0, {.version = kLastWithNames});
  with_name.session_id = with_ids.id();
  with_name.session_epoch = 1;
  expect_session_error(topic.client().ask(with_name, kLastWithNames),
                       ErrorCode::kFetchSessionTopicIdError);
}

TEST(LogAndFetch, S27_RecoveredPartitionIsShownOnceMore) {
  TestTopic topic;
  const std::string later = unique_name("later");
  FetchSession session(topic, kLastWithNames);
  FetchRequest request = session.request(0, {0});
  request.topics.push_back(request.topics[0]);
  request.topics[1].topic = later;
  request.topics[1].partitions[0].partition = 2;
  const FetchResponse opened = session.send(request);
  ASSERT_GT(opened.session_id, 0);
  EXPECT_EQ(partition_of(opened, 2).error_code, ErrorCode::kUnknownTopicOrPartition);

  std::int32_t epoch = 0;
  const auto ask = [&] {
    FetchRequest next = session.request(++epoch, {});
    next.session_id = opened.session_id;
    return session.send(next);
  };
  // An error is repeated each time, although nothing has changed.
  EXPECT_EQ(partition_of(ask(), 2).error_code, ErrorCode::kUnknownTopicOrPartition);

  TestTopic created({.partitions = 3, .name = later});
  FetchResponse answer;
  ASSERT_TRUE(eventually([&] {
    answer = ask();
    return !partitions_in(answer).contains(2) ||
           partition_of(answer, 2).error_code == ErrorCode::kNone;
  }));
  ASSERT_EQ(partitions_in(answer), Partitions{2});
  EXPECT_EQ(partition_of(answer, 2).high_watermark, 0);
  EXPECT_TRUE(partition_of(answer, 2).records.value().empty());
  EXPECT_EQ(partitions_in(ask()), Partitions{});

  FetchRequest close = session.request(-1, {});
  close.session_id = opened.session_id;
  session.send(close);
}

TEST(LogAndFetch, S28_ForgettingTheLastPartitionClosesTheSession) {
  for (const Version version : {kLastWithNames, newest(ApiKey::kFetch)}) {
    SCOPED_TRACE("Fetch version " + std::to_string(version));
    TestTopic topic({.partitions = 2});
    FetchSession session(topic, version);
    EXPECT_GT(session.open({0, 1}).session_id, 0);
    EXPECT_EQ(session.forget(1, {0}).session_id, session.id());
    append_one(topic, 0);
    EXPECT_EQ(partitions_in(session.ask(2, {})), Partitions{});
    const FetchResponse last = session.forget(3, {1});
    EXPECT_EQ(last.error_code, ErrorCode::kNone);
    EXPECT_EQ(last.session_id, 0);
    EXPECT_TRUE(last.responses.empty());
    expect_session_error(session.ask(4, {}), ErrorCode::kFetchSessionIdNotFound);
  }
}

// No session is old enough to make room, so the next one gets a full answer and no id.
TEST(LogAndFetch, S29_FullCacheGivesNoMoreSessions) {
  TestTopic topic;
  std::vector<std::unique_ptr<FetchSession>> sessions;
  FetchResponse last;
  for (int i = 0; i <= 1000; ++i) {
    sessions.push_back(std::make_unique<FetchSession>(topic));
    last = sessions.back()->open({0});
    if (last.session_id == 0) break;
  }
  EXPECT_EQ(last.error_code, ErrorCode::kNone);
  EXPECT_EQ(last.session_id, 0);
  EXPECT_EQ(partitions_in(last), Partitions{0});
  std::set<std::int32_t> ids;
  for (const auto& session : sessions) ids.insert(session->id());
  EXPECT_EQ(ids.size(), sessions.size());
  EXPECT_EQ(sessions.size(), 1001u) << "on a broker that serves nobody else";
}

TEST(LogAndFetch, S30_OffsetStaysAsItWasSent) {
  TestTopic topic({.partitions = 2});
  append_one(topic, 0);
  append_one(topic, 1);
  FetchSession session(topic);
  EXPECT_EQ(partitions_in(session.open({0, 1})), (Partitions{0, 1}));
  // Partition 0 is now read from 1, partition 1 still from 0: its record comes again.
  const FetchResponse second = session.ask(1, {0}, 1);
  EXPECT_EQ(partitions_in(second), Partitions{1});
  EXPECT_FALSE(partition_of(second, 1).records.value().empty());
  EXPECT_EQ(partitions_in(session.ask(2, {1}, 1)), Partitions{});
}

TEST(LogAndFetch, S30_NewLogStartShowsInTheSession) {
  TestTopic topic({.partitions = 2});
  append_one(topic, 0);
  append_one(topic, 1);
  FetchSession session(topic);
  session.open({0, 1});
  EXPECT_EQ(partitions_in(session.ask(1, {0, 1}, 1)), Partitions{});
  EXPECT_EQ(topic.delete_records(1).low_watermark, 1);
  const FetchResponse changed = session.ask(2, {});
  EXPECT_EQ(partitions_in(changed), Partitions{0});
  EXPECT_EQ(partition_of(changed, 0).log_start_offset, 1);
}

}  // namespace
}  // namespace understudy::conformance
