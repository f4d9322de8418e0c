// A crash ends one life of the broker: what goes with it, what stays, and what a failed start
// leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/core/test_broker.h"
#include "broker/log/files.h"
#include "wire/messages/init_producer_id.h"

namespace understudy::broker {
namespace {

using ::testing::HasSubstr;
using wire::ErrorCode;

class RestartedBroker : public BrokerTest {
 protected:
  explicit RestartedBroker(int nodes = 1) : BrokerTest(nodes) {}

  std::int64_t new_producer_id(ConnectionId connection = kConnection) {
    return ask<wire::InitProducerIdResponse>(wire::InitProducerIdRequest{.transactional_id = {}}, 4,
                                             connection)
        .producer_id;
  }
  std::string metadata_file() {
    for (const Storage::Entry& file : storage.list(kMetadataDirectory)) {
      if (file.name.ends_with(kLogSuffix)) return std::string(kMetadataDirectory) + "/" + file.name;
    }
    ADD_FAILURE() << "no metadata log";
    return {};
  }
};

// Failed before: the half-loaded cluster went on serving, and the next change was written to the
// stored metadata log from offset 0.
TEST_F(RestartedBroker, ServesNothingAndWritesNothingAfterAFailedStart) {
  create_topic("t");
  produce("t", 0, {});
  const std::string good = *storage.load(metadata_file());
  std::string damaged = good;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  ASSERT_TRUE(storage.replace(metadata_file(), damaged));
  const auto failure = broker->crash({.kind = Crash::Kind::kKeepEverything});
  ASSERT_TRUE(failure);
  EXPECT_EQ(broker->failure(), failure);

  deliver(fetch_request("t", 0, 0), 12);
  EXPECT_FALSE(has_answer());
  ASSERT_TRUE(outbox.connections[kConnection].closed);
  EXPECT_THAT(*outbox.connections[kConnection].closed, HasSubstr("the broker is down"));
  EXPECT_EQ(broker->controls().create_topic({.name = "u"}).code, ErrorCode::kBrokerNotAvailable);
  EXPECT_TRUE(broker->controls().topics().empty());
  EXPECT_EQ(broker->next_deadline_ms(), std::nullopt);
  clock.advance(3'600'000);
  broker->advance();
  EXPECT_EQ(*storage.load(metadata_file()), damaged);

  ASSERT_TRUE(storage.replace(metadata_file(), good));
  EXPECT_EQ(broker->restart_clean(), std::nullopt);
  EXPECT_EQ(broker->failure(), std::nullopt);
  outbox.connections.clear();
  EXPECT_FALSE(fetch("t", 0, 0).records->empty());
}

// Failed before: the file that was deleted later in the old life was removed in the new one, where
// its name may have another use.
TEST_F(RestartedBroker, TimersOfTheOldLifeDoNotFireInTheNewOne) {
  create_topic("t");
  produce("t", 0, {});
  ASSERT_FALSE(broker->controls().delete_topic("t").failed());
  std::string discarded;
  for (const Storage::Entry& entry : storage.list("")) {
    if (entry.name.ends_with(kDeleteDirectorySuffix)) discarded = entry.name;
  }
  ASSERT_FALSE(discarded.empty());
  ASSERT_EQ(broker->crash({.kind = Crash::Kind::kKeepEverything}), std::nullopt);
  EXPECT_TRUE(storage.list(discarded).empty()) << "a start removes it";
  ASSERT_TRUE(storage.replace(discarded + "/mine", "content"));
  clock.advance(3'600'000);
  broker->advance();
  EXPECT_EQ(storage.load(discarded + "/mine"), "content");
}

TEST_F(RestartedBroker, RulesAndEventsOutliveACrash) {
  create_topic("t");
  const auto rule = inject({.match = {.api = wire::ApiKey::kProduce},
                            .trigger = Trigger::every_time(),
                            .action = Action::error_code(ErrorCode::kNotEnoughReplicas)});
  const std::uint64_t before = broker->controls().events().last_number();
  ASSERT_EQ(broker->crash({.kind = Crash::Kind::kKeepEverything}), std::nullopt);
  EXPECT_EQ(broker->controls().events().last_number(), before + 1);
  EXPECT_EQ(produce("t", 0, {}).error_code, ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(broker->controls().hits(rule), 1u);
}

class RestartedNode : public RestartedBroker {
 protected:
  RestartedNode() : RestartedBroker(3) {}

  // Makes a session with one partition on the connection's node.
  std::int32_t new_session(ConnectionId connection) {
    wire::FetchRequest request = fetch_request("t", 0, 0);
    request.session_id = 0;
    request.session_epoch = 0;
    return ask<wire::FetchResponse>(request, 12, connection).session_id;
  }
  ErrorCode use_session(std::int32_t id, ConnectionId connection) {
    wire::FetchRequest request = fetch_request("t", 0, 0);
    request.topics.clear();
    request.session_id = id;
    request.session_epoch = 1;
    return ask<wire::FetchResponse>(request, 12, connection).error_code;
  }
};

// Failed before: the node kept its sessions, and the rest of its block of producer ids.
TEST_F(RestartedNode, LosesItsFetchSessionsAndItsProducerIds) {
  create_topic("t", 1, 3);
  const std::int32_t mine = new_session(1);
  const std::int32_t others = new_session(2);
  EXPECT_EQ(new_producer_id(1), 0);
  EXPECT_EQ(new_producer_id(2), 1000);
  EXPECT_EQ(new_producer_id(1), 1);
  ASSERT_EQ(broker->crash({.kind = Crash::Kind::kKeepEverything}, 1), std::nullopt);
  EXPECT_EQ(use_session(mine, 1), ErrorCode::kFetchSessionIdNotFound);
  EXPECT_EQ(use_session(others, 2), ErrorCode::kNone);
  EXPECT_EQ(new_producer_id(1), 2000);
  EXPECT_EQ(new_producer_id(2), 1001);
}

// Failed before: a session of one node was known to all.
TEST_F(RestartedNode, ASessionBelongsToItsNode) {
  create_topic("t", 1, 3);
  EXPECT_EQ(use_session(new_session(1), 2), ErrorCode::kFetchSessionIdNotFound);
}

// Failed before: a batch that a fault held was appended after the crash of the node that had
// received it.
TEST_F(RestartedNode, RequestsThatItHasReceivedDieWithIt) {
  create_topic("t", 1, 3);
  const auto leader = static_cast<ConnectionId>(
      std::get<PartitionView>(broker->controls().partition({"t", 0})).leader);
  const auto rule = inject({.seam = Seam::kBeforeAppend, .action = Action::hold()});
  deliver(produce_request("t", 0, {}), 9, leader);
  broker->disconnected(leader);
  ASSERT_EQ(broker->crash({.kind = Crash::Kind::kKeepEverything}, static_cast<NodeId>(leader)),
            std::nullopt);
  broker->controls().remove_rule(rule);
  EXPECT_EQ(cluster().find_topic("t")->partition(0)->log_end_offset(), 0);
}

}  // namespace
}  // namespace understudy::broker
