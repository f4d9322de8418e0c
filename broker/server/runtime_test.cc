#include "broker/server/runtime.h"

#include <gmock/gmock.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "broker/server/test_server.h"

namespace understudy::server {
namespace {

class RuntimeTest : public ::testing::Test {
 public:
  RuntimeTest() {
    EXPECT_EQ(runtime.start().value_or(""), "");
    thread_ = std::thread([this] { runtime.run(); });
  }
  // What would throw here ends the test, and may. NOLINTNEXTLINE(bugprone-exception-escape)
  ~RuntimeTest() override { stop(); }
  RuntimeTest(const RuntimeTest&) = delete;
  RuntimeTest& operator=(const RuntimeTest&) = delete;

 protected:
  void stop() {
    if (!thread_.joinable()) return;
    runtime.stop();
    thread_.join();
  }

  Runtime runtime{RuntimeOptions{}};

 private:
  std::thread thread_;
};

TEST_F(RuntimeTest, RunsWhatIsAskedOnItsOwnThread) {
  const std::thread::id own = runtime.call([] { return std::this_thread::get_id(); });
  EXPECT_NE(own, std::this_thread::get_id());
  std::promise<std::pair<std::thread::id, std::thread::id>> asked;
  runtime.ask_later([] { return std::this_thread::get_id(); },
                    [&](Runtime::Outcome<std::thread::id> outcome) {
                      asked.set_value({std::get<0>(outcome), std::this_thread::get_id()});
                    });
  EXPECT_EQ(asked.get_future().get(), std::pair(own, own));
}

TEST_F(RuntimeTest, AsksInOrderAndWithoutWaiting) {
  std::promise<void> may_begin;
  std::vector<int> order;
  runtime.ask_later([&] { may_begin.get_future().wait(); }, [&](auto) { order.push_back(1); });
  runtime.ask_later([&] { order.push_back(2); }, [&](auto) { order.push_back(3); });
  may_begin.set_value();
  EXPECT_EQ(runtime.call([&] { return order; }), (std::vector<int>{1, 2, 3}));
}

TEST_F(RuntimeTest, HandsOverWhatAnActionThrowsAndGoesOn) {
  const auto fail = [] { throw std::runtime_error("on purpose"); };
  std::promise<bool> has_failed;
  runtime.ask_later(
      fail, [&](Runtime::Outcome<void> outcome) { has_failed.set_value(outcome.index() == 1); });
  EXPECT_TRUE(has_failed.get_future().get());
  EXPECT_THROW(runtime.call(fail), std::runtime_error);
  EXPECT_EQ(runtime.call([] { return 5; }), 5);
}

TEST_F(RuntimeTest, ClosesItsConnectionsWhenItStops) {
  const auto endpoint = parse_endpoint(runtime.bootstrap());
  ASSERT_TRUE(endpoint);
  TestClient client(endpoint->port);
  while (runtime.call([&] { return runtime.connection_count(); }) == 0) std::this_thread::yield();
  stop();
  EXPECT_TRUE(client.sees_close());
  EXPECT_EQ(runtime.connection_count(), 0u);
}

}  // namespace
}  // namespace understudy::server
