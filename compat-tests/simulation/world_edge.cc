// What enters the core and what leaves it, seen there: before the network loses it.
#include <algorithm>

#include "codec/record.h"
#include "simulation/world.h"
#include "wire/header.h"
#include "wire/messages/fetch.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"

namespace understudy::simulation {
namespace {

using wire::ApiKey;
using wire::ErrorCode;

SentBatch sent_batch(const wire::Slice& bytes) {
  const codec::BatchView batch(codec::view_of(bytes));
  SentBatch sent{.sequences = {.producer_id = batch.producer_id(),
                               .epoch = batch.producer_epoch(),
                               .first = batch.base_sequence(),
                               .last = batch.last_sequence()},
                 .record_count = batch.record_count(),
                 .max_timestamp = batch.max_timestamp(),
                 .bytes = bytes};
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    const auto name = support::name_of(record->key.value_or(""), record->value.value_or(""));
    sent.names.push_back(name.value_or(Name{-1, -1, -1}));
  }
  return sent;
}

template <class Response>
bool decode(Response& response, wire::Version version, const wire::Slice& body) {
  wire::DecodeError error;
  return wire::decode(response, version, body, error);
}

}  // namespace

void World::received(ConnectionId connection, const wire::Slice& frame) {
  ++counts_.requests;
  hash_.add(connection);
  hash_.add(frame.view());
  in_flight_[connection] = parse(connection, nodes_.at(connection), frame);
  delivering_ = connection;
  // The core stamps batches in place, and the client may send the same bytes again.
  in_core([&] { broker_->receive(connection, wire::Slice::copy_of(frame.view())); });
  delivering_.reset();
}

World::InFlight World::parse(ConnectionId connection, NodeId node, const wire::Slice& frame) const {
  InFlight request;
  wire::DecodeError error;
  const auto parsed = wire::read_request_header(frame, error);
  if (!parsed) return request;
  request.key = parsed->key;
  request.version = parsed->version;
  request.correlation_id = parsed->header.correlation_id;
  trace([&] {
    return "node " + std::to_string(node) + " gets " + std::string(wire::name_of(parsed->key)) +
           " over connection " + std::to_string(connection);
  });
  if (parsed->key == ApiKey::kProduce) {
    parse_produce(frame.sub(parsed->body_at, frame.size() - parsed->body_at), node, request);
  }
  return request;
}

void World::parse_produce(const wire::Slice& body, NodeId node, InFlight& request) const {
  wire::ProduceRequest produce;
  if (!decode(produce, request.version, body)) return;
  request.acks = produce.acks;
  for (const auto& topic : produce.topic_data) {
    for (const auto& data : topic.partition_data) {
      const auto slot = client_world_.slot_of(topic.name, data.index);
      if (!slot || !data.records) continue;
      const broker::PartitionView at = partition(*slot);
      const bool fails_syncs = schedule_.durability == Durability::kFsync && disk_.fails_syncs();
      request.items.push_back(
          {.slot = *slot,
           .sent = sent_batch(*data.records),
           .circumstances = {.is_leader = at.leader == node,
                             .is_offline = at.is_offline,
                             .is_disk_failing = disk_.is_full() || fails_syncs}});
    }
  }
}

// The broker has decided on a batch, and says so in its events.
void World::judged(const broker::Event& event, const broker::BatchEvent& batch) {
  ++counts_.batches;
  switch (batch.verdict) {
    case broker::BatchEvent::Verdict::kAppended:
      ++counts_.appended;
      break;
    case broker::BatchEvent::Verdict::kDuplicate:
      ++counts_.duplicates;
      break;
    case broker::BatchEvent::Verdict::kRefused:
      ++counts_.refused;
      break;
  }
  const auto connection = connection_of(batch.client_id);
  const auto slot = client_world_.slot_of(batch.topic, batch.partition);
  const auto request = connection ? in_flight_.find(*connection) : in_flight_.end();
  if (!slot || request == in_flight_.end()) {
    return find_fault(Check::kExplanation, event.describe() + ": nobody asked for that");
  }
  for (Item& item : request->second.items) {
    if (item.slot != *slot) continue;
    item.is_judged = true;
    item.base_offset = batch.base_offset;
    item.error = batch.error;
    models_[std::size_t(*slot)].observe(batch, item.sent, item.circumstances, findings_);
  }
}

void World::answered(ConnectionId connection, const wire::Slice& frame) {
  hash_.add(connection);
  hash_.add(frame.view());
  const auto found = in_flight_.find(connection);
  if (found == in_flight_.end()) return;
  const InFlight request = std::move(found->second);
  in_flight_.erase(found);
  wire::ResponseHeader header;
  wire::DecodeError error;
  const auto body_at =
      wire::read_response_header(request.key, request.version, frame, header, error);
  if (!body_at) return find_fault(Check::kAnswer, "an answer without a header");
  if (header.correlation_id != request.correlation_id) {
    find_fault(Check::kAnswer, "an answer to another request");
  }
  const wire::Slice body = frame.sub(*body_at, frame.size() - *body_at);
  if (request.key == ApiKey::kProduce) check_produce_answer(request, body);
  if (request.key == ApiKey::kFetch) check_fetch_answer(request, body);
  if (request.key == ApiKey::kInitProducerId) check_producer_id(request, body);
}

void World::check_produce_answer(const InFlight& request, const wire::Slice& body) {
  wire::ProduceResponse response;
  if (!decode(response, request.version, body)) {
    return find_fault(Check::kAnswer, "a Produce answer that cannot be read");
  }
  std::size_t answers = 0;
  for (const auto& topic : response.responses) {
    for (const auto& answer : topic.partition_responses) {
      const auto slot = client_world_.slot_of(topic.name, answer.index);
      const auto item = std::ranges::find_if(
          request.items, [&](const Item& one) { return slot && one.slot == *slot; });
      if (item == request.items.end()) continue;
      ++answers;
      if (answer.error_code == ErrorCode::kNone) {
        check_success(request, *item, answer.base_offset);
        continue;
      }
      // With acks = all a batch may be in the log and the answer still be that others are not
      // known to have it.
      const bool is_written = item->is_judged && item->error == ErrorCode::kNone;
      if (has_faults_ || (is_written ? request.acks == -1 : answer.error_code == item->error)) {
        continue;
      }
      find_fault(Check::kAnswer, name_of_slot(item->slot) + ": " + item->sent.sequences.text() +
                                     " is answered with " + std::to_string(int(answer.error_code)));
    }
  }
  if (answers != request.items.size() && !has_faults_) {
    find_fault(Check::kAnswer, "a Produce answer that leaves out a partition");
  }
}

void World::check_success(const InFlight& request, const Item& item, std::int64_t base_offset) {
  const std::string what = name_of_slot(item.slot) + ": " + item.sent.sequences.text();
  const bool is_written = item.is_judged && item.error == ErrorCode::kNone;
  if (!is_written || item.base_offset != base_offset) {
    return find_fault(
        Check::kAnswer,
        what + " is acknowledged at offset " + std::to_string(base_offset) + ", and lies " +
            (is_written ? "at " + std::to_string(item.base_offset) : std::string("nowhere")));
  }
  Entry* entry = models_[std::size_t(item.slot)].find(base_offset);
  if (entry == nullptr || entry->sent.sequences != item.sent.sequences) {
    return find_fault(Check::kAnswer, what + " is acknowledged at offset " +
                                          std::to_string(base_offset) + ", where it lies no more");
  }
  ledger_.say(entry->sent.names, base_offset);
  if (request.acks != -1) return;
  const std::int64_t end = base_offset + item.sent.record_count;
  if (schedule_.durability == Durability::kFsync && durable_end(item.slot) < end) {
    find_fault(Check::kWatermark, what + " is acknowledged before the disk has it");
  }
  const auto held = held_.find(item.slot);
  if (held != held_.end() && end > held->second) {
    find_fault(Check::kWatermark, what + " is acknowledged before it is replicated");
  }
  entry->is_promised = true;
}

void World::check_fetch_answer(const InFlight& request, const wire::Slice& body) {
  wire::FetchResponse response;
  if (!decode(response, request.version, body)) {
    return find_fault(Check::kAnswer, "a Fetch answer that cannot be read");
  }
  for (const auto& topic : response.responses) {
    for (const auto& answer : topic.partitions) {
      const auto slot = client_world_.slot_of(topic.topic, answer.partition_index);
      if (!slot || answer.error_code != ErrorCode::kNone) continue;
      check_watermark(*slot, answer.high_watermark);
      if (answer.records) check_shown(*slot, *answer.records, answer.high_watermark);
    }
  }
}

void World::check_watermark(Slot slot, std::int64_t high_watermark) {
  ledger_.show_watermark(slot, high_watermark, findings_);
  std::int64_t limit = models_[std::size_t(slot)].end_offset();
  if (schedule_.durability == Durability::kFsync) limit = std::min(limit, durable_end(slot));
  const auto held = held_.find(slot);
  if (held != held_.end()) limit = std::min(limit, held->second);
  if (high_watermark <= limit) return;
  find_fault(Check::kWatermark, name_of_slot(slot) + ": the high watermark is " +
                                    std::to_string(high_watermark) + ", and only what lies below " +
                                    std::to_string(limit) + " is replicated");
}

void World::check_shown(Slot slot, const wire::Slice& records, std::int64_t high_watermark) {
  codec::BatchCursor cursor(codec::view_of(records));
  while (cursor.next() == codec::BatchCursor::Step::kBatch) {
    if (cursor.batch().size() < codec::kBatchHeaderSize) {
      return find_fault(Check::kBytes, name_of_slot(slot) + ": less than a batch is shown");
    }
    const codec::BatchView batch(cursor.batch());
    if (batch.next_offset() > high_watermark) {
      find_fault(Check::kWatermark, name_of_slot(slot) + ": records at offset " +
                                        std::to_string(batch.base_offset()) +
                                        " are shown beyond the high watermark");
    }
    const SentBatch shown = sent_batch(wire::Slice::copy_of(
        {reinterpret_cast<const char*>(cursor.batch().data()), cursor.batch().size()}));
    if (!batch.has_valid_crc()) {
      find_fault(Check::kBytes, name_of_slot(slot) + ": damaged records are shown");
    }
    for (std::size_t i = 0; i < shown.names.size(); ++i) {
      ledger_.show(slot, batch.base_offset() + std::int64_t(i), shown.names[i], findings_);
    }
  }
  if (!cursor.verdict().ok()) {
    find_fault(Check::kBytes, name_of_slot(slot) + ": what is shown is no batch");
  }
}

void World::check_producer_id(const InFlight& request, const wire::Slice& body) {
  wire::InitProducerIdResponse response;
  if (!decode(response, request.version, body)) {
    return find_fault(Check::kAnswer, "an InitProducerId answer that cannot be read");
  }
  if (response.error_code != ErrorCode::kNone) return;
  ledger_.hand_out_producer_id(response.producer_id, findings_);
}

}  // namespace understudy::simulation
