// The program from outside: a process, its streams, its exit code.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "broker/server/endpoint.h"
#include "broker/server/test_server.h"

namespace understudy::server {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// Named from where this test is, so that no path of a checkout is compiled in.
std::string beside_this_test(const char* name) {
  return std::filesystem::canonical("/proc/self/exe").parent_path() / name;
}

class Program {
 public:
  explicit Program(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    int out[2];
    int err[2];
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(err, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    const std::string program = beside_this_test(UNDERSTUDY_PROGRAM);
    arguments.insert(arguments.begin(), program);
    for (char** variable = environ; *variable != nullptr; ++variable) {
      environment.emplace_back(*variable);  // what stands first counts
    }
    EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr,
                            pointers_to(arguments).data(), pointers_to(environment).data()),
              0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    out_ = out[0];
    err_ = err[0];
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
  }

  std::string line() { return line_of(out_); }
  std::string error_line() { return line_of(err_); }
  std::string rest_of_output() { return rest_of(out_); }
  std::string rest_of_errors() { return rest_of(err_); }

  void signal(int number) const { ::kill(pid_, number); }
  // So many bytes of addresses more than it has now.
  void limit_memory(rlim_t bytes) const {
    std::ifstream pages("/proc/" + std::to_string(pid_) + "/statm");
    rlim_t used = 0;
    pages >> used;
    const rlim_t most = used * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + bytes;
    const rlimit limit{most, most};
    EXPECT_EQ(::prlimit(pid_, RLIMIT_AS, &limit, nullptr), 0);
  }
  bool has_ended() const {
    siginfo_t ended{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
    return ended.si_pid == pid_;
  }
  // The exit code; minus the signal's number if one ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  static std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }
  static std::string line_of(int fd) {
    std::string text;
    for (char c; ::read(fd, &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }
  static std::string rest_of(int fd) {
    std::string text;
    char part[4096];
    for (ssize_t got; (got = ::read(fd, part, sizeof part)) > 0;) {
      text.append(part, static_cast<std::size_t>(got));
    }
    return text;
  }

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

// What ends by itself: exit code and both streams.
struct Outcome {
  int code;
  std::string output;
  std::string errors;
};
Outcome run(std::vector<std::string> arguments) {
  Program program(std::move(arguments));
  std::string output = program.rest_of_output();
  std::string errors = program.rest_of_errors();
  return {program.wait(), std::move(output), std::move(errors)};
}

std::uint16_t port_of(const std::string& bootstrap) {
  const auto endpoint = parse_endpoint(bootstrap);
  EXPECT_TRUE(endpoint) << bootstrap;
  return endpoint ? endpoint->port : 0;
}

// Key, version, correlation id 7 and client id, then the body.
std::string request(std::int16_t key, std::int16_t version, std::string_view client_id,
                    std::string_view body) {
  std::string bytes;
  const auto put = [&](auto value) {
    value = wire::big_endian(value);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  put(key);
  put(version);
  put(std::int32_t{7});
  put(static_cast<std::int16_t>(client_id.size()));
  bytes += client_id;
  bytes += body;
  return bytes;
}

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

TEST(Program, StopsCleanlyOnSigint) {
  Program program({"--print-bootstrap"});
  program.line();
  program.signal(SIGINT);
  EXPECT_EQ(program.wait(), 0);
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

// A directory of its own, gone afterwards.
class KeptData : public ::testing::Test {
 public:
  KeptData() {
    std::string name = ::testing::TempDir() + "understudy-program-XXXXXX";
    directory = ::mkdtemp(name.data());
  }
  ~KeptData() override { std::filesystem::remove_all(directory); }
  KeptData(const KeptData&) = delete;
  KeptData& operator=(const KeptData&) = delete;

 protected:
  std::vector<std::string> arguments() const {
    return {"--data-dir", directory, "--topic", "orders:3", "--print-bootstrap"};
  }

  std::string directory;
};

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

TEST_F(StuckDisk, TheFirstSignalEndsAStart) {
  get_stuck();
  Program program({"--data-dir", directory, "--durability", "fsync"}, environment());
  EXPECT_EQ(program.error_line(), "stuck");
  insist(program, SIGTERM);
  EXPECT_EQ(program.wait(), -SIGTERM);
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
