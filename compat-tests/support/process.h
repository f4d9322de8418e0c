// A process that is started, watched, stopped, killed: a broker, or a script that starts one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace understudy::support {

// How a process ended: by itself with a code, or by a signal.
struct Ending {
  int code = -1;  // -1: by a signal
  int signal = 0;
  std::string text() const;  // "exit code 1", "signal 9"
};

// It leads a process group of its own: a script that starts the broker dies together with it.
class Process {
 public:
  struct Options {
    std::vector<std::string> command;      // the program and its arguments
    std::vector<std::string> environment;  // "NAME=value", laid over ours
    std::string errors_file;               // where stderr goes; empty: where ours goes
    int signal_if_we_die = SIGKILL;  // the process does not outlive the program that started it
  };

  // Throws std::system_error if no process can be started.
  explicit Process(const Options& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The first line of stdout, which says that clients are answered; nothing if the process ended
  // before, or said nothing for so long.
  std::optional<std::string> await_line(std::chrono::milliseconds patience);

  // Nothing if the process still runs after that time.
  std::optional<Ending> wait(std::chrono::milliseconds patience);
  bool is_running() { return !wait(std::chrono::milliseconds(0)); }

  void send_signal(int number) const;
  // SIGKILL to the whole group, and waits. How the leader ended: by another way if it was faster
  // than the signal.
  Ending kill();
  // Whether the leader and all others of the group are gone; waits so long for the others.
  bool await_group_end(std::chrono::milliseconds patience);

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int output_ = -1;
  std::optional<Ending> ending_;
  bool group_has_ended_ = false;
};

}  // namespace understudy::support
