// The broker as a process: started, watched, stopped, killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace understudy::durability {

// How a process ended: by itself with a code, or by a signal.
struct Ending {
  int code = -1;  // -1: by a signal
  int signal = 0;
  std::string text() const;  // "exit code 1", "signal 9"
};

// It leads a process group of its own: a script that starts the broker dies together with it.
class BrokerProcess {
 public:
  struct Options {
    std::vector<std::string> command;      // the program and its arguments
    std::vector<std::string> environment;  // "NAME=value", laid over ours
    std::string errors_file;               // where stderr goes
  };

  // Throws std::system_error if no process can be started.
  explicit BrokerProcess(const Options& options);
  ~BrokerProcess();
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;

  // The first line of stdout, which says that clients are answered; nothing if the process ended
  // before, or said nothing for so long.
  std::optional<std::string> await_line(std::chrono::milliseconds patience);

  // Nothing if the process still runs after that time.
  std::optional<Ending> wait(std::chrono::milliseconds patience);
  bool is_running() { return !wait(std::chrono::milliseconds(0)); }

  void send_signal(int number) const;
  // SIGKILL, and waits. How it ended: by another way if it was faster than the signal.
  Ending kill();

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int output_ = -1;
  std::optional<Ending> ending_;
};

// A port of 127.0.0.1 that nobody listens on, below those that the system gives to outgoing
// connections: it stays free while the broker is down.
std::uint16_t free_port(std::uint64_t seed);

}  // namespace understudy::durability
