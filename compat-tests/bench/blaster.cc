// bench_blaster: raw requests, one line of JSON in the end.
//   load   connections that keep requests in flight, for some seconds or bytes
//   pids   one connection, one batch of one record from each of --count producer ids
//   idle   --count connections that have asked for ApiVersions; prints "ready" and a line of JSON,
//          then holds them until its input ends
//   topics --count topics of --partitions, until all have leaders
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/batch_template.h"
#include "bench/handshake.h"
#include "bench/histogram.h"
#include "bench/load_loop.h"
#include "bench/many_topics.h"

namespace {

using namespace understudy;
using namespace understudy::bench;

struct Arguments {
  std::string broker = "127.0.0.1:9092";
  std::string mode = "load";
  BatchOptions batch = {.topic = "bench"};
  std::size_t partitions = 1;
  std::size_t connections = 1;
  std::size_t in_flight = 5;
  std::size_t threads = 1;
  double seconds = 2;
  double bytes = 1e18;
  std::uint64_t count = 1000;
  std::int64_t first_producer_id = 5'000'000;
  bool is_canned = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("--broker", arguments.broker)->capture_default_str();
  app.add_option("--mode", arguments.mode,
                 "load: Produce requests for some seconds or bytes; pids: one from each of --count "
                 "producer ids; idle: --count connections, until the input ends; topics: makes "
                 "--count topics of --partitions [load]")
      ->check(CLI::IsMember({"load", "pids", "idle", "topics"}));
  app.add_option("--topic", arguments.batch.topic, "Which has to be there")->capture_default_str();
  app.add_option("--partitions", arguments.partitions)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch", arguments.batch.batch_size, "Bytes of a batch")->capture_default_str();
  app.add_option("--message", arguments.batch.message_size)->capture_default_str();
  app.add_option("--acks", arguments.batch.acks)
      ->check(CLI::IsMember({-1, 1}))
      ->capture_default_str();
  app.add_option("--conns", arguments.connections)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--inflight", arguments.in_flight, "Requests of a connection")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", arguments.threads)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seconds", arguments.seconds)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--bytes", arguments.bytes, "Stop after so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--count", arguments.count, "Producer ids, idle connections, or topics")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--pid", arguments.first_producer_id)->capture_default_str();
  app.add_flag("--canned", arguments.is_canned,
               "The peer is a sink: what it answers is not looked at");
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int hold_idle(const Arguments& arguments) {
  raise_descriptor_limit();
  const std::uint64_t began = now_ns();
  for (std::uint64_t i = 0; i < arguments.count; ++i) {
    const int socket = connect_to(arguments.broker);  // closed with the process
    if (arguments.is_canned) {
      greet(socket);
    } else {
      negotiate(socket);
    }
  }
  std::printf("ready {\"connections\":%llu,\"seconds\":%.3f}\n",
              static_cast<unsigned long long>(arguments.count),
              static_cast<double>(now_ns() - began) / 1e9);
  std::fflush(stdout);
  char ignored;
  while (::read(STDIN_FILENO, &ignored, 1) > 0) continue;
  return 0;
}

std::string json_of(const std::map<int, std::uint64_t>& errors) {
  std::string text;
  for (const auto& [code, count] : errors) {
    text += (text.empty() ? "\"" : ",\"") + std::to_string(code) + "\":" + std::to_string(count);
  }
  return "{" + text + "}";
}

int make_topics(const Arguments& arguments) {
  const int socket = connect_to(arguments.broker);
  if (!negotiate(socket).has_create_topics) {
    throw std::runtime_error("the broker does not list CreateTopics");
  }
  const MadeTopics made =
      bench::make_topics(socket, arguments.count, std::int32_t(arguments.partitions));
  std::printf("{\"created_s\":%.6f,\"led_s\":%.6f,\"metadata_ms\":%.3f,\"errors\":%s}\n",
              made.created_s, made.led_s, made.metadata_s * 1e3, json_of(made.errors).c_str());
  return made.errors.empty() ? 0 : 3;
}

// Spread over the threads. What the first one finds out about versions goes for all.
std::vector<std::vector<LoadConnection>> connect_all(const Arguments& arguments,
                                                     Versions& versions) {
  const bool is_pids = arguments.mode == "pids";
  std::vector<std::vector<LoadConnection>> groups(std::max<std::size_t>(1, arguments.threads));
  for (std::size_t i = 0; i < (is_pids ? 1 : arguments.connections); ++i) {
    LoadConnection connection;
    connection.socket = connect_to(arguments.broker);
    connection.first_partition = i;
    if (i == 0 && !arguments.is_canned) versions = negotiate(connection.socket);
    if (is_pids || arguments.is_canned) {
      connection.producer_id = arguments.first_producer_id;
    } else {
      const ProducerId id = init_producer_id(connection.socket, versions.init_producer_id);
      connection.producer_id = id.id;
      connection.producer_epoch = id.epoch;
    }
    groups[i % groups.size()].push_back(std::move(connection));
  }
  std::erase_if(groups, [](const auto& group) { return group.empty(); });
  return groups;
}

void report(const Totals& totals, const BatchTemplate& batch, double seconds, double cpu) {
  const double batches = static_cast<double>(totals.acknowledged);
  const double messages = batches * batch.records();
  const double megabytes = batches * static_cast<double>(batch.batch_size()) / 1e6;
  std::printf(
      "{\"seconds\":%.4f,\"batches\":%.0f,\"records_per_batch\":%d,\"messages\":%.0f,"
      "\"msgs_s\":%.0f,\"mb_s\":%.2f,\"batch_bytes\":%zu,\"version\":%d,\"client_cpu_s\":%.3f,"
      "\"errors\":%s,\"latency_us\":%s}\n",
      seconds, batches, batch.records(), messages, messages / seconds, megabytes / seconds,
      batch.batch_size(), batch.version(), cpu, json_of(totals.errors).c_str(),
      totals.latency.json().c_str());
}

int load(Arguments arguments) {
  raise_descriptor_limit();
  const bool is_pids = arguments.mode == "pids";
  Versions versions;
  auto groups = connect_all(arguments, versions);
  arguments.batch.version = versions.produce;
  if (is_pids) arguments.batch.batch_size = 1;
  const BatchTemplate batch(arguments.batch);

  LoadOptions options{.requests_in_flight = arguments.in_flight,
                      .partitions = arguments.partitions,
                      .answers_are_canned = arguments.is_canned,
                      .new_producer_each = is_pids};
  const double batches_max = arguments.bytes / static_cast<double>(batch.batch_size()) /
                             static_cast<double>(groups.size());
  options.batches_max =
      is_pids ? arguments.count : static_cast<std::uint64_t>(std::max(1.0, batches_max));
  const double cpu_before = cpu_seconds();
  const std::uint64_t began = now_ns();
  options.deadline_ns = is_pids ? std::numeric_limits<std::uint64_t>::max()
                                : began + static_cast<std::uint64_t>(arguments.seconds * 1e9);
  Totals totals;
  std::mutex guard;
  std::vector<std::jthread> threads;
  for (auto& group : groups) {
    threads.emplace_back([&] {
      const Totals part = LoadLoop(batch, options, std::move(group)).run();
      const std::scoped_lock lock(guard);
      totals.merge(part);
    });
  }
  threads.clear();  // joins them
  const double seconds = static_cast<double>(now_ns() - began) / 1e9;
  report(totals, batch, seconds, cpu_seconds() - cpu_before);
  return totals.errors.empty() ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app(
      "Raw requests for the benchmark. Errors are counted by code; -1: no answer, -2: cut off, -3: "
      "the connection was closed.");
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.mode == "idle") return hold_idle(arguments);
  if (arguments.mode == "topics") return make_topics(arguments);
  return load(arguments);
} catch (const std::exception& failure) {
  std::fprintf(stderr, "bench_blaster: %s\n", failure.what());
  return 1;
}
