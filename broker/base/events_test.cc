#include "broker/base/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;

void add(Events& events, int count = 1) {
  for (int i = 0; i < count; ++i) events.add(1000, 1, TopicCreatedEvent{.topic = "t"});
}

std::vector<std::uint64_t> numbers_of(const Events::Page& page) {
  std::vector<std::uint64_t> numbers;
  for (auto event = page.begin; event != page.end; ++event) numbers.push_back(event->number);
  return numbers;
}

TEST(Events, EveryListenerHearsEveryEvent) {
  Events events;
  int first = 0;
  int second = 0;
  const auto one = events.subscribe([&](const Event&) { ++first; });
  const auto two = events.subscribe([&](const Event&) { ++second; });
  add(events, 3);
  EXPECT_EQ(first, 3);
  EXPECT_EQ(second, 3);
}

TEST(Events, ASubscriptionEndsWithItsOwner) {
  Events events;
  int heard = 0;
  {
    Events::Subscription moved;
    Events::Subscription one = events.subscribe([&](const Event&) { ++heard; });
    moved = std::move(one);
    add(events);
  }
  add(events);
  EXPECT_EQ(heard, 1);
}

TEST(Events, ReaderContinuesAfterTheLastNumberItKnows) {
  Events events;
  add(events, 3);
  EXPECT_THAT(numbers_of(events.after(0)), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers_of(events.after(2)), ElementsAre(3));
  EXPECT_THAT(numbers_of(events.after(3)), ElementsAre());
  EXPECT_THAT(numbers_of(events.after(99)), ElementsAre()) << "a number from another broker";
  EXPECT_EQ(events.after(0).missed, 0u);
}

TEST(Events, LateReaderLearnsHowManyEventsItMissed) {
  Events events;
  add(events, static_cast<int>(Events::kStored) + 5);
  EXPECT_EQ(events.stored().size(), Events::kStored);
  const Events::Page page = events.after(2);
  EXPECT_EQ(page.begin->number, 6u);
  EXPECT_EQ(page.missed, 3u);
}

TEST(Events, CountsAreExactForEventsThatAreNoLongerStored) {
  Events events;
  add(events, static_cast<int>(Events::kStored) + 5);
  events.add(1000, 1, BatchEvent{.verdict = BatchEvent::Verdict::kDuplicate});
  EXPECT_EQ(events.count(Event::Kind::kTopicCreated), Events::kStored + 5);
  EXPECT_EQ(events.count(Event::Kind::kDuplicate), 1u);
  EXPECT_EQ(events.count(Event::Kind::kRefused), 0u);
}

TEST(Events, DescribeThemselvesInOneLine) {
  const auto line = [](Event::What what) { return Event{.what = std::move(what)}.describe(); };
  EXPECT_EQ(line(BatchEvent{.verdict = BatchEvent::Verdict::kRefused,
                            .topic = "t",
                            .partition = 2,
                            .producer_id = 7,
                            .producer_epoch = 0,
                            .base_sequence = 5,
                            .error = wire::ErrorCode::kOutOfOrderSequenceNumber,
                            .reason = "expected 1, got 5"}),
            "t-2: refused with OUT_OF_ORDER_SEQUENCE_NUMBER: expected 1, got 5 (producer 7, epoch "
            "0, sequence 5)");
  EXPECT_EQ(line(TopicDeletedEvent{.topic = "t"}), "deleted topic t");
  EXPECT_EQ(line(LeaderMovedEvent{
                .topic = "t", .partition = 0, .before = 1, .now = 2, .leader_epoch = 3}),
            "t-0: node 2 leads after node 1, leader epoch 3");
  EXPECT_EQ(line(RestartedEvent{.what_was_lost = "a clean stop"}), "restarted: a clean stop");
}

TEST(Events, TextsOfGroupsAreCut) {
  Events events;
  events.add(1, 1,
             GroupEvent{.client_id = std::string(30'000, 'c'),
                        .group = std::string(256, 'g'),
                        .member = std::string(257, 'm'),
                        .reason = "short"});
  const auto& event = std::get<GroupEvent>(events.stored().back().what);
  EXPECT_EQ(event.client_id, std::string(256, 'c') + "...");
  EXPECT_EQ(event.group, std::string(256, 'g'));
  EXPECT_EQ(event.member, std::string(256, 'm') + "...");
  EXPECT_EQ(event.reason, "short");
}

}  // namespace
}  // namespace understudy::broker
