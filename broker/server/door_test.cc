// Limits of connections, on sockets.
#include "broker/server/door.h"

#include "broker/server/connection_limits.h"
#include "broker/server/test_server.h"

namespace understudy::server {
namespace {

constexpr const char* kHere = "127.0.0.1";

class DoorTest : public ::testing::Test {
 protected:
  void limit(const ConnectionLimits& limits) {
    server.call([&](Network& network, TestHandler&) { network.limit(1, limits); });
  }
  void wait_for_open(std::size_t count) {
    server.wait_until(
        [count](Network&, TestHandler& handler) { return handler.open().size() == count; });
  }
  static std::string ask(TestClient& client) {
    client.request("hello");
    return client.answer();
  }

  TestServer server;
};

TEST_F(DoorTest, AConnectionAboveTheLimitOfItsAddressIsClosedAtOnce) {
  limit({.addresses = {{kHere, 1}}});
  TestClient first(server.port());
  EXPECT_EQ(ask(first), "hello");
  TestClient second(server.port());
  EXPECT_TRUE(second.sees_close());
  EXPECT_EQ(ask(first), "hello");
}

TEST_F(DoorTest, AClosedConnectionLeavesItsPlace) {
  limit({.address_connections_max = 1});
  {
    TestClient first(server.port());
    EXPECT_EQ(ask(first), "hello");
  }
  wait_for_open(0);
  TestClient second(server.port());
  EXPECT_EQ(ask(second), "hello");
}

TEST_F(DoorTest, ALoweredLimitOfAnAddressHoldsForNewConnections) {
  TestClient first(server.port());
  TestClient second(server.port());
  EXPECT_EQ(ask(first), "hello");
  EXPECT_EQ(ask(second), "hello");
  limit({.address_connections_max = 1});
  TestClient third(server.port());
  EXPECT_TRUE(third.sees_close());
  EXPECT_EQ(ask(first), "hello");
  EXPECT_EQ(ask(second), "hello");
}

TEST_F(DoorTest, AConnectionWithoutRoomWaitsUntilOneLeaves) {
  limit({.connections_max = 1});
  auto first = std::make_unique<TestClient>(server.port());
  EXPECT_EQ(ask(*first), "hello");
  TestClient second(server.port());
  second.request("later");
  EXPECT_EQ(ask(*first), "hello") << "which has taken its turn after the other arrived";
  EXPECT_EQ(server.received(), (std::vector<std::string>{"hello", "hello"}));
  first.reset();
  EXPECT_EQ(second.answer(), "later");
}

TEST_F(DoorTest, AConnectionWithoutRoomIsLetInByAHigherLimit) {
  limit({.listener_connections_max = 1});
  TestClient first(server.port());
  EXPECT_EQ(ask(first), "hello");
  TestClient second(server.port());
  second.request("later");
  limit({});
  EXPECT_EQ(second.answer(), "later");
  EXPECT_EQ(ask(first), "hello");
}

TEST_F(DoorTest, ALoweredLimitOfAllClosesThoseThatWereSilentLongest) {
  TestClient first(server.port());
  EXPECT_EQ(ask(first), "hello");
  TestClient second(server.port());
  EXPECT_EQ(ask(second), "hello");
  server.advance_clock(1);
  EXPECT_EQ(ask(first), "hello");
  limit({.connections_max = 1});
  EXPECT_TRUE(second.sees_close());
  EXPECT_EQ(ask(first), "hello");
}

TEST_F(DoorTest, AConnectionThatComesTooSoonWaitsForTheClock) {
  const ConnectionRate::Options slow{.per_second_max = 1, .window_count = 2, .window_ms = 1000};
  limit({.rate = slow});
  TestClient first(server.port());
  EXPECT_EQ(ask(first), "hello");
  TestClient second(server.port());
  second.request("later");
  EXPECT_EQ(ask(first), "hello");
  server.advance_clock(999);
  EXPECT_EQ(ask(first), "hello");
  EXPECT_EQ(server.received(), (std::vector<std::string>{"hello", "hello", "hello"}));
  server.advance_clock(1);
  EXPECT_EQ(second.answer(), "later");
}

TEST_F(DoorTest, AnAddressIsTheSameWithinAnother) {
  error_code error;
  EXPECT_EQ(host_of(asio::ip::make_address("::ffff:10.1.2.3", error)), "10.1.2.3");
  EXPECT_EQ(host_of(asio::ip::make_address("0:0::0001", error)), "::1");
  EXPECT_EQ(host_of(asio::ip::make_address("fe80::1%1", error)), "fe80::1") << "without its zone";
}

TEST(ConnectionLimits, HostsAreLookedUp) {
  asio::io_context io;
  broker::BrokerConfig config;
  config.max_connections_per_ip_overrides = {
      {"::ffff:10.0.0.1", 3}, {"", 4}, {"no.such.invalid", 5}};
  const ResolvedLimits resolved = connection_limits(config, io.get_executor());
  EXPECT_EQ(resolved.limits.addresses,
            (std::map<std::string, std::int64_t>{{"10.0.0.1", 3}, {kHere, 4}}));
  EXPECT_EQ(resolved.unknown_hosts, std::vector<std::string>{"no.such.invalid"});
}

TEST(SocketOptions, OnlyWhatIsConfiguredIsSet) {
  asio::io_context io;
  Listener listener(io.get_executor(), 1);
  EXPECT_EQ(
      listener.open({kHere, 0},
                    {.backlog_size = 1, .receive_buffer_bytes = 50'000, .send_buffer_bytes = -1}),
      std::nullopt);
  broker::BrokerConfig config;
  EXPECT_EQ(socket_options(config).backlog_size, std::nullopt);
  config.socket_listen_backlog_size = 7;
  EXPECT_EQ(socket_options(config).backlog_size, 7);
}

}  // namespace
}  // namespace understudy::server
