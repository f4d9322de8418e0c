#include "broker/faults/faults.h"

#include <gtest/gtest.h>

#include <vector>

namespace understudy::broker {
namespace {

using wire::ApiKey;
using wire::ErrorCode;

class FaultsTest : public ::testing::Test {
 protected:
  FaultsTest() {
    produce.api_key = ApiKey::kProduce;
    produce.client_id = "orders";
    produce.node = 1;
  }

  // Which of `calls` calls the rule strikes at.
  std::vector<int> struck(Trigger trigger, int calls) {
    faults.clear();
    faults.add({.seam = Seam::kResponse,
                .match = {.api = ApiKey::kProduce},
                .trigger = trigger,
                .action = Action::drop_connection()});
    std::vector<int> which;
    for (int call = 1; call <= calls; ++call) {
      if (!faults.strikes(Seam::kResponse, produce, nullptr).empty()) which.push_back(call);
    }
    return which;
  }

  bool strikes(const Match& match, const RequestSubject* subject = nullptr,
               Seam seam = Seam::kAfterAppend) {
    faults.clear();
    faults.add({.seam = seam,
                .match = match,
                .trigger = Trigger::every_time(),
                .action = Action::drop_connection()});
    return !faults.strikes(seam, produce, subject).empty();
  }

  Faults faults;
  Request produce;
  RequestSubject batch{
      .topic = "t", .partition = 2, .producer_id = 7, .producer_epoch = 1, .base_sequence = 5};
};

TEST_F(FaultsTest, TriggersCountMatchingCalls) {
  EXPECT_EQ(struck(Trigger::once(), 4), (std::vector<int>{1}));
  EXPECT_EQ(struck(Trigger::on_call(3), 4), (std::vector<int>{3}));
  EXPECT_EQ(struck(Trigger::times(2), 4), (std::vector<int>{1, 2}));
  EXPECT_EQ(struck(Trigger::every_time(), 4), (std::vector<int>{1, 2, 3, 4}));
}

TEST_F(FaultsTest, AProbabilityIsDrawnFromItsSeed) {
  const auto first = struck(Trigger::with_probability(0.3, 42), 1000);
  EXPECT_EQ(first, struck(Trigger::with_probability(0.3, 42), 1000));
  EXPECT_NE(first, struck(Trigger::with_probability(0.3, 43), 1000));
  EXPECT_GT(first.size(), 200u);
  EXPECT_LT(first.size(), 400u);
  EXPECT_TRUE(struck(Trigger::with_probability(0.0, 1), 100).empty());
}

TEST_F(FaultsTest, MatchesEveryWordOfARule) {
  EXPECT_TRUE(strikes({}, &batch));
  EXPECT_TRUE(strikes({.client_id = "orders", .node = 1}, &batch));
  EXPECT_FALSE(strikes({.client_id = "others"}, &batch));
  EXPECT_FALSE(strikes({.node = 2}, &batch));
  EXPECT_TRUE(strikes(
      {.topic = "t", .partition = 2, .producer_id = 7, .producer_epoch = 1, .base_sequence = 5},
      &batch));
  EXPECT_FALSE(strikes({.topic = "u"}, &batch));
  EXPECT_FALSE(strikes({.partition = 1}, &batch));
  EXPECT_FALSE(strikes({.producer_id = 8}, &batch));
  EXPECT_FALSE(strikes({.producer_epoch = 0}, &batch));
  EXPECT_FALSE(strikes({.base_sequence = 6}, &batch));
}

TEST_F(FaultsTest, AtTheResponseAnyBatchOfTheRequestMatches) {
  const Match match{.api = ApiKey::kProduce, .topic = "t", .partition = 2};
  EXPECT_FALSE(strikes(match, nullptr, Seam::kResponse));
  produce.subjects = {{.topic = "t", .partition = 0}, batch};
  EXPECT_TRUE(strikes(match, nullptr, Seam::kResponse));
}

TEST_F(FaultsTest, OfSeveralNamesInARequestOneHasToMatch) {
  produce.names = {
      .groups = {"g", "h"}, .members = {"m"}, .instances = {"i"}, .transactional_ids = {"t"}};
  for (const Seam seam : {Seam::kRequest, Seam::kResponse}) {
    EXPECT_TRUE(strikes({.group = "h"}, nullptr, seam));
    EXPECT_TRUE(
        strikes({.group = "g", .member_id = "m", .instance_id = "i", .transactional_id = "t"},
                nullptr, seam));
    EXPECT_FALSE(strikes({.group = "i"}, nullptr, seam));
    EXPECT_FALSE(strikes({.group = "g", .member_id = "n"}, nullptr, seam));
    EXPECT_FALSE(strikes({.instance_id = "m"}, nullptr, seam));
    EXPECT_FALSE(strikes({.transactional_id = "u"}, nullptr, seam));
  }
  EXPECT_TRUE(faults.use_names());
  faults.clear();
  faults.add({.match = {.client_id = "orders"}, .action = Action::drop_connection()});
  EXPECT_FALSE(faults.use_names());
}

TEST_F(FaultsTest, CountsItsHits) {
  const auto id = faults.add(
      {.seam = Seam::kResponse, .trigger = Trigger::times(2), .action = Action::drop_connection()});
  for (int i = 0; i < 5; ++i) faults.strikes(Seam::kResponse, produce, nullptr);
  EXPECT_EQ(faults.hits(id), 2u);
  faults.remove(id);
  EXPECT_EQ(faults.hits(id), 2u);
  EXPECT_TRUE(faults.empty());
}

TEST(FaultRule, SaysWhatCannotWork) {
  const auto is_valid = [](Seam seam, Match match, Action action) {
    return !why_invalid({.seam = seam, .match = std::move(match), .action = std::move(action)});
  };
  EXPECT_TRUE(is_valid(Seam::kBeforeAppend, {.api = ApiKey::kProduce},
                       Action::error_code(ErrorCode::kNotLeaderOrFollower)));
  EXPECT_FALSE(is_valid(Seam::kBeforeAppend, {.api = ApiKey::kFetch}, Action::hold()));
  EXPECT_FALSE(is_valid(Seam::kRequest, {.topic = "t"}, Action::hold()));
  EXPECT_FALSE(is_valid(Seam::kRequest, {.api = ApiKey::kProduce},
                        Action::error_code(ErrorCode::kNotController)))
      << "a Produce response has no error code of its own";
  EXPECT_TRUE(is_valid(Seam::kRequest, {.api = ApiKey::kInitProducerId},
                       Action::error_code(ErrorCode::kCoordinatorLoadInProgress)));
  EXPECT_FALSE(is_valid(Seam::kResponse, {.api = ApiKey::kMetadata, .topic = "t"}, Action::hold()));
  EXPECT_TRUE(is_valid(Seam::kRequest, {.api = ApiKey::kJoinGroup, .group = "g"},
                       Action::error_code(ErrorCode::kNotCoordinator)));
  EXPECT_TRUE(is_valid(Seam::kRequest, {.group = "g"}, Action::hold()));
  EXPECT_FALSE(is_valid(Seam::kRequest, {.api = ApiKey::kFetch, .group = "g"}, Action::hold()));
  EXPECT_FALSE(
      is_valid(Seam::kRequest, {.api = ApiKey::kListGroups, .member_id = "m"}, Action::hold()));
  EXPECT_FALSE(is_valid(Seam::kResponse, {}, Action::error_code(ErrorCode::kNone)));
  EXPECT_FALSE(is_valid(Seam::kRequest, {}, Action::cut_response(3)));
  EXPECT_FALSE(is_valid(Seam::kResponse, {}, Action::delay(-1)));
}

}  // namespace
}  // namespace understudy::broker
