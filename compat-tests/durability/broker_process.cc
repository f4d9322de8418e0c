#include "durability/broker_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <random>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace understudy::durability {
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

BrokerProcess::BrokerProcess(const Options& options) {
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) fail("pipe");
  const int errors =
      ::open(options.errors_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (errors < 0) fail(options.errors_file.c_str());
  std::vector<std::string> arguments = options.command;
  std::vector<std::string> environment = merged_environment(options.environment);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    // Only what is safe between fork and exec. A broker does not outlive the program that tests it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
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

BrokerProcess::~BrokerProcess() {
  if (!ending_) kill();
  ::close(output_);
  ::close(pidfd_);
}

std::optional<std::string> BrokerProcess::await_line(milliseconds patience) {
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

std::optional<Ending> BrokerProcess::wait(milliseconds patience) {
  if (ending_) return ending_;
  if (!await_readable(pidfd_, patience)) return std::nullopt;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
  ending_ = WIFEXITED(status) ? Ending{.code = WEXITSTATUS(status), .signal = 0}
                              : Ending{.code = -1, .signal = WTERMSIG(status)};
  return ending_;
}

void BrokerProcess::send_signal(int number) const {
  if (!ending_) ::kill(pid_, number);
}

Ending BrokerProcess::kill() {
  if (!ending_) ::kill(-pid_, SIGKILL);
  std::optional<Ending> ending;
  while (!ending) ending = wait(std::chrono::minutes(1));
  // A script's children have other parents now; they hold the port until they are gone.
  const auto deadline = std::chrono::steady_clock::now() + kGroupPatience;
  while (::kill(-pid_, 0) == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  return *ending;
}

std::uint16_t free_port(std::uint64_t seed) {
  std::mt19937_64 random(seed ^ std::uint64_t(::getpid()));
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = std::uint16_t(10'000 + random() % 20'000);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free =
        ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (is_free) return port;
  }
  throw std::runtime_error("no free port found");
}

}  // namespace understudy::durability
