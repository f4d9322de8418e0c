#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

namespace understudy::support {
namespace {

using std::chrono::milliseconds;

constexpr int kNoProgram = 127;
constexpr milliseconds kGroupPatience(5'000);

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool starts_like(const std::string& text, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  return text.compare(0, equals + 1, assignment, 0, equals + 1) == 0;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& changes) {
  std::vector<std::string> merged = changes;
  for (char** at = environ; *at != nullptr; ++at) {
    bool is_changed = false;
    for (const std::string& change : changes) is_changed |= starts_like(*at, change);
    if (!is_changed) merged.emplace_back(*at);
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> found;
  for (std::string& text : texts) found.push_back(text.data());
  found.push_back(nullptr);
  return found;
}

int open_errors(const std::string& file) {
  const int errors = file.empty()
                         ? ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
                         : ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (errors < 0) fail(file.empty() ? "stderr" : file.c_str());
  return errors;
}

// Waits until a descriptor can be read or is at its end.
bool await_readable(int fd, milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, left > 0 ? int(left) : 0);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail("poll");
  }
}

}  // namespace

std::string Ending::text() const {
  return signal != 0 ? "signal " + std::to_string(signal) : "exit code " + std::to_string(code);
}

Process::Process(const Options& options) {
  // Helpers that lose their parent become children of this process, which can then wait for them.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail("prctl");
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) fail("pipe");
  const int errors = open_errors(options.errors_file);
  std::vector<std::string> arguments = options.command;
  std::vector<std::string> environment = merged_environment(options.environment);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    // Only what is safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, options.signal_if_we_die);
    ::setpgid(0, 0);
    ::dup2(output[1], STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    ::execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    ::_exit(kNoProgram);
  }
  ::close(output[1]);
  ::close(errors);
  ::setpgid(pid_, pid_);  // in both processes: nobody knows which one comes first
  output_ = output[0];
  pidfd_ = int(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) fail("pidfd_open");
}

Process::~Process() {
  if (!group_has_ended_) kill();
  ::close(output_);
  ::close(pidfd_);
}

std::optional<std::string> Process::await_line(milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::string line;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (!await_readable(output_, left)) return std::nullopt;
    char c = 0;
    const ssize_t size = ::read(output_, &c, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return std::nullopt;
    if (c == '\n') return line;
    line += c;
  }
}

std::optional<Ending> Process::wait(milliseconds patience) {
  if (ending_) return ending_;
  if (!await_readable(pidfd_, patience)) return std::nullopt;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
  ending_ = WIFEXITED(status) ? Ending{.code = WEXITSTATUS(status), .signal = 0}
                              : Ending{.code = -1, .signal = WTERMSIG(status)};
  await_group_end(milliseconds(0));
  return ending_;
}

void Process::send_signal(int number) const {
  if (!ending_) ::kill(pid_, number);
}

Ending Process::kill() {
  if (!group_has_ended_) ::kill(-pid_, SIGKILL);
  std::optional<Ending> ending;
  while (!ending) ending = wait(std::chrono::minutes(1));
  await_group_end(kGroupPatience);
  return *ending;
}

// A script's children are ours once it has ended; they hold the port until they are gone.
bool Process::await_group_end(milliseconds patience) {
  if (!ending_) return false;  // wait() has to see how the leader ends
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!group_has_ended_) {
    while (::waitpid(-pid_, nullptr, WNOHANG) > 0) continue;
    group_has_ended_ = ::kill(-pid_, 0) != 0;
    if (group_has_ended_ || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return group_has_ended_;
}

}  // namespace understudy::support
