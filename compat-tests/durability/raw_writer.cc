#include "durability/raw_writer.h"

#include <array>
#include <chrono>
#include <optional>

#include "codec/record.h"
#include "support/patience.h"

namespace understudy::durability {
namespace {

using std::chrono::milliseconds;
using support::RawClient;
using support::TransportError;

constexpr wire::Version kProduceVersion = 9;  // topics by name
constexpr std::int32_t kTimeoutMs = 30'000;
constexpr milliseconds kReconnectPause(2);
constexpr milliseconds kDrainedPause(5);
// A connection that breaks breaks because the broker dies: within this time that is known.
constexpr milliseconds kExcusePatience(10'000);

constexpr std::uint64_t kRecordsMax = 10;
constexpr std::uint64_t kFillerMax = 300;
constexpr std::uint64_t kLargeFillerMax = 20'000;
constexpr int kLargeOneIn = 50;
constexpr int kRepeatOneIn = 10;
constexpr int kNewEpochOneIn = 100;
constexpr int kNewIdOneIn = 200;
constexpr int kPauseOneIn = 3;

constexpr milliseconds kElectionPause(50);

// A partition of a real Kafka has no leader yet.
struct NoLeader : std::exception {};

bool says_no_leader(wire::ErrorCode error) {
  return error == wire::ErrorCode::kNotLeaderOrFollower ||
         error == wire::ErrorCode::kUnknownTopicOrPartition;
}

}  // namespace

RawWriter::RawWriter(const Options& options, Ledger& ledger, Lives& lives)
    : options_(options),
      ledger_(ledger),
      lives_(lives),
      random_(options.seed),
      producer_(ledger.new_producer()),
      thread_([this] { run(); }) {}

RawWriter::~RawWriter() {
  is_closing_ = true;
  thread_.join();
}

void RawWriter::run() {
  while (!is_closing_ && !ledger_.has_findings()) {
    std::optional<RawClient> client;
    const std::uint64_t life = lives_.current();
    try {
      client.emplace(options_.broker, "raw-writer");
    } catch (const TransportError&) {
      std::this_thread::sleep_for(kReconnectPause);  // it is down
      continue;
    }
    try {
      talk(*client);
    } catch (const TransportError& error) {
      if (lives_.wait_for_end(life, kExcusePatience) || is_closing_) continue;
      ledger_.report({Fault::kUnexpectedAnswer,
                      "a connection of producer " + std::to_string(producer_) +
                          " broke while the broker was left alone: " + error.what()});
    } catch (const NoLeader&) {
      std::this_thread::sleep_for(kElectionPause);
    } catch (const std::exception& error) {
      ledger_.report({Fault::kUnexpectedAnswer,
                      "producer " + std::to_string(producer_) + ": " + error.what()});
    }
  }
}

void RawWriter::talk(RawClient& client) {
  for (const RawBatch& batch : window_.reconnect()) {
    ledger_.count_retry();
    send(client, batch);
  }
  if (producer_id_ < 0) ask_for_producer_id(client);
  while (!is_closing_ && !ledger_.has_findings()) {
    const std::uint64_t drain = drain_.asked();
    if (drain == 0 && may_send() && (chance(2) || !window_.awaits_answers())) {
      send_something(client);
    } else if (window_.awaits_answers()) {
      receive(client);
    } else {
      drain_.confirm(drain);
      std::this_thread::sleep_for(kDrainedPause);
    }
  }
}

// While the broker does not know the id it takes any sequence. If it had no leader for the first
// batch and one for the second, the first would be lost (idempotence, scenario 15).
bool RawWriter::may_send() const {
  if (options_.awaits_leaders && !is_known_ && !window_.is_empty()) return false;
  return !window_.is_full();
}

void RawWriter::ask_for_producer_id(RawClient& client) {
  for (;;) {
    const auto answer =
        client.ask(wire::InitProducerIdRequest{.transactional_id = std::nullopt,
                                               .transaction_timeout_ms = kTimeoutMs},
                   4);
    // A real Kafka says this once after a start.
    if (answer.error_code == wire::ErrorCode::kCoordinatorLoadInProgress) continue;
    if (answer.error_code != wire::ErrorCode::kNone) {
      throw std::runtime_error("InitProducerId answered " +
                               std::string(wire::name_of(answer.error_code)));
    }
    ledger_.hand_out_producer_id(answer.producer_id);
    producer_id_ = answer.producer_id;
    producer_epoch_ = answer.producer_epoch;
    next_sequence_ = 0;
    is_known_ = false;
    return;
  }
}

void RawWriter::send_something(RawClient& client) {
  // Without this pause a few raw producers would take the whole machine.
  if (chance(kPauseOneIn)) std::this_thread::sleep_for(std::chrono::microseconds(300));
  if (!window_.awaits_answers() && window_.is_empty()) start_again(client);
  if (chance(kRepeatOneIn)) {
    const std::vector<RawBatch> candidates = window_.repeatable();
    if (!candidates.empty()) {
      const RawBatch& batch = candidates[random_() % candidates.size()];
      send(client, batch);
      window_.repeat(batch);
      return;
    }
  }
  RawBatch batch = new_batch();
  // The window has to know it even if it cannot be sent: it may have been written by halves.
  window_.send(batch);
  send(client, batch);
}

// Now and then under another epoch or id, which begins at sequence 0.
void RawWriter::start_again(RawClient& client) {
  if (chance(kNewIdOneIn)) {
    window_.start_again();
    ask_for_producer_id(client);
  } else if (chance(kNewEpochOneIn) && producer_epoch_ < INT16_MAX) {
    window_.start_again();
    ++producer_epoch_;
    next_sequence_ = 0;
  }
}

RawBatch RawWriter::new_batch() {
  constexpr std::array kCodecs = {codec::CompressionType::kNone, codec::CompressionType::kNone,
                                  codec::CompressionType::kGzip, codec::CompressionType::kSnappy,
                                  codec::CompressionType::kLz4,  codec::CompressionType::kZstd};
  RawBatch batch{
      .number = next_number_++, .names = {}, .max_timestamp = support::now_ms(), .bytes = {}};
  codec::RecordBatchBuilder builder({.compression = kCodecs[random_() % kCodecs.size()],
                                     .producer_id = producer_id_,
                                     .producer_epoch = producer_epoch_,
                                     .base_sequence = next_sequence_});
  const std::uint64_t count = 1 + random_() % kRecordsMax;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Name name = ledger_.hand_over(producer_, options_.slot);
    batch.names.push_back(name);
    const std::string key = key_of(name);
    const std::string value =
        value_of(name, random_() % (chance(kLargeOneIn) ? kLargeFillerMax : kFillerMax));
    builder.add({.timestamp = batch.max_timestamp, .key = key, .value = value});
  }
  batch.bytes = builder.build_slice();
  next_sequence_ = codec::increment_sequence(next_sequence_, std::int32_t(count));
  return batch;
}

void RawWriter::send(RawClient& client, const RawBatch& batch) {
  wire::ProduceRequest request{.acks = -1, .timeout_ms = kTimeoutMs};
  request.topic_data.push_back(
      {.name = options_.place.topic,
       .partition_data = {{.index = options_.place.partition, .records = batch.bytes}}});
  client.send(request, kProduceVersion);
}

void RawWriter::receive(RawClient& client) {
  const auto response = client.receive<wire::ProduceResponse>();
  const auto& answer = response.responses.at(0).partition_responses.at(0);
  if (options_.awaits_leaders && says_no_leader(answer.error_code)) throw NoLeader();
  const RawVerdict verdict = window_.answer({.error = answer.error_code,
                                             .base_offset = answer.base_offset,
                                             .log_append_time_ms = answer.log_append_time_ms});
  if (verdict.is_duplicate) ledger_.count_duplicate();
  for (const RawVerdict::Acknowledged& one : verdict.acknowledged) {
    is_known_ = true;
    for (std::size_t i = 0; i < one.batch.names.size(); ++i) {
      std::optional<std::int64_t> offset = one.base_offset;
      if (offset) *offset += std::int64_t(i);
      ledger_.acknowledge(one.batch.names[i], offset);
    }
  }
  if (verdict.finding) ledger_.report(*verdict.finding);
}

}  // namespace understudy::durability
