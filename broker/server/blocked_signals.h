// Signals that our threads leave alone.
#pragma once

#include <pthread.h>

#include <csignal>

namespace understudy::server {

// A thread inherits them: the signals of a program that embeds us are not for the threads that we
// start while this lives.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// sendfile() raises SIGPIPE when the peer is gone, and has no flag against it. It is sent to the
// thread that called, so the program that embeds us keeps its own.
inline void block_broken_pipes() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace understudy::server
