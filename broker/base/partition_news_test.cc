#include "broker/base/partition_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PartitionKey kFirst{{}, 0};
const PartitionKey kSecond{{}, 1};

class Listener : public PartitionListener {
 public:
  void progressed(const PartitionKey& key) override {
    heard.push_back("progressed " + std::to_string(key.index));
    if (on_progress) on_progress();
  }
  void led_by(const PartitionKey& key, NodeId before, NodeId now) override {
    heard.push_back("led " + std::to_string(key.index) + " from " + std::to_string(before) +
                    " to " + std::to_string(now));
  }
  void removed(const PartitionKey& key) override {
    heard.push_back("removed " + std::to_string(key.index));
  }

  std::vector<std::string> heard;
  std::function<void()> on_progress;
};

class PartitionNewsTest : public ::testing::Test {
 protected:
  PartitionNewsTest() { news.listen(listener); }

  PartitionNews news;
  Listener listener;
};

TEST_F(PartitionNewsTest, ListenersAreCalledInOrderWhenTheCallReturns) {
  const int result = news.during([&] {
    news.progressed(kFirst);
    news.led_by(kSecond, -1, 3);
    news.removed(kFirst);
    EXPECT_THAT(listener.heard, IsEmpty());
    return 7;
  });
  EXPECT_EQ(result, 7);
  EXPECT_THAT(listener.heard, ElementsAre("progressed 0", "led 1 from -1 to 3", "removed 0"));
}

TEST_F(PartitionNewsTest, ACallInsideOfACallWaitsForTheOuterOne) {
  news.during([&] {
    news.during([&] { news.progressed(kFirst); });
    EXPECT_THAT(listener.heard, IsEmpty());
  });
  EXPECT_THAT(listener.heard, ElementsAre("progressed 0"));
}

TEST_F(PartitionNewsTest, OutsideOfACallListenersAreCalledAtOnce) {
  news.progressed(kSecond);
  EXPECT_THAT(listener.heard, ElementsAre("progressed 1"));
}

TEST_F(PartitionNewsTest, TheSameNewsInARowIsHeardOnce) {
  news.during([&] {
    for (int i = 0; i < 5; ++i) news.progressed(kFirst);
  });
  EXPECT_THAT(listener.heard, ElementsAre("progressed 0"));
}

TEST_F(PartitionNewsTest, WhatAListenerChangesIsHeardAfterwards) {
  listener.on_progress = [&] {
    listener.on_progress = nullptr;
    news.removed(kSecond);
    news.progressed(kFirst);
  };
  news.during([&] {
    news.progressed(kFirst);
    news.led_by(kFirst, 1, 2);
  });
  EXPECT_THAT(listener.heard,
              ElementsAre("progressed 0", "led 0 from 1 to 2", "removed 1", "progressed 0"));
}

TEST_F(PartitionNewsTest, NoListenerIsCalledAfterAnException) {
  EXPECT_THROW(news.during([&] {
    news.progressed(kFirst);
    throw std::runtime_error("dying");
  }),
               std::runtime_error);
  EXPECT_THAT(listener.heard, IsEmpty());
}

}  // namespace
}  // namespace understudy::broker
