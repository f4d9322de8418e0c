#include "broker/server/listener.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "broker/server/descriptor_shares.h"
#include "broker/server/test_server.h"
#include "broker/server/test_storage.h"

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

TEST(Listener, GoesOnAsSoonAsThereIsADescriptorAgain) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UndefinedBehaviorSanitizer looks at memory through a pipe of its own, and takes "
                  "what it cannot look at for damage";
#endif
  TestServer server;
  testing::internal::CaptureStderr();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit one_more = before;
  one_more.rlim_cur = open_files();  // which opens one to count them
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &one_more), 0);
  TestClient client(server.port());
  server.wait_until([](Network&, TestHandler&) {
    struct stat captured{};
    return ::fstat(STDERR_FILENO, &captured) == 0 && captured.st_size > 0;
  });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  client.request("late");
  EXPECT_EQ(client.answer(), "late");
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("node 1 cannot accept a connection: Too many open files; it goes on "
                              "as soon as one is closed"));
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1);
}

TEST(Listener, LeavesDescriptorsForFiles) {
  TestServer server({.connections_max = 2});
  testing::internal::CaptureStderr();
  auto first = std::make_unique<TestClient>(server.port());
  TestClient second(server.port());
  TestClient third(server.port());
  for (TestClient* client : {first.get(), &second, &third}) client->request("a");
  EXPECT_EQ(first->answer(), "a");
  EXPECT_EQ(second.answer(), "a");
  EXPECT_EQ(server.call([](Network& network, TestHandler&) { return network.connection_count(); }),
            2u);
  first.reset();
  EXPECT_EQ(third.answer(), "a");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("with 2 open ones only the descriptors that are kept for files are left"));
}

TEST(DescriptorShares, NeitherSideTakesTheLastOnes) {
  const DescriptorShares few = share_descriptors(64, 1);
  EXPECT_EQ(few.connections_max, 64u - 16 - 16 - 1);
  EXPECT_EQ(few.temporary_files_max, few.connections_max);
  EXPECT_EQ(share_descriptors(1024, 3).connections_max, 1024u - 64 - 16 - 3);
  EXPECT_EQ(share_descriptors(8, 1).connections_max, 1u) << "one at least";
  EXPECT_EQ(share_descriptors(0, 1).connections_max, std::numeric_limits<std::size_t>::max())
      << "unknown";
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
