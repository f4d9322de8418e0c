#include "conformance/broker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "conformance/broker.h"

namespace understudy::conformance {

namespace {

constexpr int kExitedAsAsked = 0;
constexpr int kEndedBySigterm = 128 + SIGTERM;  // as shells and the JVM say it

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string quoted(const std::string& text) {
  std::string inside;
  for (const char c : text) inside += c == '\'' ? "'\\''" : std::string(1, c);
  return "'" + inside + "'";
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string command_line(const BrokerCommand& command) {
  std::string overrides;
  for (const std::string& override : command.overrides) {
    overrides += " --override " + quoted(override);
  }
  std::string program = command.command;
  replace_all(program, "{dir}", quoted(command.data_dir.string()));
  replace_all(program, "{overrides}", overrides);
  return "export TMPDIR=" + quoted(command.temp_dir.string()) + "; exec " + program;
}

}  // namespace

BrokerProcess::BrokerProcess(const BrokerCommand& command) {
  // Helpers that lose their parent become children of this process, which can then wait for them.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail("prctl");
  launch(command);
  try {
    address_ = parse_address(first_line());
  } catch (...) {
    kill();
    close(output_);
    throw;
  }
}

BrokerProcess::~BrokerProcess() {
  try {
    if (group_ > 0) kill();
  } catch (const std::exception& error) {
    std::cerr << "a broker is left behind: " << error.what() << std::endl;
  }
  close(output_);
}

void BrokerProcess::launch(const BrokerCommand& command) {
  std::filesystem::create_directories(command.temp_dir);
  const std::string line = command_line(command);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    // Nothing but system calls here: another thread may hold any lock.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // a broker does not outlive the tests
    dup2(ends[1], STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", line.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  setpgid(child, child);  // as the child does, whoever comes first
  close(ends[1]);
  group_ = child;
  output_ = ends[0];
}

std::string BrokerProcess::first_line() const {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string line;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) throw std::runtime_error("the broker printed no address in time");
    pollfd waiting{.fd = output_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, int(left.count())) <= 0) continue;
    char c = 0;
    const ssize_t received = read(output_, &c, 1);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) throw std::runtime_error("the broker ended without printing an address");
    if (c == '\n') return line;
    line += c;
  }
}

// True when nobody of the group is left.
bool BrokerProcess::reap() {
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-group_, &status, WNOHANG);
    if (ended == group_) status_ = status;
    if (ended > 0) continue;
    if (ended == 0) return false;
    if (errno == ECHILD) return true;
    if (errno != EINTR) fail("waitpid");
  }
}

void BrokerProcess::await_end() {
  if (!eventually([this] { return reap(); }, kPatience)) {
    throw std::runtime_error("the broker did not end in time");
  }
  group_ = -1;
}

void BrokerProcess::stop() {
  if (::kill(group_, SIGTERM) != 0) fail("the broker has ended by itself");
  await_end();
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  if (code != kExitedAsAsked && code != kEndedBySigterm) {
    throw std::runtime_error("the broker ended with status " + std::to_string(code));
  }
}

void BrokerProcess::kill() {
  ::kill(-group_, SIGKILL);
  await_end();
}

}  // namespace understudy::conformance
