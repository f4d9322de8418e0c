#include "durability/log_reader.h"

#include <librdkafka/rdkafka.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "codec/record.h"
#include "codec/record_batch.h"

namespace understudy::durability {
namespace {

constexpr wire::Version kFetchVersion = 12;  // the newest with topic names
constexpr std::int32_t kNoPatience = 0;

std::string at(std::int64_t offset) { return " at offset " + std::to_string(offset); }

// The records of a batch from `offset` on; false if it cannot be read to its end.
bool add_records(const codec::BatchView& batch, std::int64_t offset, LogCopy& log) {
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    if (record->offset < offset) continue;
    std::optional<Name> name;
    if (record->key && record->value) name = name_of(*record->key, *record->value);
    log.records.push_back(
        {.offset = record->offset, .batch = log.batches.size() - 1, .name = name});
  }
  return reader.verdict().ok();
}

}  // namespace

FetchedPart fetch(support::RawClient& client, const Place& place, std::int64_t offset,
                  std::int32_t max_bytes) {
  const auto response = client.ask(
      wire::FetchRequest{.max_wait_ms = kNoPatience,
                         .min_bytes = 1,
                         .max_bytes = max_bytes,
                         .topics = {{.topic = place.topic,
                                     .partitions = {{.partition = place.partition,
                                                     .fetch_offset = offset,
                                                     .partition_max_bytes = max_bytes}}}}},
      kFetchVersion);
  if (response.responses.size() != 1 || response.responses[0].partitions.size() != 1) {
    throw std::runtime_error("a Fetch was not answered for its partition");
  }
  const auto& answer = response.responses[0].partitions[0];
  return {.error = answer.error_code,
          .high_watermark = answer.high_watermark,
          .log_start_offset = answer.log_start_offset,
          .records = answer.records.value_or(wire::Records())};
}

std::int64_t add_batches(const wire::Slice& records, std::int64_t offset, LogCopy& log) {
  codec::BatchCursor cursor({records.data(), records.size()});
  codec::BatchCursor::Step step;
  while ((step = cursor.next()) == codec::BatchCursor::Step::kBatch) {
    if (!codec::check_batch(cursor.batch()).ok()) {
      log.unreadable.push_back("a batch with a wrong checksum or size" + at(offset));
      return offset;
    }
    const codec::BatchView batch(cursor.batch());
    if (batch.last_offset() < offset) {
      log.unreadable.push_back("a batch that ends below the fetched offset" + at(offset));
      return offset;
    }
    log.batches.push_back({.base_offset = batch.base_offset(),
                           .last_offset = batch.last_offset(),
                           .producer_id = batch.producer_id(),
                           .producer_epoch = batch.producer_epoch(),
                           .base_sequence = batch.base_sequence(),
                           .last_sequence = batch.last_sequence(),
                           .max_timestamp = batch.max_timestamp()});
    if (!add_records(batch, offset, log)) {
      log.unreadable.push_back("a batch whose records cannot be read" + at(offset));
      return offset;
    }
    offset = batch.next_offset();
  }
  if (step == codec::BatchCursor::Step::kError) {
    log.unreadable.push_back("something that is no batch" + at(offset));
  }
  return offset;
}

std::int64_t read_to_end(support::RawClient& client, const Place& place, std::int64_t offset,
                         LogCopy& log) {
  for (;;) {
    const FetchedPart part = fetch(client, place, offset);
    if (part.error != wire::ErrorCode::kNone) {
      log.unreadable.push_back("Fetch" + at(offset) + " answered " +
                               std::string(wire::name_of(part.error)));
      return offset;
    }
    if (offset >= part.high_watermark) return offset;
    const std::int64_t next = add_batches(part.records, offset, log);
    if (next == offset) {
      if (log.unreadable.empty()) {
        log.unreadable.push_back("nothing" + at(offset) + ", below the high watermark " +
                                 std::to_string(part.high_watermark));
      }
      return offset;
    }
    offset = next;
  }
}

std::vector<ProducerRow> describe_producers(support::RawClient& client, const Place& place) {
  const auto response = client.ask(
      wire::DescribeProducersRequest{
          .topics = {{.name = place.topic, .partition_indexes = {place.partition}}}},
      0);
  const auto& answer = response.topics.at(0).partitions.at(0);
  if (answer.error_code != wire::ErrorCode::kNone) {
    throw std::runtime_error("DescribeProducers answered " +
                             std::string(wire::name_of(answer.error_code)));
  }
  std::vector<ProducerRow> rows;
  for (const auto& state : answer.active_producers) {
    rows.push_back({.producer_id = state.producer_id,
                    .producer_epoch = state.producer_epoch,
                    .last_sequence = state.last_sequence,
                    .last_timestamp = state.last_timestamp});
  }
  return rows;
}

namespace {

constexpr int kPollMs = 1000;
constexpr int kSilentPollsMax = 30;

struct ClientDestroyer {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
struct ListDestroyer {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
struct MessageDestroyer {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDestroyer>;
using Message = std::unique_ptr<rd_kafka_message_t, MessageDestroyer>;

Client make_consumer(const std::string& bootstrap) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  char text[512];
  const std::pair<const char*, std::string> settings[] = {
      {"bootstrap.servers", bootstrap}, {"group.id", "durability"},
      {"check.crcs", "true"},           {"enable.auto.commit", "false"},
      {"enable.partition.eof", "true"}, {"fetch.wait.max.ms", "10"}};
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      throw std::runtime_error(text);
    }
  }
  Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text));
  if (!client) throw std::runtime_error(text);
  return client;
}

// What is wrong with the next message of a partition, of which `position` records were right.
std::optional<std::string> compare(const rd_kafka_message_t& message, const LogCopy& log,
                                   std::size_t position) {
  const std::string where = std::string(rd_kafka_topic_name(message.rkt)) + "-" +
                            std::to_string(message.partition) + at(message.offset) + ": ";
  if (position >= log.records.size()) return where + "more than raw requests read";
  const LogRecord& expected = log.records[position];
  const auto name = name_of({static_cast<const char*>(message.key), message.key_len},
                            {static_cast<const char*>(message.payload), message.len});
  if (expected.offset == message.offset && expected.name == name) return std::nullopt;
  return where + "not what raw requests read";
}

}  // namespace

std::optional<std::string> compare_with_librdkafka(const std::string& bootstrap,
                                                   const std::vector<Place>& places,
                                                   const std::vector<LogCopy>& logs) {
  const Client client = make_consumer(bootstrap);
  const std::unique_ptr<rd_kafka_topic_partition_list_t, ListDestroyer> list(
      rd_kafka_topic_partition_list_new(int(places.size())));
  for (const Place& place : places) {
    rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  if (rd_kafka_assign(client.get(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return "librdkafka: cannot be given its partitions";
  }
  std::vector<std::size_t> positions(places.size());
  std::vector<bool> is_at_end(places.size());
  std::size_t ended = 0;
  for (int silent_polls = 0; ended < places.size();) {
    const Message message(rd_kafka_consumer_poll(client.get(), kPollMs));
    if (!message) {
      if (++silent_polls == kSilentPollsMax) return "librdkafka: its consumer gets nothing more";
      continue;
    }
    silent_polls = 0;
    if (message->rkt == nullptr) continue;  // a connection came or went
    std::size_t slot = 0;
    while (places[slot].partition != message->partition ||
           places[slot].topic != rd_kafka_topic_name(message->rkt)) {
      ++slot;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (positions[slot] != logs[slot].records.size()) {
        return "librdkafka: its consumer reads fewer records of slot " + std::to_string(slot);
      }
      if (!is_at_end[slot]) ++ended;
      is_at_end[slot] = true;
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::string("librdkafka: ") + rd_kafka_message_errstr(message.get());
    }
    if (auto wrong = compare(*message, logs[slot], positions[slot]++)) {
      return "librdkafka: " + *wrong;
    }
  }
  rd_kafka_consumer_close(client.get());
  return std::nullopt;
}

}  // namespace understudy::durability
