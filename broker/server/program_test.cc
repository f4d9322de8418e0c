// The program from outside: how it starts, and what it says.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "broker/server/system_clock.h"
#include "broker/server/test_program.h"
#include "codec/record.h"
#include "wire/messages/produce.h"
#include "wire/request_frame.h"

namespace understudy::server {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(Program, SaysWhereItListensAndAnswersThere) {
  Program program({"--print-bootstrap"});
  const std::string bootstrap = program.line();
  EXPECT_THAT(bootstrap, MatchesRegex("127\\.0\\.0\\.1:[0-9]+"));
  TestClient client(port_of(bootstrap));
  client.request(request(18, 0, "test", ""));
  const std::string answer = client.answer();
  ASSERT_GT(answer.size(), 6u);
  EXPECT_EQ(answer.substr(0, 6), std::string("\0\0\0\x07\0\0", 6)) << "correlation id and no error";
}

TEST(Program, GreetsAPerson) {
  Program program({"--seed", "5", "--profile", "3.6"});
  EXPECT_THAT(
      program.line(),
      MatchesRegex(
          "Understudy answers as Apache Kafka 3\\.6 at 127\\.0\\.0\\.1:[0-9]+ \\(seed 5\\)\\."));
}

TEST(Program, HasAPortForEachNode) {
  Program program({"--nodes", "3", "--print-bootstrap"});
  EXPECT_THAT(program.line(),
              MatchesRegex("127\\.0\\.0\\.1:[0-9]+,127\\.0\\.0\\.1:[0-9]+,127\\.0\\.0\\.1:[0-9]+"));
}

TEST(Program, ListensOnIPv6) {
  Program program({"--listen", "[::1]:0", "--print-bootstrap"});
  EXPECT_THAT(program.line(), MatchesRegex("\\[::1\\]:[0-9]+"));
}

TEST(Program, ClientsGetTheAdvertisedAddress) {
  Program program({"--nodes", "2", "--advertise", "kafka.test:7000", "--print-bootstrap"});
  EXPECT_EQ(program.line(), "kafka.test:7000,kafka.test:7001");
}

TEST(Program, AdvertisesThePortThatItGot) {
  Program program({"--listen", "0.0.0.0:0", "--advertise", "kafka.test:0", "--print-bootstrap"});
  const std::string line = program.line();
  EXPECT_THAT(line, MatchesRegex("kafka\\.test:[0-9]+"));
  TestClient client(port_of(line));
  client.request(request(18, 0, "test", ""));
  EXPECT_GT(client.answer().size(), 6u);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(program.rest_of_errors(), "");
}

TEST(Program, WarnsOnceAboutAWildcardAddressWithoutAnAdvertisedOne) {
  Program program({"--listen", "0.0.0.0:0", "--nodes", "3", "--print-bootstrap"});
  EXPECT_THAT(program.line(), MatchesRegex("127\\.0\\.0\\.1:[0-9]+,.*"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.rest_of_errors(),
              MatchesRegex("[^\n]* warning listening on 0\\.0\\.0\\.0, but clients get "
                           "127\\.0\\.0\\.1, which no other machine can reach; --advertise names "
                           "an address for them\n"));
}

TEST(Program, MakesTopicsAtTheStart) {
  Program program({"--topic", "wanted:3", "--print-bootstrap"});
  TestClient client(port_of(program.line()));
  client.request(
      request(3, 1, "test", std::string("\xff\xff\xff\xff", 4)));  // Metadata, all topics
  EXPECT_THAT(client.answer(), HasSubstr("wanted"));
}

TEST(Program, ABusyPortIsOneLineAndAFailure) {
  Program first({"--print-bootstrap"});
  const std::string bootstrap = first.line();
  const Outcome second = run({"--listen", bootstrap, "--print-bootstrap"});
  EXPECT_EQ(second.code, 1);
  EXPECT_EQ(second.output, "");
  EXPECT_EQ(second.errors,
            "understudy: cannot listen on " + bootstrap + ": Address already in use\n");
}

TEST(Program, AnUnknownHostIsOneLineAndAFailure) {
  const Outcome outcome = run({"--listen", "no-such-host.invalid:0"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(outcome.errors, MatchesRegex("understudy: cannot listen on no-such-host\\.invalid:0: "
                                           "unknown host 'no-such-host\\.invalid' \\([^\n]*\\)\n"));
}

TEST(Program, EndpointsThatDoNotFitTheNodesAreAFailure) {
  const Outcome outcome =
      run({"--nodes", "3", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.errors,
            "understudy: --listen is given 2 times for 3 nodes: give it once, or once per node\n");
  EXPECT_EQ(run({"--nodes", "2", "--listen", "127.0.0.1:65535"}).errors,
            "understudy: --listen 127.0.0.1:65535 leaves no port for 2 nodes\n");
}

TEST(Program, WrongUsageIsOneLineOnStderrAndExitCodeTwo) {
  const Outcome outcome = run({"--override", "no.such.property=1"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.errors,
            "understudy: --override: 'no.such.property' is not a broker property of Kafka 4.4 (see "
            "--help)\n");
}

TEST(Program, HelpAndVersionGoToStdout) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.output, HasSubstr("--print-bootstrap"));
  EXPECT_EQ(help.errors, "");
  EXPECT_THAT(run({"--version"}).output, MatchesRegex("understudy [0-9.]+\n"));
}

TEST(Program, PrintsTheTableOfApis) {
  const Outcome outcome = run({"--dump-api-table"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("| 18 | ApiVersions | 0-5 |\n"));
}

TEST(Program, PrintsTheTableOfProperties) {
  const Outcome outcome = run({"--dump-property-table"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("`max.connections.per.ip`"));
  EXPECT_THAT(outcome.output, HasSubstr("* it has no TLS: `ssl.*`\n"));
}

TEST(Program, LimitsTheConnectionsOfAnAddress) {
  Program program(
      {"--override", "max.connections.per.ip.overrides=localhost:1", "--print-bootstrap"});
  const std::uint16_t port = port_of(program.line());
  TestClient first(port);
  first.request(request(18, 0, "t", ""));
  EXPECT_NE(first.answer(), "(closed)");
  TestClient second(port);
  EXPECT_TRUE(second.sees_close());
}

TEST(Program, AnUnknownHostOfALimitIsNamed) {
  const Outcome outcome = run({"--override", "max.connections.per.ip.overrides=no.such.invalid:1"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.errors,
            "understudy: max.connections.per.ip.overrides: unknown host no.such.invalid\n");
}

TEST(Program, LogsAFrameThatMakesNoSense) {
  Program program({"--print-bootstrap"});
  TestClient client(port_of(program.line()));
  client.request(request(0, 9, "orders", std::string("\0\0", 2)));
  EXPECT_TRUE(client.sees_close());
  const std::string line = program.error_line();
  EXPECT_THAT(line, HasSubstr("warning closing 127.0.0.1:"));
  EXPECT_THAT(line, HasSubstr("node 1"));
  EXPECT_THAT(line, HasSubstr("Produce v9 from client \"orders\": "));
}

TEST(Program, LimitsTheSizeOfRequests) {
  Program program({"--override", "socket.request.max.bytes=100", "--print-bootstrap"});
  TestClient client(port_of(program.line()));
  client.send(framed(std::string(101, 'x')).substr(0, 4));
  EXPECT_TRUE(client.sees_close());
}

class MovedClock : public KeptData {
 protected:
  void move(std::int64_t seconds) const {
    std::ofstream(shift_ + ".new") << seconds;
    std::filesystem::rename(shift_ + ".new", shift_);
  }
  std::vector<std::string> environment() const {
    return {"LD_PRELOAD=" + beside_this_test(UNDERSTUDY_MOVED_CLOCK),
            "UNDERSTUDY_MOVED_CLOCK=" + shift_, "ASAN_OPTIONS=verify_asan_link_order=0"};
  }
  static wire::produce_response::PartitionProduceResponse produce(TestClient& client,
                                                                  const std::string& topic,
                                                                  std::int64_t timestamp_ms) {
    codec::RecordBatchBuilder builder;
    builder.add({.timestamp = timestamp_ms, .key = "k", .value = "v"});
    wire::ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 1000;
    request.topic_data.push_back(
        {.name = topic, .partition_data = {{.records = builder.build_slice()}}});
    constexpr wire::Version kVersion = 9;
    client.request(wire::request_frame({.client_id = "test"}, request, kVersion).view());
    wire::ProduceResponse response;
    wire::DecodeError error;
    const auto answer =
        wire::read_answer(response, kVersion, wire::Slice::copy_of(client.answer()), error);
    EXPECT_TRUE(answer) << error.describe();
    return response.responses.at(0).partition_responses.at(0);
  }

 private:
  const std::string shift_ = directory + ".shift";
};

TEST_F(MovedClock, IsReadAnewForEachRecord) {
  Program program({"--topic", "t", "--override", "log.message.timestamp.type=LogAppendTime",
                   "--print-bootstrap"},
                  environment());
  TestClient client(port_of(program.line()));
  for (const std::int64_t hours : {0, 2, 10, -1}) {
    move(hours * 3600);
    const std::int64_t now_ms = wall_clock_ms() + hours * 3'600'000;
    const auto answer = produce(client, "t", now_ms);
    EXPECT_EQ(answer.error_code, wire::ErrorCode::kNone) << hours;
    EXPECT_NEAR(static_cast<double>(answer.log_append_time_ms), static_cast<double>(now_ms),
                60'000);
  }
}

TEST_F(KeptData, IsNotSharedWithASecondProcess) {
  Program first(arguments());
  EXPECT_FALSE(first.line().empty());
  Program second(arguments());
  EXPECT_EQ(second.wait(), 1);
  EXPECT_EQ(second.rest_of_output(), "");
  EXPECT_THAT(second.rest_of_errors(), HasSubstr(directory));
}

TEST_F(KeptData, ThatIsDamagedIsRefusedInOneLine) {
  {
    Program first(arguments());
    EXPECT_FALSE(first.line().empty());
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait(), 0);
  }
  std::ofstream(directory + "/meta.properties") << "nothing";
  Program second(arguments());
  EXPECT_EQ(second.wait(), 1);
  const std::string errors = second.rest_of_errors();
  EXPECT_THAT(errors, HasSubstr(directory + "/meta.properties: damaged"));
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1);
}

TEST_F(KeptData, StoredTopicStaysAsItIs) {
  {
    Program first(arguments());
    EXPECT_FALSE(first.line().empty());
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait(), 0);
  }
  Program second({"--data-dir", directory, "--topic", "orders:5", "--print-bootstrap"});
  EXPECT_FALSE(second.line().empty());
  second.signal(SIGTERM);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_THAT(second.rest_of_errors(), HasSubstr("--topic orders:5: the stored topic has 3"));
}

TEST_F(KeptData, IsNamedByItsWholePath) {
  Program program({"--data-dir", directory + "/../" + directory.substr(directory.rfind('/') + 1)});
  program.line();
  EXPECT_EQ(program.line(), "Data is stored in " + directory + "; Ctrl-C stops the broker.");
}

TEST_F(KeptData, NeedsADirectory) {
  const std::string file = directory + "/file";
  std::ofstream(file) << "x";
  Program program({"--data-dir", file + "/below"});
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.rest_of_errors(), HasSubstr(file + "/below"));
}

}  // namespace
}  // namespace understudy::server
