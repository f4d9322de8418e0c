#include "broker/server/connection.h"

#include <string>
#include <vector>

#include "broker/server/test_server.h"

namespace understudy::server {
namespace {

using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

TEST(Connection, AnswersARequest) {
  TestServer server;
  TestClient client(server.port());
  client.request("hello");
  EXPECT_EQ(client.answer(), "hello");
}

TEST(Connection, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  TestClient client(server.port());
  std::string requests;
  for (int i = 0; i < 5000; ++i) requests += framed(std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(client.answer(), std::to_string(i));
}

TEST(Connection, PutsARequestTogetherFromSingleBytes) {
  TestServer server;
  TestClient client(server.port());
  const std::string frame = framed("in pieces") + framed("and another");
  for (const char byte : frame) {
    client.send({&byte, 1});
    // The byte has been read before the next one is sent.
    server.call([](Network&, TestHandler&) {});
  }
  EXPECT_EQ(client.answer(), "in pieces");
  EXPECT_EQ(client.answer(), "and another");
}

// Sizes around those of the scratch buffer and of the first memory of a large frame.
TEST(Connection, ReceivesFramesOfAllSizes) {
  TestServer server;
  TestClient client(server.port());
  std::vector<std::string> texts;
  for (const std::size_t size :
       {1u, 65'531u, 65'532u, 65'533u, 100'000u, 1'048'572u, 1'048'573u, 5'000'000u}) {
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
    texts.push_back(std::move(text));
  }
  for (const std::string& text : texts) {
    client.request(text);
    client.request("next");
    ASSERT_TRUE(client.answer() == text) << text.size();
    ASSERT_EQ(client.answer(), "next") << text.size();
  }
}

TEST(Connection, WaitsForTheAnswerBeforeTheNextRequest) {
  TestServer server;
  TestClient client(server.port());
  client.send(framed("park a") + framed("b") + framed("park c") + framed("d"));
  server.wait_until([](Network&, TestHandler& handler) { return handler.parked_count() == 1; });
  EXPECT_EQ(server.received(), std::vector<std::string>({"park a"}));
  server.release();
  EXPECT_EQ(client.answer(), "park a");
  EXPECT_EQ(client.answer(), "b");
  EXPECT_EQ(server.received(), std::vector<std::string>({"park a", "b", "park c"}));
  server.release();
  EXPECT_EQ(client.answer(), "park c");
  EXPECT_EQ(client.answer(), "d");
}

TEST(Connection, AParkedRequestDoesNotHoldUpOthers) {
  TestServer server;
  TestClient parked(server.port());
  TestClient other(server.port());
  parked.request("park");
  server.wait_until([](Network&, TestHandler& handler) { return handler.parked_count() == 1; });
  other.request("through");
  EXPECT_EQ(other.answer(), "through");
  server.release();
  EXPECT_EQ(parked.answer(), "park");
}

// A parked frame shares the memory that others are received into.
TEST(Connection, AParkedFrameKeepsItsBytes) {
  TestServer server;
  TestClient parked(server.port());
  TestClient other(server.port());
  const std::string text = "park " + std::string(3000, 'p');
  parked.request(text);
  server.wait_until([](Network&, TestHandler& handler) { return handler.parked_count() == 1; });
  for (int i = 0; i < 10; ++i) {
    other.request(std::string(4000, 'o'));
    other.answer();
  }
  server.release();
  EXPECT_EQ(parked.answer(), text);
}

TEST(Connection, ARequestWithoutAnswerMakesRoomForTheNext) {
  TestServer server;
  TestClient client(server.port());
  client.send(framed("nothing") + framed("nothing") + framed("something"));
  EXPECT_EQ(client.answer(), "something");
}

TEST(Connection, DeliversAnEmptyFrame) {
  TestServer server;
  TestClient client(server.port());
  client.request("");
  EXPECT_EQ(client.answer(), "");
}

TEST(Connection, AcceptsAFrameOfTheLimitAndClosesForOneMore) {
  CaptureStderr();
  {
    TestServer server({.request_size_max = 100});
    TestClient client(server.port());
    client.request(std::string(100, 'x'));
    EXPECT_EQ(client.answer(), std::string(100, 'x'));
    client.send(framed(std::string(101, 'x')).substr(0, 4));
    EXPECT_TRUE(client.sees_close());
  }
  const std::string log = GetCapturedStderr();
  EXPECT_THAT(
      log, testing::HasSubstr("announce a request of 101 bytes; socket.request.max.bytes is 100"));
  EXPECT_THAT(log, testing::HasSubstr("warn"));
}

TEST(Connection, ClosesForANegativeSize) {
  CaptureStderr();
  {
    TestServer server;
    TestClient client(server.port());
    client.send("\xff\xff\xff\xff");
    EXPECT_TRUE(client.sees_close());
  }
  EXPECT_THAT(GetCapturedStderr(), testing::HasSubstr("announce a request of -1 bytes"));
}

// A client with security.protocol=SSL, and a browser.
TEST(Connection, NamesWhatSpeaksAnotherProtocol) {
  constexpr std::string_view kClientHello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {kClientHello, "a TLS handshake"},
      {"GET / HTTP/1.1\r\n\r\n", "an HTTP request"},
      {"POST /x HTTP/1.1\r\n\r\n", "an HTTP request"},
      {"HEAD / HTTP/1.0\r\n\r\n", "an HTTP request"},
      {"PUT / HTTP/1.1\r\n\r\n", "an HTTP request"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "an HTTP request"},
  };
  for (const auto& [bytes, name] : cases) {
    CaptureStderr();
    {
      TestServer server;
      TestClient client(server.port());
      client.send(bytes);
      EXPECT_TRUE(client.sees_close());
    }
    EXPECT_THAT(GetCapturedStderr(),
                testing::HasSubstr("node 1): it sent " + std::string(name) +
                                   "; this port speaks Kafka's protocol, without TLS"));
  }
}

// A limit above what those bytes announce: then it is a frame like any other.
TEST(Connection, TakesAFrameThatLooksLikeAnotherProtocolIfItMayBeSoLarge) {
  TestServer server({.request_size_max = INT32_MAX});
  TestClient client(server.port());
  client.send("GET ");
  client.send("the rest of more than a gigabyte");
  TestClient other(server.port());
  other.request("ping");
  EXPECT_EQ(other.answer(), "ping");
  EXPECT_EQ(server.call([](Network& network, TestHandler&) { return network.connection_count(); }),
            2u);
}

TEST(Connection, AnswersWhatCameBeforeGarbage) {
  CaptureStderr();
  TestServer server;
  TestClient client(server.port());
  client.send(framed("good") + "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.answer(), "good");
  EXPECT_TRUE(client.sees_close());
  GetCapturedStderr();
}

TEST(Connection, ClosesAfterTheLastAnswerIsWritten) {
  CaptureStderr();
  {
    TestServer server;
    TestClient client(server.port());
    client.send(framed("a") + framed("close") + framed("never delivered"));
    EXPECT_EQ(client.answer(), "a");
    EXPECT_EQ(client.answer(), "close");
    EXPECT_TRUE(client.sees_close());
    EXPECT_EQ(server.received(), std::vector<std::string>({"a", "close"}));
  }
  EXPECT_THAT(GetCapturedStderr(), testing::HasSubstr("node 1): the test wants it"));
}

TEST(Connection, AnswersEverythingAfterAHalfClose) {
  TestServer server;
  TestClient client(server.port());
  client.send(framed("park") + framed("b"));
  client.half_close();
  server.wait_until([](Network&, TestHandler& handler) { return handler.parked_count() == 1; });
  server.release();
  EXPECT_EQ(client.answer(), "park");
  EXPECT_EQ(client.answer(), "b");
  EXPECT_TRUE(client.sees_close());
}

TEST(Connection, InformsTheCoreOnceWhenAClientDisconnects) {
  TestServer server;
  {
    TestClient client(server.port());
    client.request("here");
    EXPECT_EQ(client.answer(), "here");
    const auto open = server.call([](Network&, TestHandler& handler) { return handler.open(); });
    ASSERT_EQ(open.size(), 1u);
    const Peer& peer = open.begin()->second;
    EXPECT_EQ(peer.node, 1) << "the node whose listener took the connection";
    EXPECT_EQ(peer.listener, "PLAINTEXT");
    EXPECT_EQ(peer.host, "127.0.0.1");
    EXPECT_EQ(peer.port, client.port());
  }
  server.wait_until([](Network& network, TestHandler&) { return network.connection_count() == 0; });
  EXPECT_EQ(
      server.call([](Network&, TestHandler& handler) { return handler.disconnected_count(); }), 1);
}

// A long poll of somebody who has left would else wait for its time to be over.
TEST(Connection, EndsAWaitingRequestWhenItsClientGoesAway) {
  TestServer server;
  {
    TestClient client(server.port());
    client.request("park short");
    server.wait_until([](Network&, TestHandler& handler) { return handler.parked_count() == 1; });
  }
  server.wait_until([](Network&, TestHandler& handler) { return handler.open().empty(); });
  EXPECT_EQ(server.call([](Network&, TestHandler& handler) { return handler.parked_count(); }), 0u);
}

TEST(Connection, AnswersAParkedRequestAndTheNextAfterAHalfClose) {
  TestServer server;
  TestClient client(server.port());
  client.request("park a");
  server.wait_until([](Network&, TestHandler& handler) { return handler.parked_count() == 1; });
  client.request("b");
  client.half_close();
  server.release();
  EXPECT_EQ(client.answer(), "park a");
  EXPECT_EQ(client.answer(), "b");
  EXPECT_TRUE(client.sees_close());
}

TEST(Connection, GoesAwayInTheMiddleOfAFrame) {
  TestServer server;
  {
    TestClient client(server.port());
    client.send(framed(std::string(1000, 'x')).substr(0, 500));
  }
  server.wait_until([](Network& network, TestHandler& handler) {
    return handler.disconnected_count() == 1 && network.connection_count() == 0;
  });
  EXPECT_TRUE(server.received().empty());
}

TEST(Connection, StopsReadingFromAClientThatDoesNotReadItsAnswers) {
  TestServer server;
  TestClient client(server.port(), 4096);
  const std::string request = framed("big 100000");
  // Far more answers than sockets and the connection's bound can hold together.
  const int count = 300;
  for (int i = 0; i < count; ++i) client.send(request);
  // The loop is done with what it can do when a request of another client comes back.
  TestClient other(server.port());
  std::size_t delivered = 0;
  for (std::size_t before = 1; before != delivered;) {
    before = delivered;
    for (int i = 0; i < 100; ++i) {
      other.request("ping");
      ASSERT_EQ(other.answer(), "ping");
    }
    const auto received = server.received();
    delivered =
        static_cast<std::size_t>(std::count(received.begin(), received.end(), "big 100000"));
  }
  EXPECT_LT(delivered, static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ASSERT_EQ(client.answer().size(), 100'000u);
}

TEST(Connection, ClosesAConnectionThatIsIdle) {
  TestServer server({.idle_ms_max = 1000});
  TestClient idle(server.port());
  TestClient active(server.port());
  idle.request("once");
  EXPECT_EQ(idle.answer(), "once");
  server.advance_clock(999);
  active.request("still here");
  EXPECT_EQ(active.answer(), "still here");
  server.advance_clock(1);
  EXPECT_TRUE(idle.sees_close());
  active.request("still here");
  EXPECT_EQ(active.answer(), "still here");
}

// As in Kafka: only bytes count, not that an answer is owed.
TEST(Connection, ClosesAnIdleConnectionWithAParkedRequest) {
  TestServer server({.idle_ms_max = 1000});
  TestClient client(server.port());
  client.request("park");
  server.wait_until([](Network&, TestHandler& handler) { return handler.parked_count() == 1; });
  server.advance_clock(1000);
  EXPECT_TRUE(client.sees_close());
  server.release();  // the answer finds nobody
}

TEST(Connection, NeverClosesForIdlenessIfTheLimitIsNegative) {
  TestServer server({.idle_ms_max = -1});
  TestClient client(server.port());
  client.request("a");
  EXPECT_EQ(client.answer(), "a");
  server.advance_clock(1'000'000'000'000);
  client.request("b");
  EXPECT_EQ(client.answer(), "b");
}

TEST(Connection, ServesManyAtOnce) {
  TestServer server;
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<TestClient>(server.port()));
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->request(std::to_string(i));
    for (std::size_t i = 0; i < clients.size(); ++i)
      ASSERT_EQ(clients[i]->answer(), std::to_string(i));
  }
}

}  // namespace
}  // namespace understudy::server
