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
  LimitedHosts hosts(look_up_with(io.get_executor()));
  const auto unknown = hosts.set(1, {{"::ffff:10.0.0.1", 3}, {"", 4}, {"no.such.invalid", 5}});
  EXPECT_EQ(unknown, std::vector<std::string>{"no.such.invalid"});
  const std::map<std::string, std::int64_t> expected = {{"10.0.0.1", 3}, {kHere, 4}};
  EXPECT_EQ(hosts.of(1), expected);
  EXPECT_EQ(connection_limits({}, hosts.of(1)).addresses, expected);
}

// A name that takes long would hold up all clients at every change of any configuration.
TEST(ConnectionLimits, HostsAreLookedUpOnceForAList) {
  std::vector<std::string> asked;
  LimitedHosts hosts([&](const std::string& host) {
    asked.push_back(host);
    return host == "b" ? std::nullopt : std::optional("of " + host);
  });
  EXPECT_EQ(hosts.set(1, {{"a", 1}, {"b", 2}}), std::vector<std::string>{"b"});
  EXPECT_EQ(hosts.set(1, {{"a", 1}, {"b", 2}}), std::vector<std::string>());
  EXPECT_EQ(hosts.set(2, {{"a", 1}, {"b", 2}}), std::vector<std::string>());
  EXPECT_EQ(asked, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(hosts.of(2), (std::map<std::string, std::int64_t>{{"of a", 1}}));
  hosts.set(1, {{"c", 3}});
  EXPECT_EQ(asked, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(hosts.of(1), (std::map<std::string, std::int64_t>{{"of c", 3}}));
  EXPECT_EQ(hosts.of(2), (std::map<std::string, std::int64_t>{{"of a", 1}}));
}

// The sizes of the buffers of a connection to a listener with these options.
struct Buffers {
  int receive = 0;
  int send = 0;
};

Buffers buffers_with(const SocketOptions& options) {
  asio::io_context io;
  Listener listener(io.get_executor(), 1);
  EXPECT_EQ(listener.open({kHere, 0}, options), std::nullopt);
  Buffers buffers;
  listener.start({.has_room = [] { return true; },
                  .accepted =
                      [&](const Socket& socket, const Address&) {
                        asio::socket_base::receive_buffer_size receive;
                        asio::socket_base::send_buffer_size send;
                        error_code error;
                        EXPECT_FALSE(socket.get_option(receive, error));
                        EXPECT_FALSE(socket.get_option(send, error));
                        buffers = {.receive = receive.value(), .send = send.value()};
                        io.stop();
                        return Next::kWait;
                      },
                  .hindered = [](const error_code&) {}});
  const TestClient client(listener.port());
  io.run();
  return buffers;
}

TEST(SocketOptions, BuffersAreSetWhereTheyAreConfigured) {
  const Buffers system = buffers_with({});
  const Buffers receive = buffers_with({.receive_buffer_bytes = 50'000, .send_buffer_bytes = -1});
  EXPECT_GE(receive.receive, 50'000);
  EXPECT_LE(receive.receive, 100'000) << "Linux takes twice as much";
  EXPECT_NE(receive.receive, system.receive);
  EXPECT_EQ(receive.send, system.send);
  const Buffers send = buffers_with({.receive_buffer_bytes = -1, .send_buffer_bytes = 60'000});
  EXPECT_GE(send.send, 60'000);
  EXPECT_LE(send.send, 120'000);
  EXPECT_NE(send.send, system.send);
  EXPECT_EQ(send.receive, system.receive);
}

TEST(SocketOptions, OnlyWhatIsConfiguredIsSet) {
  broker::BrokerConfig config;
  EXPECT_EQ(socket_options(config).backlog_size, std::nullopt);
  EXPECT_EQ(socket_options(config).receive_buffer_bytes, std::nullopt);
  config.socket_listen_backlog_size = 7;
  config.socket_receive_buffer_bytes = 8;
  EXPECT_EQ(socket_options(config).backlog_size, 7);
  EXPECT_EQ(socket_options(config).receive_buffer_bytes, 8);
}

}  // namespace
}  // namespace understudy::server
