// The program: options, start, signals; nothing else.

#include <fcntl.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "broker/base/events.h"
#include "broker/cluster/config_effects.h"
#include "broker/server/logging.h"
#include "broker/server/options.h"
#include "broker/server/runtime.h"

namespace {

using namespace understudy::server;

constexpr int kFailed = 1;

int fail(const std::string& reason) {
  std::fprintf(stderr, "understudy: %s\n", reason.c_str());
  return kFailed;
}

// Why not all of it is on stdout, in a sentence; nothing if it is.
std::optional<std::string> print(const std::string& text) {
  const bool is_written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (is_written) return std::nullopt;
  return "cannot write to stdout: " + std::generic_category().message(errno);
}

int print_and_end(const std::string& text) {
  const auto failure = print(text);
  return failure ? fail(*failure) : 0;
}

// A stream that whoever started us has closed would be the number of the next file or socket that
// is opened, which would get what is written to the stream. Writing to this stdout fails.
void fill_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    static_cast<void>(::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY));
  }
}

// Logs every event: appends, which are what one expects, at debug, all others at info.
understudy::broker::Events::Subscription log_decisions(understudy::broker::Controls& controls) {
  if (!logs(LogLevel::kInfo)) return {};
  return controls.on_event([](const understudy::broker::Event& event) {
    const bool is_append = event.kind() == understudy::broker::Event::Kind::kAppended;
    log(is_append ? LogLevel::kDebug : LogLevel::kInfo, event.describe());
  });
}

// A stored topic stays as it is, whatever --topic says.
void warn_of_stored_topic(Runtime& runtime, const understudy::broker::TopicSpec& topic) {
  const auto stored = runtime.broker().controls().find_topic(topic.name);
  if (!stored || !topic.partitions) return;
  const std::int32_t count = stored->partition_count;
  if (count == *topic.partitions) return;
  log(LogLevel::kWarn, "--topic " + topic.name + ":" + std::to_string(*topic.partitions) +
                           ": the stored topic has " + std::to_string(count) + " partitions");
}

// SIGHUP, SIGINT and SIGTERM, as for Apache Kafka: the first one asks for a stop, a second one ends
// the process at once, however long the disk takes. So does the first one of a start, when nothing
// is there to be stopped. One that was ignored when the process began (nohup, a shell's background)
// stays so, as in Java.
class StopSignals {
 public:
  StopSignals() : signals_(find_signals()) { end_at_once_from_now_on(signals_); }

  // The first one is a descriptor to read from. No handler runs: under ThreadSanitizer the one of
  // boost::asio::signal_set lost a signal that came just before the loop's first wait.
  template <class Stop>
  void wait(asio::io_context& io, Stop stop) {
    descriptor_.emplace(io.get_executor(), open());
    descriptor_->async_wait(asio::posix::descriptor_base::wait_read,
                            [this, stop = std::move(stop)](const error_code& error) {
                              if (error) return;
                              take_first();
                              stop();
                            });
  }

 private:
  // timeout(1) sends its signal twice, to the process and to its group: that is one wish.
  static constexpr std::int64_t kOneWishMs = 100;

  static std::int64_t now_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
  }

  static constexpr std::array kSignals = {SIGHUP, SIGINT, SIGTERM};

  static sigset_t find_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : kSignals) {
      struct sigaction inherited{};
      ::sigaction(signal, nullptr, &inherited);
      if (inherited.sa_handler != SIG_IGN) ::sigaddset(&set, signal);
    }
    return set;
  }

  int open() const {
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    const int fd = ::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    return fd;
  }

  void take_first() {
    signalfd_siginfo first{};
    while (::read(descriptor_->native_handle(), &first, sizeof first) > 0) continue;
    stopping_since_ms = now_ms();
    end_at_once_from_now_on(signals_);
  }

  // A handler, because the loop itself may be what waits for the disk.
  static void end_at_once_from_now_on(const sigset_t& signals) {
    for (const int signal : kSignals) {
      if (::sigismember(&signals, signal) == 1) std::signal(signal, end_at_once);
    }
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  }

  static void end_at_once(int signal) {
    if (now_ms() - stopping_since_ms < kOneWishMs) return;
    std::signal(signal, SIG_DFL);
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    ::raise(signal);
    ::_exit(128 + signal);  // the first process of a container does not end by a signal
  }

  static inline std::atomic<std::int64_t> stopping_since_ms = -kOneWishMs;
  const sigset_t signals_;
  std::optional<asio::posix::basic_stream_descriptor<Executor>> descriptor_;
};

// Why one of them cannot be made, in a sentence.
std::optional<std::string> make_topics(Runtime& runtime, const Options& options) {
  for (const understudy::broker::TopicSpec& topic : options.topics) {
    const auto error = runtime.broker().controls().create_topic(topic);
    const bool is_stored = error.code == understudy::wire::ErrorCode::kTopicAlreadyExists &&
                           !options.runtime.data_dir.empty();
    if (is_stored) warn_of_stored_topic(runtime, topic);
    if (error.failed() && !is_stored) {
      return "cannot create the topic '" + topic.name +
             "': " + error.message.value_or(std::string(understudy::wire::name_of(error.code)));
    }
  }
  return std::nullopt;
}

std::string greeting(const Runtime& runtime, const Options& options) {
  if (options.prints_bootstrap) return runtime.bootstrap() + "\n";
  return "Understudy answers as Apache Kafka " + std::string(options.runtime.profile.name()) +
         " at " + runtime.bootstrap() + " (seed " + std::to_string(runtime.seed()) + ").\n" +
         (options.runtime.data_dir.empty()
              ? std::string("Data is in memory and temporary files: Ctrl-C stops the broker and "
                            "discards it.\n")
              : "Data is stored in " +
                    std::filesystem::weakly_canonical(options.runtime.data_dir).string() +
                    "; Ctrl-C stops the broker.\n");
}

int serve(const Options& options) {
  Runtime runtime(options.runtime);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes: the append fails, not the process
  std::signal(SIGPIPE, SIG_IGN);  // the same for a stream whose reader is gone
  StopSignals signals;
  if (const auto failure = runtime.start()) return fail(*failure);
  signals.wait(runtime.io(), [&runtime] { runtime.stop(); });
  const auto log_subscription = log_decisions(runtime.broker().controls());
  auto failure = make_topics(runtime, options);
  // Nobody would find a broker whose address went nowhere.
  if (!failure) failure = print(greeting(runtime, options));
  if (failure) {
    runtime.broker().close();
    return fail(*failure);
  }
  const bool is_clean = runtime.run() || options.runtime.data_dir.empty();
  return is_clean ? 0
                  : fail(options.runtime.data_dir +
                         ": not everything could be written at the "
                         "stop; the next start recovers every log");
}

}  // namespace

int main(int argc, char** argv) {
  fill_closed_streams();
  try {
    const auto parsed = parse_options(argc, argv);
    if (const auto* exit = std::get_if<EarlyExit>(&parsed)) {
      if (exit->code == 0) return print_and_end(exit->text);
      std::fputs(exit->text.c_str(), stderr);
      return exit->code;
    }
    const Options& options = std::get<Options>(parsed);
    set_log_level(options.log_level);
    if (options.dumps_api_table) return print_and_end(api_table(options.runtime.profile));
    if (options.dumps_property_table) {
      return print_and_end(understudy::broker::config_effects_table(
          understudy::broker::ConfigDefs(options.runtime.profile)));
    }
    return serve(options);
  } catch (const std::exception& failure) {
    return fail(failure.what());
  }
}
