#include "broker/server/listener.h"

#include <gmock/gmock.h>

#include "broker/server/test_server.h"

namespace understudy::server {
namespace {

using testing::HasSubstr;

TEST(Endpoint, IsReadAndWritten) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:9092"), (Endpoint{"127.0.0.1", 9092}));
  EXPECT_EQ(parse_endpoint("localhost:0"), (Endpoint{"localhost", 0}));
  EXPECT_EQ(parse_endpoint("[::1]:65535"), (Endpoint{"::1", 65535}));
  EXPECT_EQ(to_string(Endpoint{"::1", 1}), "[::1]:1");
  EXPECT_EQ(to_string(Endpoint{"kafka.example", 9092}), "kafka.example:9092");
}

TEST(Endpoint, IsRefused) {
  for (const char* text :
       {"", ":", "localhost", "localhost:", ":9092", "localhost:65536", "localhost:-1",
        "localhost:90x", "localhost: 90", "::1:9092", "[]:1", "http://localhost:1"}) {
    EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
  }
}

TEST(Endpoint, ThatIsRefusedSaysWhy) {
  for (const char* text : {"", "localhost", "localhost:", "localhost:-1", ":70000", "::1:9092"}) {
    EXPECT_THAT(why_no_endpoint(text), HasSubstr("is not host:port")) << text;
  }
  EXPECT_EQ(why_no_endpoint("localhost:65536"), "has a port above 65535");
  EXPECT_EQ(why_no_endpoint("[::1]:99999999999"), "has a port above 65535");
}

TEST(Listener, ABusyPortIsNamed) {
  asio::io_context io;
  broker::ManualClock clock;
  Network network(io, clock);
  ASSERT_EQ(network.listen(1, {"127.0.0.1", 0}), std::nullopt);
  const std::uint16_t port = network.port(1);
  EXPECT_NE(port, 0);
  EXPECT_EQ(network.listen(2, {"127.0.0.1", port}),
            "cannot listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
}

TEST(Listener, AnUnknownHostIsNamed) {
  asio::io_context io;
  broker::ManualClock clock;
  Network network(io, clock);
  EXPECT_THAT(
      network.listen(1, {"no-such-host.invalid", 0}).value_or(""),
      HasSubstr("cannot listen on no-such-host.invalid:0: unknown host 'no-such-host.invalid'"));
}

TEST(Listener, TakesIPv6Connections) {
  TestServer server({}, "::1");
  const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(server.port());
  address.sin6_addr = in6addr_loopback;
  ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = framed("six");
  ASSERT_EQ(::send(socket, request.data(), request.size(), 0),
            static_cast<ssize_t>(request.size()));
  std::string answer(request.size(), '\0');
  ASSERT_EQ(::recv(socket, answer.data(), answer.size(), MSG_WAITALL),
            static_cast<ssize_t>(answer.size()));
  EXPECT_EQ(answer, request);
  ::close(socket);
}

}  // namespace
}  // namespace understudy::server
