#include "durability/rdkafka_writer.h"

#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>

namespace understudy::durability {
namespace {

constexpr int kPollMs = 5;
constexpr std::chrono::seconds kPurgePatience(20);
constexpr std::uint64_t kFillerMax = 200;
constexpr std::uint64_t kLargeFillerMax = 10'000;
constexpr std::uint64_t kLargeOneIn = 100;

std::optional<std::pair<rd_kafka_resp_err_t, std::string>> fatal_error_of(rd_kafka_t* client) {
  char text[512];
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, text, sizeof text);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return std::pair(code, std::string(text));
}

}  // namespace

void RdkafkaWriter::Closer::operator()(rd_kafka_t* client) const {
  rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy(client);
}

RdkafkaWriter::RdkafkaWriter(const Options& options, Ledger& ledger)
    : options_(options), ledger_(ledger), random_(options.seed) {
  client_ = make_client();
  thread_ = std::thread([this] { run(); });
}

RdkafkaWriter::~RdkafkaWriter() {
  is_closing_ = true;
  thread_.join();
}

// A producer of its own kind each time: how it gathers and compresses is drawn.
RdkafkaWriter::Client RdkafkaWriter::make_client() {
  constexpr std::array kCodecs = {"none", "none", "lz4", "zstd", "gzip", "snappy"};
  constexpr std::array kBatches = {"1", "10", "100"};
  constexpr std::array<std::uint64_t, 3> kUnreported = {5, 50, 300};
  // Many small requests, so that several of them are on their way.
  const bool is_pipelined = options_.in_flight > 1;
  const std::pair<const char*, std::string> settings[] = {
      {"bootstrap.servers", options_.bootstrap},
      {"client.id", "librdkafka"},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"max.in.flight.requests.per.connection", std::to_string(options_.in_flight)},
      {"linger.ms", std::to_string(is_pipelined ? 0 : random_() % 4)},
      {"batch.num.messages", is_pipelined ? "1" : kBatches[random_() % kBatches.size()]},
      {"compression.codec", kCodecs[random_() % kCodecs.size()]},
      {"message.timeout.ms", "0"},
      {"retry.backoff.ms", "5"},
      {"reconnect.backoff.ms", "2"},
      {"reconnect.backoff.max.ms", "10"},
      {"topic.metadata.refresh.fast.interval.ms", "10"},
      {"log_level", "0"}};  // it would tell of each broken connection
  unreported_max_ = kUnreported[random_() % kUnreported.size()];
  producer_ = ledger_.new_producer();
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  char text[512];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      throw std::runtime_error(text);
    }
  }
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_dr_msg_cb(conf, &RdkafkaWriter::on_report);
  Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text));
  if (!client) throw std::runtime_error(text);
  return client;
}

void RdkafkaWriter::run() {
  while (!is_closing_ && !ledger_.has_findings()) {
    const std::uint64_t drain = drain_.asked();
    if (drain == 0) hand_over_some();
    rd_kafka_poll(client_.get(), kPollMs);
    if (fatal_error_of(client_.get()) && !go_on_after_fatal_error()) return;
    if (drain != 0 && unreported_ == 0) drain_.confirm(drain);
  }
}

void RdkafkaWriter::hand_over_some() {
  for (std::uint64_t i = random_() % 20; i > 0 && unreported_ < unreported_max_; --i) {
    hand_over_one();
  }
}

void RdkafkaWriter::hand_over_one() {
  const auto slot = Slot(random_() % std::uint64_t(options_.slots));
  const Place& place = options_.places[std::size_t(slot)];
  const Name name = ledger_.hand_over(producer_, slot);
  const std::string key = key_of(name);
  const std::uint64_t filler_max = random_() % kLargeOneIn == 0 ? kLargeFillerMax : kFillerMax;
  std::string value = value_of(name, random_() % filler_max);
  // clang-format off
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      client_.get(), RD_KAFKA_V_TOPIC(place.topic.c_str()), RD_KAFKA_V_PARTITION(place.partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
      RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_END);
  // clang-format on
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++unreported_;
  } else if (error != RD_KAFKA_RESP_ERR__FATAL) {
    ledger_.report({Fault::kUnexpectedAnswer,
                    name.text() + ": librdkafka does not take it: " + rd_kafka_err2name(error)});
  }
}

void RdkafkaWriter::on_report(rd_kafka_t* client, const rd_kafka_message_t* report, void* opaque) {
  RdkafkaWriter& self = *static_cast<RdkafkaWriter*>(opaque);
  --self.unreported_;
  // What is said behind a fatal error does not count: the checker asks what the producer had heard
  // of when it ended.
  if (self.is_closing_ || fatal_error_of(client)) return;
  const auto name = name_of({static_cast<const char*>(report->key), report->key_len},
                            {static_cast<const char*>(report->payload), report->len});
  if (!name) {
    self.ledger_.report({Fault::kUnexpectedAnswer, "librdkafka reports a strange message"});
  } else if (report->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    self.ledger_.report({Fault::kUnexpectedAnswer,
                         name->text() + ": librdkafka reports " + rd_kafka_err2name(report->err)});
  } else {
    std::optional<std::int64_t> offset;
    if (report->offset >= 0) offset = report->offset;
    self.ledger_.acknowledge(*name, offset);
  }
}

bool RdkafkaWriter::go_on_after_fatal_error() {
  const auto [code, text] = *fatal_error_of(client_.get());
  if (options_.in_flight == 1 || code != RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER) {
    ledger_.report({Fault::kUnexplainedFatal, "producer " + std::to_string(producer_) + ", " +
                                                  std::to_string(options_.in_flight) +
                                                  " in flight: " + text});
    return false;
  }
  ledger_.end_by_sequence_error(producer_);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto deadline = std::chrono::steady_clock::now() + kPurgePatience;
  while (unreported_ > 0 && std::chrono::steady_clock::now() < deadline) {
    rd_kafka_poll(client_.get(), kPollMs);
  }
  if (unreported_ > 0) {
    ledger_.report({Fault::kUnexpectedAnswer, "librdkafka does not report purged messages"});
    return false;
  }
  client_ = make_client();
  return true;
}

}  // namespace understudy::durability
