#include "broker/server/loops.h"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "broker/server/test_server.h"

namespace understudy::server {
namespace {

constexpr std::size_t kLoops = 3;

// Loops that run, before a handler that complains when two threads are in it at a time.
class TestLoops {
 public:
  explicit TestLoops(const NetworkOptions& options = {})
      : loops_(kLoops, clock_), handler_(loops_) {
    EXPECT_EQ(loops_.listen(1, {"127.0.0.1", 0}).value_or(""), "");
    EXPECT_EQ(loops_.start(handler_, options).value_or(""), "");
    thread_ = std::thread([this] { loops_.run(); });
  }
  // What would throw here ends the test, and may. NOLINTNEXTLINE(bugprone-exception-escape)
  ~TestLoops() {
    alone([this] { loops_.stop(); });
    asio::post(loops_.first_io(), [this] { loops_.end(); });
    thread_.join();
  }

  std::uint16_t port() const { return loops_.port(1); }
  Loops& loops() { return loops_; }
  TestHandler& handler() { return handler_; }

  template <class Action>
  std::invoke_result_t<Action> alone(Action action) {
    std::packaged_task<std::invoke_result_t<Action>()> task(action);
    auto result = task.get_future();
    asio::post(loops_.first_io(), [this, &task] { loops_.alone(task); });
    return result.get();
  }
  template <class Condition>
  void wait_until(Condition condition) {
    while (!alone(condition)) std::this_thread::yield();
  }
  void advance_clock(std::int64_t ms) {
    alone([&] {
      clock_.advance(ms);
      loops_.close_idle();
    });
  }

 private:
  broker::ManualClock clock_;
  Loops loops_;
  TestHandler handler_;
  std::thread thread_;
};

TEST(Loops, TakeConnectionsInTurn) {
  TestLoops loops;
  std::vector<std::unique_ptr<TestClient>> clients;
  for (std::size_t i = 0; i < 2 * kLoops; ++i) {
    clients.push_back(std::make_unique<TestClient>(loops.port()));
    clients.back()->request("hello");
    ASSERT_EQ(clients.back()->answer(), "hello");
  }
  std::vector<broker::ConnectionId> ids;
  loops.alone([&] {
    for (const auto& [id, node] : loops.handler().open()) ids.push_back(id);
  });
  EXPECT_THAT(ids, testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Loops, AnswerEachConnectionInItsOrder) {
  constexpr int kRequests = 2000;
  TestLoops loops;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2 * kLoops; ++i) {
    threads.emplace_back([&loops, i] {
      TestClient client(loops.port());
      const std::string name = std::to_string(i) + ":";
      std::string requests;
      for (int k = 0; k < kRequests; ++k) requests += framed(name + std::to_string(k));
      client.send(requests);
      for (int k = 0; k < kRequests; ++k) ASSERT_EQ(client.answer(), name + std::to_string(k));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto received = loops.alone([&] { return loops.handler().received().size(); });
  EXPECT_EQ(received, 2 * kLoops * kRequests);
}

// What waits is often ended by somebody else's request, which another thread has received.
TEST(Loops, BringAnAnswerToTheLoopOfItsConnection) {
  TestLoops loops;
  std::vector<std::unique_ptr<TestClient>> waiting;
  for (std::size_t i = 0; i < kLoops; ++i) {
    waiting.push_back(std::make_unique<TestClient>(loops.port()));
    waiting.back()->request("park " + std::to_string(i));
    waiting.back()->request("next");
  }
  loops.wait_until([&] { return loops.handler().parked_count() == kLoops; });
  TestClient other(loops.port());
  other.request("release");
  EXPECT_EQ(other.answer(), "release");
  for (std::size_t i = 0; i < kLoops; ++i) {
    EXPECT_EQ(waiting[i]->answer(), "park " + std::to_string(i));
    EXPECT_EQ(waiting[i]->answer(), "next");
  }
}

TEST(Loops, EnterTheCoreForTheMachineToo) {
  TestLoops loops;
  TestClient first(loops.port());
  TestClient second(loops.port());
  first.request("park 1");
  second.request("park 2");
  loops.wait_until([&] { return loops.handler().parked_count() == 2; });
  loops.loops().post([&] { loops.handler().release(); });
  EXPECT_EQ(first.answer(), "park 1");
  EXPECT_EQ(second.answer(), "park 2");
}

TEST(Loops, StandStillForOneThatIsAlone) {
  TestLoops loops;
  std::vector<std::unique_ptr<TestClient>> clients;
  for (std::size_t i = 0; i < kLoops; ++i) {
    clients.push_back(std::make_unique<TestClient>(loops.port()));
    clients.back()->request("park");
  }
  loops.wait_until([&] { return loops.handler().parked_count() == kLoops; });
  // Answers of all loops' connections, and closing them, from the one thread.
  loops.alone([&] {
    loops.handler().release();
    EXPECT_EQ(loops.loops().connection_count(), kLoops);
  });
  for (const auto& client : clients) EXPECT_EQ(client->answer(), "park");
  loops.alone([&] { loops.loops().drop_connections(1); });
  for (const auto& client : clients) EXPECT_TRUE(client->sees_close());
  EXPECT_EQ(loops.alone([&] { return loops.handler().disconnected_count(); }),
            static_cast<int>(kLoops));
}

TEST(Loops, CloseIdleConnectionsOfAll) {
  TestLoops loops({.idle_ms_max = 1000});
  std::vector<std::unique_ptr<TestClient>> clients;
  for (std::size_t i = 0; i < kLoops; ++i) {
    clients.push_back(std::make_unique<TestClient>(loops.port()));
    clients.back()->request("hello");
    ASSERT_EQ(clients.back()->answer(), "hello");
  }
  loops.advance_clock(1000);
  for (const auto& client : clients) EXPECT_TRUE(client->sees_close());
}

TEST(Loops, PassOnWhatAnActionThrowsAndGoOn) {
  TestLoops loops;
  EXPECT_THROW(loops.alone([] { throw std::runtime_error("on purpose"); }), std::runtime_error);
  TestClient client(loops.port());
  client.request("hello");
  EXPECT_EQ(client.answer(), "hello");
}

// It stays in the request until it is let go, and then gives run() every chance to return.
class HoldingHandler : public RequestHandler {
 public:
  void connected(broker::ConnectionId /*id*/, broker::NodeId /*node*/) override {}
  void disconnected(broker::ConnectionId /*id*/) override {}
  void receive(broker::ConnectionId id, wire::Slice /*frame*/) override {
    entered.set_value(id);
    let_go.get_future().wait();
    for (int i = 0; i < 10'000 && !run_is_over; ++i) std::this_thread::yield();
    run_was_over_before = run_is_over.load();
  }
  void turn_finished() override {}

  std::promise<broker::ConnectionId> entered;
  std::promise<void> let_go;
  std::atomic<bool> run_is_over = false;
  std::atomic<bool> run_was_over_before = false;
};

// The handler may be gone as soon as run() is over.
TEST(Loops, EndOnceNobodyIsInTheHandler) {
  broker::ManualClock clock;
  HoldingHandler handler;
  {
    Loops loops(2, clock);
    ASSERT_EQ(loops.listen(1, {"127.0.0.1", 0}).value_or(""), "");
    ASSERT_EQ(loops.start(handler, {}).value_or(""), "");
    std::thread thread([&] {
      loops.run();
      handler.run_is_over = true;
    });
    const TestClient of_the_first_loop(loops.port(1));
    TestClient of_the_second_loop(loops.port(1));
    of_the_second_loop.request("hold");
    EXPECT_EQ(handler.entered.get_future().get(), 2);
    asio::post(loops.first_io(), [&] {
      loops.end();
      handler.let_go.set_value();
    });
    thread.join();
  }
  EXPECT_FALSE(handler.run_was_over_before);
}

}  // namespace
}  // namespace understudy::server
