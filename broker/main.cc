// The program: options, start, signals; nothing else.

#include <sys/signalfd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "broker/base/events.h"
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

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// What became of each batch: a duplicate or a refusal is news, an append is what one expects.
void log_decisions(understudy::broker::Events& events) {
  if (!logs(LogLevel::kInfo)) return;
  events.listen([](const understudy::broker::Event& event) {
    const bool is_append = event.kind == understudy::broker::Event::Kind::kAppended;
    log(is_append ? LogLevel::kDebug : LogLevel::kInfo, event.describe());
  });
}

// A topic that was kept stays as it is, whatever --topic says.
void tell_kept_topic(Runtime& runtime, const TopicSpec& topic) {
  const auto* kept = runtime.broker().cluster().find_topic(topic.name);
  if (kept == nullptr || !topic.partitions) return;
  const auto count = static_cast<std::int32_t>(kept->partitions.size());
  if (count == *topic.partitions) return;
  log(LogLevel::kWarn, "--topic " + topic.name + ":" + std::to_string(*topic.partitions) +
                           ": the topic is kept with " + std::to_string(count) + " partitions");
}

// SIGINT and SIGTERM as a descriptor to read from. No handler runs: under ThreadSanitizer the one
// of boost::asio::signal_set lost a signal that came just before the loop's first wait.
class StopSignals {
 public:
  explicit StopSignals(asio::io_context& io) : descriptor_(io.get_executor(), open()) {}

  template <class Stop>
  void wait(Stop stop) {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [stop = std::move(stop)](const error_code& error) {
                             if (!error) stop();
                           });
  }

 private:
  static int open() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const int fd = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    return fd;
  }

  asio::posix::basic_stream_descriptor<Executor> descriptor_;
};

int serve(const Options& options) {
  Runtime runtime(options.runtime);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes: the append fails, not the process
  StopSignals signals(runtime.io());
  signals.wait([&runtime] { runtime.stop(); });
  if (const auto failure = runtime.start()) return fail(*failure);
  log_decisions(runtime.broker().events());
  for (const TopicSpec& topic : options.topics) {
    const auto error = runtime.create_topic(topic);
    const bool is_kept = error.code == understudy::wire::ErrorCode::kTopicAlreadyExists &&
                         !options.runtime.data_dir.empty();
    if (is_kept) tell_kept_topic(runtime, topic);
    if (error.failed() && !is_kept) {
      return fail("cannot make the topic '" + topic.name + "': " +
                  error.message.value_or(std::string(understudy::wire::name_of(error.code))));
    }
  }
  if (options.prints_bootstrap) {
    print(runtime.bootstrap() + "\n");
  } else {
    print("Understudy answers as Apache Kafka " + std::string(options.runtime.profile.name()) +
          " at " + runtime.bootstrap() + " (seed " + std::to_string(runtime.seed()) + ").\n" +
          (options.runtime.data_dir.empty()
               ? std::string("Nothing is kept: Ctrl-C ends it and all data.\n")
               : "Everything is kept in " + options.runtime.data_dir + "; Ctrl-C ends it.\n"));
  }
  runtime.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = parse_options(argc, argv);
    if (const auto* exit = std::get_if<EarlyExit>(&parsed)) {
      if (exit->code == 0) {
        print(exit->text);
      } else {
        std::fputs(exit->text.c_str(), stderr);
      }
      return exit->code;
    }
    const Options& options = std::get<Options>(parsed);
    set_log_level(options.log_level);
    if (options.dumps_api_table) {
      print(api_table(options.runtime.profile));
      return 0;
    }
    return serve(options);
  } catch (const std::exception& failure) {
    return fail(failure.what());
  }
}
