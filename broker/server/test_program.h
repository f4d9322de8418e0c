// The program from outside: a process, its streams, its exit code.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/server/endpoint.h"
#include "broker/server/test_server.h"

#ifndef UNDERSTUDY_PROGRAM
#define UNDERSTUDY_PROGRAM "understudy"  // as seen from the test; its target says where it is
#endif

namespace understudy::server {

// Named from where this test is, so that no path of a checkout is compiled in.
inline std::string beside_this_test(const char* name) {
  return std::filesystem::canonical("/proc/self/exe").parent_path() / name;
}

// What a shell runs in the place of the program: the program, in surroundings of another kind.
inline constexpr const char* kAsItIs = "exec \"$@\"";
inline constexpr const char* kWithoutHangups = "trap '' HUP; exec \"$@\"";
inline constexpr const char* kWithStdoutClosed = "exec \"$@\" >&-";
inline constexpr const char* kWithStdoutFull = "exec \"$@\" >/dev/full";
inline constexpr const char* kWithStderrClosed = "exec \"$@\" 2>&-";
inline constexpr const char* kWithStderrFull = "exec \"$@\" 2>/dev/full";
inline constexpr const char* kWithFewDescriptors = "ulimit -n 64; exec \"$@\"";

class Program {
 public:
  explicit Program(std::vector<std::string> arguments, std::vector<std::string> environment = {})
      : Program(kAsItIs, std::move(arguments), std::move(environment)) {}
  Program(const char* shell_script, std::vector<std::string> arguments,
          std::vector<std::string> environment = {}) {
    int out[2];
    int err[2];
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(err, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    const std::string program = beside_this_test(UNDERSTUDY_PROGRAM);
    const std::string shell = "/bin/sh";
    arguments.insert(arguments.begin(), {shell, "-c", shell_script, shell, program});
    add_inherited(environment);
    // Whatever runs this test may ignore them.
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t stops;
    ::sigemptyset(&stops);
    for (const int one : {SIGHUP, SIGINT, SIGTERM}) ::sigaddset(&stops, one);
    ::posix_spawnattr_setsigdefault(&attributes, &stops);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    EXPECT_EQ(::posix_spawn(&pid_, shell.c_str(), &actions, &attributes,
                            pointers_to(arguments).data(), pointers_to(environment).data()),
              0);
    ::posix_spawnattr_destroy(&attributes);
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
  // A shell takes the last one of a name, others the first one, so there is one.
  static void add_inherited(std::vector<std::string>& environment) {
    const auto name_of = [](std::string_view variable) {
      return variable.substr(0, variable.find('='));
    };
    const std::vector<std::string> own = environment;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view name = name_of(*variable);
      const bool is_own =
          std::ranges::any_of(own, [&](const std::string& one) { return name_of(one) == name; });
      if (!is_own) environment.emplace_back(*variable);
    }
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
inline Outcome run(std::vector<std::string> arguments, const char* shell_script = kAsItIs) {
  Program program(shell_script, std::move(arguments));
  std::string output = program.rest_of_output();
  std::string errors = program.rest_of_errors();
  return {program.wait(), std::move(output), std::move(errors)};
}

inline std::uint16_t port_of(const std::string& bootstrap) {
  const auto endpoint = parse_endpoint(bootstrap);
  EXPECT_TRUE(endpoint) << bootstrap;
  return endpoint ? endpoint->port : 0;
}

// Key, version, correlation id 7 and client id, then the body.
inline std::string request(std::int16_t key, std::int16_t version, std::string_view client_id,
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

}  // namespace understudy::server
