// bench_rdkafka_load: an application as users write them, on librdkafka; one line of JSON in the
// end.
//   produce  --count messages of --size bytes, or as many as fit into --seconds; idempotent.
//            --rate 0: as fast as it can
//   consume  every partition from its start, until --count messages or --seconds; checks that each
//            number from 0 on came exactly once, and in order within its partition
//   e2e      a paced producer and a consumer in one process: from the call to the message
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/histogram.h"

namespace {

using namespace understudy::bench;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr int kMetadataTimeoutMs = 20'000;
constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

struct Arguments {
  std::string broker = "127.0.0.1:9092";
  std::string mode = "produce";
  std::string topic = "bench";
  int partitions = 1;
  std::uint64_t count = 100'000;
  std::size_t size = 100;
  double rate = 0;
  std::string linger_ms = "5";
  double seconds = 60;
};

struct State {
  Histogram delivery;
  Histogram end_to_end;
  std::uint64_t acknowledged = 0;
  std::uint64_t failed = 0;
  // A paced run leaves out its first second: connections, the producer id.
  std::atomic<std::uint64_t> measure_from_ns = 0;
  std::map<std::string, std::uint64_t> errors;
};

std::string json(const std::map<std::string, std::uint64_t>& errors) {
  std::string text;
  for (const auto& [name, count] : errors) {
    text += (text.empty() ? "\"" : ",\"") + name + "\":" + std::to_string(count);
  }
  return "{" + text + "}";
}

// A value is the message's number, the time of the call, and noise.
constexpr std::size_t kValueSizeMin = 2 * sizeof(std::uint64_t);

std::uint64_t sent_ns_of(const rd_kafka_message_t& message) {
  std::uint64_t sent_ns = 0;
  std::memcpy(&sent_ns, static_cast<const char*>(message.payload) + sizeof sent_ns, sizeof sent_ns);
  return sent_ns;
}

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* state = static_cast<State*>(opaque);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++state->failed;
    ++state->errors[rd_kafka_err2name(message->err)];
    return;
  }
  ++state->acknowledged;
  const std::uint64_t sent_ns = sent_ns_of(*message);
  if (sent_ns >= state->measure_from_ns) state->delivery.add(now_ns() - sent_ns);
}

struct Client {
  rd_kafka_t* handle = nullptr;
  rd_kafka_topic_t* topic = nullptr;
};

// Connected, and knows the topic, before any clock starts.
Client make_client(rd_kafka_type_t type, const Arguments& arguments, State& state,
                   const std::map<std::string, std::string>& properties) {
  std::string reason(512, '\0');
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(reason.c_str());
    }
  };
  set("bootstrap.servers", arguments.broker);
  for (const auto& [name, value] : properties) set(name, value);
  rd_kafka_conf_set_opaque(conf, &state);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  Client client;
  client.handle = rd_kafka_new(type, conf, reason.data(), reason.size());
  if (client.handle == nullptr) throw std::runtime_error(reason.c_str());
  client.topic = rd_kafka_topic_new(client.handle, arguments.topic.c_str(), nullptr);
  const struct rd_kafka_metadata* metadata = nullptr;
  if (rd_kafka_metadata(client.handle, 0, client.topic, &metadata, kMetadataTimeoutMs) ==
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_metadata_destroy(metadata);
  }
  return client;
}

Client make_producer(const Arguments& arguments, State& state) {
  return make_client(RD_KAFKA_PRODUCER, arguments, state,
                     {{"enable.idempotence", "true"},
                      {"linger.ms", arguments.linger_ms},
                      {"queue.buffering.max.messages", "200000"},
                      {"queue.buffering.max.kbytes", "65536"},
                      {"message.timeout.ms", "60000"}});
}

std::vector<std::uint8_t> make_value(std::size_t size) {
  std::vector<std::uint8_t> value(std::max(kValueSizeMin, size));
  std::uint32_t noise = 12345;
  for (std::uint8_t& byte : value) {
    noise = noise * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(noise >> 24);
  }
  return value;
}

void wait_until(std::uint64_t due_ns) {
  for (std::uint64_t now = now_ns(); now < due_ns; now = now_ns()) {
    std::this_thread::sleep_for(nanoseconds(std::min<std::uint64_t>(due_ns - now, 900'000)));
  }
}

void send(const Client& producer, const Arguments& arguments, std::vector<std::uint8_t>& value,
          std::uint64_t number, std::uint64_t now) {
  std::memcpy(value.data(), &number, sizeof number);
  std::memcpy(value.data() + sizeof number, &now, sizeof now);
  const auto partition =
      static_cast<std::int32_t>(number % static_cast<std::uint64_t>(arguments.partitions));
  while (rd_kafka_produce(producer.topic, partition, RD_KAFKA_MSG_F_COPY, value.data(),
                          value.size(), nullptr, 0, nullptr) < 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      throw std::runtime_error(rd_kafka_err2str(rd_kafka_last_error()));
    }
    if (arguments.rate > 0) {
      std::this_thread::sleep_for(milliseconds(1));
    } else {
      rd_kafka_poll(producer.handle, 10);
    }
  }
}

// How many were handed over; all of them are reported on in the end.
std::uint64_t produce_all(const Client& producer, const Arguments& arguments, State& state,
                          const std::atomic<bool>& stop) {
  std::vector<std::uint8_t> value = make_value(arguments.size);
  const bool is_paced = arguments.rate > 0;
  // A paced producer takes its delivery reports when they come, on a thread of its own.
  std::atomic<bool> polls{is_paced};
  std::jthread reports([&] {
    while (polls) rd_kafka_poll(producer.handle, 20);
  });
  const std::uint64_t began = now_ns();
  const std::uint64_t deadline = began + static_cast<std::uint64_t>(arguments.seconds * 1e9);
  if (is_paced) state.measure_from_ns = began + kNsPerSecond;
  std::uint64_t number = 0;
  for (; number < arguments.count && !stop; ++number) {
    if (is_paced) {
      wait_until(began +
                 static_cast<std::uint64_t>(static_cast<double>(number) / arguments.rate * 1e9));
    }
    const std::uint64_t now = now_ns();
    if (now > deadline) break;
    send(producer, arguments, value, number, now);
    if (!is_paced && number % 1024 == 0) rd_kafka_poll(producer.handle, 0);
  }
  polls = false;
  reports.join();
  rd_kafka_flush(producer.handle, 60'000);
  return number;
}

// librdkafka takes its time to end, and nothing waits for it.
[[noreturn]] void end_process(bool is_good) {
  std::fflush(stdout);
  std::_Exit(is_good ? 0 : 3);
}

[[noreturn]] void produce(const Arguments& arguments) {
  State state;
  const Client producer = make_producer(arguments, state);
  std::this_thread::sleep_for(milliseconds(300));  // the producer id arrives
  const double cpu_before = cpu_seconds();
  const std::uint64_t began = now_ns();
  const std::atomic<bool> never{false};
  const std::uint64_t handed_over = produce_all(producer, arguments, state, never);
  const double seconds = static_cast<double>(now_ns() - began) / 1e9;
  const auto acknowledged = static_cast<double>(state.acknowledged);
  std::printf(
      "{\"seconds\":%.4f,\"ok\":%.0f,\"failed\":%llu,\"errors\":%s,\"msgs_s\":%.0f,\"mb_s\":%.2f,"
      "\"client_cpu_s\":%.3f,\"delivery_us\":%s,\"librdkafka\":\"%s\"}\n",
      seconds, acknowledged, static_cast<unsigned long long>(state.failed),
      json(state.errors).c_str(), acknowledged / seconds,
      acknowledged * static_cast<double>(arguments.size) / seconds / 1e6,
      cpu_seconds() - cpu_before, state.delivery.json().c_str(), rd_kafka_version_str());
  end_process(state.failed == 0 && state.acknowledged == handed_over);
}

struct Consumer {
  Client client;
  rd_kafka_queue_t* queue = nullptr;
};

Consumer make_consumer(const Arguments& arguments, State& state, std::int64_t from) {
  Consumer consumer;
  consumer.client = make_client(RD_KAFKA_CONSUMER, arguments, state,
                                {{"group.id", "bench"},
                                 {"enable.auto.commit", "false"},
                                 {"enable.partition.eof", "false"},
                                 {"fetch.wait.max.ms", "100"},
                                 {"queued.min.messages", "1000000"}});
  consumer.queue = rd_kafka_queue_new(consumer.client.handle);
  for (std::int32_t partition = 0; partition < arguments.partitions; ++partition) {
    rd_kafka_consume_start_queue(consumer.client.topic, partition, from, consumer.queue);
  }
  return consumer;
}

// Whether every number came once, and in order.
class Ledger {
 public:
  Ledger(std::uint64_t count, int partitions)
      : seen_(count), last_(static_cast<std::size_t>(partitions), -1) {}

  void note(const rd_kafka_message_t& message) {
    std::uint64_t number = seen_.size();
    if (message.len >= sizeof number) std::memcpy(&number, message.payload, sizeof number);
    if (number >= seen_.size() || seen_[number]) {
      ++duplicates_;
    } else {
      seen_[number] = true;
    }
    std::int64_t& last = last_[static_cast<std::size_t>(message.partition)];
    if (static_cast<std::int64_t>(number) <= last) ++out_of_order_;
    last = static_cast<std::int64_t>(number);
  }

  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t out_of_order() const { return out_of_order_; }

 private:
  std::vector<bool> seen_;
  std::vector<std::int64_t> last_;  // per partition
  std::uint64_t duplicates_ = 0;
  std::uint64_t out_of_order_ = 0;
};

[[noreturn]] void consume(const Arguments& arguments) {
  State state;
  Ledger ledger(arguments.count, arguments.partitions);
  const Consumer consumer = make_consumer(arguments, state, RD_KAFKA_OFFSET_BEGINNING);
  const double cpu_before = cpu_seconds();
  const std::uint64_t began = now_ns();
  const std::uint64_t deadline = began + static_cast<std::uint64_t>(arguments.seconds * 1e9);
  std::uint64_t newest = began;
  std::uint64_t messages = 0;
  double bytes = 0;
  std::vector<rd_kafka_message_t*> batch(10'000);
  while (messages < arguments.count && now_ns() < deadline) {
    const ssize_t got =
        rd_kafka_consume_batch_queue(consumer.queue, 100, batch.data(), batch.size());
    for (ssize_t i = 0; i < got; ++i) {
      rd_kafka_message_t* message = batch[static_cast<std::size_t>(i)];
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++state.errors[rd_kafka_err2name(message->err)];
      } else {
        ++messages;
        bytes += static_cast<double>(message->len);
        ledger.note(*message);
      }
      rd_kafka_message_destroy(message);
    }
    if (got > 0) newest = now_ns();
  }
  const double seconds = static_cast<double>(newest - began) / 1e9;
  std::printf(
      "{\"seconds\":%.4f,\"messages\":%llu,\"want\":%llu,\"msgs_s\":%.0f,\"mb_s\":%.2f,"
      "\"duplicates\":%llu,\"out_of_order\":%llu,\"client_cpu_s\":%.3f,\"errors\":%s}\n",
      seconds, static_cast<unsigned long long>(messages),
      static_cast<unsigned long long>(arguments.count), static_cast<double>(messages) / seconds,
      bytes / seconds / 1e6, static_cast<unsigned long long>(ledger.duplicates()),
      static_cast<unsigned long long>(ledger.out_of_order()), cpu_seconds() - cpu_before,
      json(state.errors).c_str());
  end_process(messages == arguments.count && ledger.duplicates() == 0 &&
              ledger.out_of_order() == 0);
}

[[noreturn]] void run_end_to_end(const Arguments& arguments) {
  State produced;
  State consumed;
  const Consumer consumer = make_consumer(arguments, consumed, RD_KAFKA_OFFSET_END);
  const Client producer = make_producer(arguments, produced);
  std::this_thread::sleep_for(milliseconds(700));  // the consumer has found the end
  std::atomic<bool> stop{false};
  std::jthread thread([&] { produce_all(producer, arguments, produced, stop); });
  std::uint64_t received = 0;
  const std::uint64_t deadline = now_ns() + static_cast<std::uint64_t>(arguments.seconds * 1e9);
  while (received < arguments.count && now_ns() < deadline) {
    rd_kafka_message_t* message = rd_kafka_consume_queue(consumer.queue, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->len >= kValueSizeMin) {
      const std::uint64_t sent_ns = sent_ns_of(*message);
      if (sent_ns >= produced.measure_from_ns) consumed.end_to_end.add(now_ns() - sent_ns);
      ++received;
    }
    rd_kafka_message_destroy(message);
  }
  stop = true;
  thread.join();
  std::printf(
      "{\"received\":%llu,\"want\":%llu,\"failed\":%llu,\"e2e_us\":%s,\"delivery_us\":%s}\n",
      static_cast<unsigned long long>(received), static_cast<unsigned long long>(arguments.count),
      static_cast<unsigned long long>(produced.failed), consumed.end_to_end.json().c_str(),
      produced.delivery.json().c_str());
  end_process(received == arguments.count);
}

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("--broker", arguments.broker)->capture_default_str();
  app.add_option("--mode", arguments.mode)->check(CLI::IsMember({"produce", "consume", "e2e"}));
  app.add_option("--topic", arguments.topic)->capture_default_str();
  app.add_option("--partitions", arguments.partitions)->check(CLI::Range(1, 10'000));
  app.add_option("--count", arguments.count)->capture_default_str();
  app.add_option("--size", arguments.size, "Bytes of a message")->capture_default_str();
  app.add_option("--rate", arguments.rate, "Messages per second; 0: no limit");
  app.add_option("--linger", arguments.linger_ms, "linger.ms")->capture_default_str();
  app.add_option("--seconds", arguments.seconds)->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("A librdkafka application, for the benchmark.");
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.mode == "consume") consume(arguments);
  if (arguments.mode == "e2e") run_end_to_end(arguments);
  produce(arguments);
} catch (const std::exception& failure) {
  std::fprintf(stderr, "bench_rdkafka_load: %s\n", failure.what());
  return 1;
}
