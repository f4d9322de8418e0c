// What checkers are told, and when.
#include "simulation/checks/checkers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "simulation/world.h"
#include "wire/header.h"
#include "wire/messages/metadata.h"

namespace understudy::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What one checker was told: a line for each call.
using Told = std::vector<std::string>;

struct NameOfBlow {
  std::string operator()(const BrokerStops& blow) const {
    return blow.crash ? "broker crashes" : "broker stops";
  }
  std::string operator()(const NodeStops&) const { return "node stops"; }
  std::string operator()(const ProcessDies& blow) const {
    return blow.serving ? "process dies over a request" : "process dies";
  }
  std::string operator()(const LeaderMoves&) const { return "leader moves"; }
  std::string operator()(const ReplicationHeld&) const { return "replication held"; }
  std::string operator()(const ReplicationReleased&) const { return "replication released"; }
  std::string operator()(const DiskIsFull&) const { return "disk is full"; }
  std::string operator()(const SyncsFail&) const { return "syncs fail"; }
  std::string operator()(const AnswersSpoiled&) const { return "answers spoiled"; }
};

class Recorder : public Checker {
 public:
  Recorder(Told& told, std::string name) : told_(told), name_(std::move(name)) {}

  void request(const Request& request) override { tell("request " + text_of(request)); }
  void answer(const Request& request, const wire::Slice&) override {
    tell("answer " + text_of(request));
  }
  void disconnected(ConnectionId connection) override {
    tell("disconnected " + std::to_string(connection));
  }
  void event(const broker::Event& event) override {
    if (event.batch() != nullptr) tell("batch over " + event.batch()->client_id);
  }
  void befell(const Blow& blow) override { tell(std::visit(NameOfBlow{}, blow)); }
  void recovered() override { tell("recovered"); }
  void look() override { tell("look"); }
  void at_rest() override { tell("at rest"); }
  void end() override { tell("end"); }

 private:
  static std::string text_of(const Request& request) {
    return std::string(wire::name_of(request.key)) + " " + std::to_string(request.correlation_id) +
           " over " + std::to_string(request.connection) + " to node " +
           std::to_string(request.node);
  }
  void tell(const std::string& text) { told_.push_back(name_ + text); }

  Told& told_;
  const std::string name_;
};

class CheckersTest : public ::testing::Test {
 protected:
  CheckersTest() { checkers.add(std::make_unique<Recorder>(told, "")); }

  static Request metadata(ConnectionId connection, std::int32_t correlation_id) {
    return {.connection = connection,
            .node = 1,
            .key = wire::ApiKey::kMetadata,
            .version = 9,
            .correlation_id = correlation_id};
  }
  static wire::Slice answer_to(std::int32_t correlation_id) {
    wire::Output out;
    wire::write_response_header(wire::ApiKey::kMetadata, 9, correlation_id, out);
    wire::encode(wire::MetadataResponse{}, 9, out);
    return out.joined();
  }

  Findings findings;
  Told told;
  Checkers checkers{findings};
};

TEST_F(CheckersTest, AnAnswerComesWithItsRequest) {
  checkers.request(metadata(5, 1));
  checkers.request(metadata(6, 2));
  checkers.answer(6, answer_to(2));
  checkers.answer(5, answer_to(1));
  EXPECT_THAT(
      told,
      ElementsAre("request Metadata 1 over 5 to node 1", "request Metadata 2 over 6 to node 1",
                  "answer Metadata 2 over 6 to node 1", "answer Metadata 1 over 5 to node 1"));
  EXPECT_THAT(findings, IsEmpty());
}

TEST_F(CheckersTest, AnAnswerToAnotherRequestIsAFinding) {
  checkers.request(metadata(5, 1));
  checkers.answer(5, answer_to(2));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].check, Check::kAnswer);
}

TEST_F(CheckersTest, AnAnswerWithoutAHeaderIsAFindingAndNoCheckerIsToldOfIt) {
  checkers.request(metadata(5, 1));
  checkers.answer(5, wire::Slice::copy_of(std::string_view("abc")));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].check, Check::kAnswer);
  EXPECT_THAT(told, ElementsAre("request Metadata 1 over 5 to node 1"));
}

TEST_F(CheckersTest, NothingIsAnsweredOverAConnectionThatIsGone) {
  checkers.request(metadata(5, 1));
  checkers.disconnected(5);
  checkers.answer(5, answer_to(1));
  EXPECT_THAT(told, ElementsAre("request Metadata 1 over 5 to node 1", "disconnected 5"));
}

TEST_F(CheckersTest, CheckersAreToldInTheOrderInWhichTheyWereAdded) {
  checkers.add(std::make_unique<Recorder>(told, "second: "));
  checkers.look();
  checkers.befell(BrokerStops{});
  checkers.recovered();
  EXPECT_THAT(told, ElementsAre("look", "second: look", "broker stops", "second: broker stops",
                                "recovered", "second: recovered"));
}

// One client and one partition, under these troubles at 100 ms.
Schedule small_schedule(const std::vector<Mischief>& troubles) {
  Schedule schedule{.seed = 2,
                    .nodes = 1,
                    .topics = {{.name = "t"}},
                    .clients = {{.kind = ClientKind::kLibrdkafka, .records = 8, .seed = 5}},
                    .duration_ms = 400,
                    .producer_expiration_ms = 86'400'000,
                    .is_calm = true};
  for (const Mischief mischief : troubles) {
    const int number = int(schedule.troubles.size());
    schedule.troubles.push_back(
        {.number = number, .at_ms = 100 + number, .mischief = mischief, .draw = 1});
  }
  return schedule;
}

Told told_of(const std::vector<Mischief>& troubles) {
  Told told;
  World world(small_schedule(troubles), {});
  world.add(std::make_unique<Recorder>(told, ""));
  const RunResult result = world.run();
  for (const Finding& finding : result.findings) {
    ADD_FAILURE() << name_of(finding.check) << ": " << finding.text;
  }
  return told;
}

// Of what was told, what does not come and go over a connection.
Told blows_in(Told told) {
  std::erase_if(told, [](const std::string& line) {
    return line.starts_with("request") || line.starts_with("answer ") ||
           line.starts_with("batch") || line.starts_with("disconnected");
  });
  return told;
}

TEST(CheckersOfAWorld, ARunWithoutTroublesEndsInAStopThatIsToldBeforeItHappens) {
  EXPECT_THAT(blows_in(told_of({})),
              ElementsAre("look", "at rest", "broker stops", "recovered", "end"));
}

TEST(CheckersOfAWorld, ALookComesBeforeEachTroubleAndTheBlowBeforeTheBrokerIsBack) {
  EXPECT_THAT(blows_in(told_of({Mischief::kPowerCut, Mischief::kStop})),
              ElementsAre("look", "broker crashes", "recovered", "look", "broker stops",
                          "recovered", "look", "at rest", "broker stops", "recovered", "end"));
}

TEST(CheckersOfAWorld, AProcessThatDiesIsToldWhenItIsGone) {
  const Told blows = blows_in(told_of({Mischief::kDieInChange}));
  ASSERT_THAT(blows, SizeIs(8));
  EXPECT_EQ(blows[0], "look");
  EXPECT_TRUE(blows[1].starts_with("process dies")) << blows[1];
  EXPECT_EQ(blows[2], "recovered");
}

// From the request on, until it is answered, everything about it lies in between.
TEST(CheckersOfAWorld, ABatchIsDecidedBetweenItsRequestAndTheAnswer) {
  const Told told = told_of({});
  int batches = 0;
  for (auto batch = told.begin(); batch != told.end(); ++batch) {
    if (!batch->starts_with("batch over ")) continue;
    ++batches;
    const std::string connection = " over " + batch->substr(batch->rfind('/') + 1) + " to node 1";
    const auto is_of_it = [&](const std::string& line) { return line.ends_with(connection); };
    const auto before = std::find_if(std::reverse_iterator(batch), told.rend(), is_of_it);
    const auto behind = std::find_if(batch, told.end(), is_of_it);
    ASSERT_TRUE(before != told.rend() && behind != told.end()) << *batch;
    EXPECT_TRUE(before->starts_with("request Produce ")) << *before;
    EXPECT_EQ("answer" + before->substr(std::string("request").size()), *behind);
  }
  EXPECT_GE(batches, 8 / 3);
}

}  // namespace
}  // namespace understudy::simulation
