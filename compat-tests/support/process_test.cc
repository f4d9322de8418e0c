#include "support/process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "support/broker_process.h"

namespace understudy::support {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{20'000};

Process::Options shell(const std::string& script) {
  return {.command = {"/bin/sh", "-c", script}, .environment = {"WORD=heard"}};
}

TEST(Process, ShowsItsFirstLineAndItsCode) {
  Process process(shell("echo $WORD; exit 3"));
  EXPECT_EQ(process.await_line(kPatience), "heard");
  const auto ending = process.wait(kPatience);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->text(), "exit code 3");
  EXPECT_FALSE(process.is_running());
}

TEST(Process, HasNoLineWhenItEndsWithoutOne) {
  Process process(shell("printf half"));
  EXPECT_EQ(process.await_line(kPatience), std::nullopt);
}

TEST(Process, TakesItsHelpersAlongWhenItIsKilled) {
  Process process(shell("tail -f /dev/null & echo ready; wait"));
  ASSERT_EQ(process.await_line(kPatience), "ready");
  EXPECT_FALSE(process.await_group_end(milliseconds(0)));
  EXPECT_EQ(process.kill().signal, SIGKILL);
  EXPECT_TRUE(process.await_group_end(kPatience));
}

TEST(Process, HelpersOfALeaderThatHasEndedAreKilledAsWell) {
  Process process(shell("tail -f /dev/null & echo ready"));
  ASSERT_EQ(process.await_line(kPatience), "ready");
  ASSERT_TRUE(process.wait(kPatience));
  EXPECT_FALSE(process.await_group_end(milliseconds(0)));
  EXPECT_EQ(process.kill().code, 0) << "how the leader ended";
  EXPECT_TRUE(process.await_group_end(kPatience));
}

BrokerCommand broker(const std::string& command) {
  const std::filesystem::path dir = testing::TempDir();
  return {.command = command, .data_dir = dir / "data's", .temp_dir = dir, .overrides = {"a=b c"}};
}

// The port says how many words there were, and whether each arrived whole.
TEST(BrokerProcess, FillsInDirectoryAndOverrides) {
  const BrokerProcess process(
      broker("sh -c 'echo \"$1$2$3\" | wc -c | { read n; echo h:$n; }; exec tail -f /dev/null' "
             "sh {dir} {overrides}"));
  const std::string words = (std::filesystem::path(testing::TempDir()) / "data's").string() +
                            "--override" + "a=b c" + "\n";
  EXPECT_EQ(process.address().port, words.size());
}

TEST(BrokerProcess, MayExitOrDieOfTheSignalThatStopsIt) {
  BrokerProcess dies(broker("sh -c 'echo h:1; exec tail -f /dev/null'"));
  dies.stop();
  BrokerProcess exits(
      broker("sh -c 'tail -f /dev/null & trap \"kill $!; exit 0\" TERM; echo h:1; wait'"));
  exits.stop();
}

TEST(BrokerProcess, SaysThatItEndedOtherwise) {
  BrokerProcess fails(
      broker("sh -c 'tail -f /dev/null & trap \"kill $!; exit 4\" TERM; echo h:1; wait'"));
  EXPECT_THROW(fails.stop(), std::runtime_error);
  EXPECT_THROW(BrokerProcess(broker("true")), std::runtime_error);
}

}  // namespace
}  // namespace understudy::support
