// The program from outside: how it ends, and what it does without what it needs.

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "broker/server/test_program.h"

namespace understudy::server {
namespace {

using testing::HasSubstr;

TEST(Program, StopsCleanlyOnSigtermWithNothingElseOnStdout) {
  Program program({"--print-bootstrap"});
  TestClient client(port_of(program.line()));
  client.request(request(18, 0, "test", ""));
  client.answer();
  program.signal(SIGTERM);
  EXPECT_TRUE(client.sees_close());
  EXPECT_EQ(program.rest_of_output(), "");
  EXPECT_EQ(program.rest_of_errors(), "");
  EXPECT_EQ(program.wait(), 0);
}

TEST(Program, GoesOnAfterAHangupThatItWasStartedToIgnore) {  // nohup
  Program program(kWithoutHangups, {"--print-bootstrap"});
  const std::uint16_t port = port_of(program.line());
  program.signal(SIGHUP);
  TestClient client(port);
  client.request(request(18, 0, "test", ""));
  EXPECT_GT(client.answer().size(), 6u);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

TEST(Program, AnAddressThatNobodyGetsIsAFailure) {
  for (const char* const option : {"--print-bootstrap", "--seed=1"}) {
    const Outcome full = run({option}, kWithStdoutFull);
    EXPECT_EQ(full.code, 1);
    EXPECT_EQ(full.errors, "understudy: cannot write to stdout: No space left on device\n");
    const Outcome closed = run({option}, kWithStdoutClosed);
    EXPECT_EQ(closed.code, 1);
    EXPECT_EQ(closed.errors, "understudy: cannot write to stdout: Bad file descriptor\n");
  }
}

TEST(Program, TextThatNobodyGetsIsAFailure) {
  for (const char* const option : {"--help", "--version", "--dump-api-table"}) {
    const Outcome full = run({option}, kWithStdoutFull);
    EXPECT_EQ(full.code, 1) << option;
    EXPECT_EQ(full.errors, "understudy: cannot write to stdout: No space left on device\n");
    EXPECT_EQ(run({option}, kWithStdoutClosed).code, 1) << option;
  }
}

TEST(Program, NeedsNoStderr) {
  for (const char* const script : {kWithStderrClosed, kWithStderrFull}) {
    Program program(script, {"--print-bootstrap", "--log-level", "trace"});
    TestClient client(port_of(program.line()));
    for (int i = 0; i < 3; ++i) {
      client.request(request(18, 0, "test", ""));
      EXPECT_EQ(client.answer().substr(0, 6), std::string("\0\0\0\x07\0\0", 6));
    }
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(), 0);
  }
}

TEST(Program, ClosesAConnectionWhoseRequestIsTooMuchForItsMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes more addresses than any limit leaves";
#endif
  Program program({"--print-bootstrap"});
  const std::uint16_t port = port_of(program.line());
  program.limit_memory(64u << 20);
  const std::string large = framed(std::string(100u << 20, 'x'));
  for (int i = 0; i < 3; ++i) {
    TestClient client(port);
    EXPECT_FALSE(client.send_unless_closed(large));
    EXPECT_THAT(program.error_line(), HasSubstr("there is no memory for its request"));
  }
  TestClient client(port);
  client.request(request(18, 0, "test", ""));
  EXPECT_GT(client.answer().size(), 6u);
}

// Not all of them are served at a time, but nobody is forgotten, and nobody fills the log.
TEST(Program, OutlivesMoreConnectionsThanItMayHave) {
  Program program(kWithFewDescriptors, {"--print-bootstrap", "--nodes", "2"});
  const std::uint16_t port =
      port_of(program.line().substr(0, std::string("127.0.0.1:00000").size()));
  {
    std::vector<std::unique_ptr<TestClient>> crowd;
    for (int i = 0; i < 100; ++i) {
      crowd.push_back(std::make_unique<TestClient>(port));
      crowd.back()->request(request(18, 0, "test", ""));
    }
    EXPECT_GT(crowd.front()->answer().size(), 6u);
    EXPECT_THAT(program.error_line(), HasSubstr("cannot accept a connection: "));
    while (crowd.size() > 10) crowd.erase(crowd.begin());
    // The newest come in now that others have gone.
    EXPECT_GT(crowd.back()->answer().size(), 6u);
  }
  TestClient late(port);
  late.request(request(18, 0, "test", ""));
  EXPECT_GT(late.answer().size(), 6u);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  const std::string errors = program.rest_of_errors();
  EXPECT_LE(std::count(errors.begin(), errors.end(), '\n'), 2);
}

TEST_F(KeptData, IsThereAfterAStopAndAfterAKill) {
  {
    Program first(arguments());
    EXPECT_FALSE(first.line().empty());
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait(), 0);
    EXPECT_EQ(first.rest_of_errors(), "");
  }
  EXPECT_TRUE(std::filesystem::exists(directory + "/.kafka_cleanshutdown"));
  {
    // The topic is there already: --topic is content with that.
    Program second(arguments());
    EXPECT_FALSE(second.line().empty());
    EXPECT_FALSE(std::filesystem::exists(directory + "/.kafka_cleanshutdown"));
    second.signal(SIGKILL);
    EXPECT_EQ(second.wait(), -SIGKILL);
  }
  Program third(arguments());
  EXPECT_FALSE(third.line().empty());
  third.signal(SIGTERM);
  EXPECT_EQ(third.wait(), 0);
  EXPECT_EQ(third.rest_of_errors(), "");
}

TEST_F(KeptData, IsClosedCleanlyByEachSignal) {
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    Program program(arguments());
    EXPECT_FALSE(program.line().empty());
    EXPECT_FALSE(std::filesystem::exists(directory + "/.kafka_cleanshutdown"));
    program.signal(number);
    EXPECT_EQ(program.wait(), 0);
    EXPECT_EQ(program.rest_of_errors(), "");
    EXPECT_TRUE(std::filesystem::exists(directory + "/.kafka_cleanshutdown")) << number;
  }
}

TEST_F(KeptData, IsClosedCleanlyIfTheAddressGoesNowhere) {
  Program program(kWithStdoutFull, arguments());
  EXPECT_EQ(program.wait(), 1);
  EXPECT_TRUE(std::filesystem::exists(directory + "/.kafka_cleanshutdown"));
}

// A closed stream must not be the number of a file of ours, which would get the log.
TEST_F(KeptData, GetsNothingThatWasForAStream) {
  std::vector<std::string> options = arguments();
  options.insert(options.end(), {"--log-level", "trace"});
  Program program("exec \"$@\" <&- 2>&-", options);
  TestClient client(port_of(program.line()));
  client.request(request(18, 0, "test", ""));
  EXPECT_GT(client.answer().size(), 6u);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(std::filesystem::file_size(directory + "/.lock"), 0u);
}

// A directory that takes the place of a file cannot be replaced: no other way keeps root out.
TEST_F(KeptData, ThatCannotBeClosedIsAFailureInOneLine) {
  Program program(arguments());
  EXPECT_FALSE(program.line().empty());
  std::filesystem::create_directories(directory + "/.kafka_cleanshutdown/in-the-way");
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.rest_of_errors(), HasSubstr("understudy: " + directory +
                                                  ": not everything could be written at the "
                                                  "stop; the next start recovers every log\n"));
}

// Data on a disk whose syncs do not end, once the test wants it.
class StuckDisk : public KeptData {
 public:
  ~StuckDisk() override { std::filesystem::remove(file_); }

 protected:
  void get_stuck() const { std::ofstream(file_) << "from now on"; }
  std::vector<std::string> environment() const {
    return {"LD_PRELOAD=" + beside_this_test(UNDERSTUDY_STUCK_DISK),
            "UNDERSTUDY_STUCK_DISK=" + file_, "ASAN_OPTIONS=verify_asan_link_order=0"};
  }
  // The signal comes as often as it takes; a time after which nothing is to be expected.
  static void insist(Program& program, int number) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!program.has_ended() && std::chrono::steady_clock::now() < patience) {
      program.signal(number);
      std::this_thread::yield();
    }
    if (!program.has_ended()) program.signal(SIGKILL);
  }

 private:
  const std::string file_ = directory + ".stuck";
};

TEST_F(StuckDisk, ASecondSigtermEndsTheStop) {
  Program program(arguments(), environment());
  EXPECT_FALSE(program.line().empty());
  get_stuck();
  program.signal(SIGTERM);
  EXPECT_EQ(program.error_line(), "stuck");
  insist(program, SIGTERM);
  EXPECT_EQ(program.wait(), -SIGTERM);
}

TEST_F(StuckDisk, ASigintAfterASigtermEndsTheStop) {
  Program program(arguments(), environment());
  EXPECT_FALSE(program.line().empty());
  get_stuck();
  program.signal(SIGTERM);
  EXPECT_EQ(program.error_line(), "stuck");
  insist(program, SIGINT);
  EXPECT_EQ(program.wait(), -SIGINT);
}

TEST_F(StuckDisk, ASecondHangupEndsTheStop) {
  Program program(arguments(), environment());
  EXPECT_FALSE(program.line().empty());
  get_stuck();
  program.signal(SIGHUP);
  EXPECT_EQ(program.error_line(), "stuck");
  insist(program, SIGHUP);
  EXPECT_EQ(program.wait(), -SIGHUP);
}

TEST_F(StuckDisk, TheFirstSignalEndsAStart) {
  get_stuck();
  Program program({"--data-dir", directory, "--durability", "fsync"}, environment());
  EXPECT_EQ(program.error_line(), "stuck");
  insist(program, SIGTERM);
  EXPECT_EQ(program.wait(), -SIGTERM);
}

}  // namespace
}  // namespace understudy::server
