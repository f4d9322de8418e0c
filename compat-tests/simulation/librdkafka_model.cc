#include "simulation/librdkafka_model.h"

#include <algorithm>
#include <limits>

namespace understudy::simulation {

using wire::ErrorCode;

LibrdkafkaModel::LibrdkafkaModel(ClientWorld& world, const ProducerOptions& options,
                                 std::uint64_t seed)
    : Producer(world, options, seed) {
  start();
}

void LibrdkafkaModel::start() {
  has_identity_ = false;
  is_draining_ = false;
  refresh_leaders();
  ask_for_identity([this, life = life_](const Identity& identity) {
    if (life != life_) return;
    identity_ = identity;
    has_identity_ = true;
    pump();
  });
}

void LibrdkafkaModel::offer(const Name& name) {
  toppars_[name.slot].fresh.push_back(name);
  pump();
}

bool LibrdkafkaModel::is_idle() const {
  return std::ranges::all_of(toppars_, [](const auto& entry) {
    const Toppar& toppar = entry.second;
    return toppar.in_flight == 0 && toppar.retries.empty() && toppar.fresh.empty();
  });
}

void LibrdkafkaModel::pump() {
  if (!has_identity_) return;
  if (is_draining_) {
    const bool is_drained = std::ranges::all_of(
        toppars_, [](const auto& entry) { return entry.second.in_flight == 0; });
    if (!is_drained) return;
    is_draining_ = false;
    if (identity_.epoch == std::numeric_limits<std::int16_t>::max()) return start();
    ++identity_.epoch;
    trace([&] { return "goes on in epoch " + std::to_string(identity_.epoch); });
  }
  for (auto& [slot, toppar] : toppars_) {
    pump(slot, toppar);
    if (is_draining_ || !has_identity_) return;
  }
}

// What was sent under another identity and may be there is not sent under this one. False: not yet.
bool LibrdkafkaModel::take_identity(Toppar& toppar) {
  if (toppar.identity == identity_) return true;
  if (toppar.in_flight > 0) return false;
  std::erase_if(toppar.retries, [&](const Batch& batch) {
    if (batch.may_be_there) give_up(batch.names);
    return batch.may_be_there;
  });
  toppar.identity = identity_;
  // Messages are counted anew, so that the first one that is left has sequence 0.
  toppar.next_message = 0;
  toppar.next_acknowledged = 0;
  for (Batch& batch : toppar.retries) {
    batch.first_message = toppar.next_message;
    toppar.next_message = batch.end();
  }
  return true;
}

void LibrdkafkaModel::pump(Slot slot, Toppar& toppar) {
  if (toppar.backs_off) return;
  expire(toppar);
  if (is_draining_ || !take_identity(toppar)) return;
  while (toppar.in_flight < kInFlightMax) {
    if (!toppar.retries.empty()) {
      Batch batch = std::move(toppar.retries.front());
      toppar.retries.pop_front();
      send(slot, toppar, std::move(batch));
      continue;
    }
    if (toppar.fresh.empty()) return;
    Batch batch{
        .first_message = toppar.next_message, .created_ms = now_ms(), .timestamp_ms = wall_ms()};
    const std::size_t wanted = 1 + random_.below(options_.records_per_batch_max);
    while (!toppar.fresh.empty() && batch.names.size() < wanted) {
      batch.names.push_back(toppar.fresh.front());
      toppar.fresh.pop_front();
    }
    toppar.next_message = batch.end();
    send(slot, toppar, std::move(batch));
  }
}

void LibrdkafkaModel::send(Slot slot, Toppar& toppar, Batch batch) {
  ++toppar.in_flight;
  const auto sequence = sequence_after(0, batch.first_message);
  wire::ProduceRequest request = produce_request();
  add_to(request, slot, make_batch(toppar.identity, sequence, batch.names, batch.timestamp_ms));
  trace([&] {
    return "sends " + batch.names.front().text() + " as sequence " + std::to_string(sequence);
  });
  link(leader_of(slot))
      .ask<wire::ProduceResponse>(request, options_.version,
                                  [this, slot, batch = std::move(batch), identity = toppar.identity,
                                   life = life_](const wire::ProduceResponse* response) {
                                    answered(slot, batch, identity, life, response);
                                  });
}

void LibrdkafkaModel::answered(Slot slot, Batch batch, const Identity& identity, int life,
                               const wire::ProduceResponse* response) {
  if (life != life_) return give_up(batch.names);  // of a producer that is no more
  Toppar& toppar = toppars_[slot];
  --toppar.in_flight;
  if (response == nullptr) {
    batch.may_be_there = true;
    refresh_leaders();
    retry(slot, toppar, std::move(batch));
  } else {
    const Answer& answer = response->responses.at(0).partition_responses.at(0);
    if (answer.error_code == ErrorCode::kNone) {
      succeeded(toppar, batch, identity, answer.base_offset);
    } else {
      failed(slot, toppar, std::move(batch), answer.error_code);
    }
  }
  pump();
}

void LibrdkafkaModel::succeeded(Toppar& toppar, const Batch& batch, const Identity& identity,
                                std::int64_t offset) {
  acknowledge(batch.names, offset);
  while (!toppar.retries.empty() && toppar.retries.front().end() <= batch.first_message) {
    for (const Name& name : toppar.retries.front().names) {
      world_.ledger.acknowledge(name, std::nullopt,
                                Ledger::Conclusion{identity.producer_id, identity.epoch});
    }
    toppar.retries.pop_front();
  }
  toppar.next_acknowledged = std::max(toppar.next_acknowledged, batch.end());
}

void LibrdkafkaModel::failed(Slot slot, Toppar& toppar, Batch batch, ErrorCode error) {
  trace(
      [&] { return batch.names.front().text() + " came back with " + std::to_string(int(error)); });
  switch (error) {
    case ErrorCode::kOutOfOrderSequenceNumber:
      if (batch.first_message <= toppar.next_acknowledged) {
        give_up(batch.names);
        return die("its sequence and the broker's part ways");
      }
      bump_when_drained("a sequence behind a failed one");
      return retry(slot, toppar, std::move(batch));
    case ErrorCode::kInvalidProducerEpoch:
      give_up(batch.names);
      return bump_when_drained("an old epoch");
    case ErrorCode::kNotLeaderOrFollower:
    case ErrorCode::kUnknownTopicOrPartition:
    case ErrorCode::kNotEnoughReplicas:
      refresh_leaders();
      return retry(slot, toppar, std::move(batch));
    default:
      batch.may_be_there = true;
      return retry(slot, toppar, std::move(batch));
  }
}

void LibrdkafkaModel::retry(Slot slot, Toppar& toppar, Batch batch) {
  const auto place =
      std::ranges::upper_bound(toppar.retries, batch.first_message, {}, &Batch::first_message);
  toppar.retries.insert(place, std::move(batch));
  if (toppar.backs_off) return;
  toppar.backs_off = true;
  back_off(slot);
}

// Nothing that is sent again overtakes what is still in flight.
void LibrdkafkaModel::back_off(Slot slot) {
  later(client_options_.retry_backoff_ms, [this, slot] {
    Toppar& toppar = toppars_[slot];
    if (toppar.in_flight > 0) return back_off(slot);
    toppar.backs_off = false;
    pump();
  });
}

void LibrdkafkaModel::expire(Toppar& toppar) {
  bool any_sent = false;
  while (!toppar.retries.empty() &&
         now_ms() - toppar.retries.front().created_ms > options_.delivery_timeout_ms) {
    give_up(toppar.retries.front().names);
    toppar.retries.pop_front();
    any_sent = true;
  }
  if (any_sent) bump_when_drained("messages ran out of time");
}

void LibrdkafkaModel::bump_when_drained(const char* why) {
  if (is_draining_) return;
  trace([&] { return std::string("lets everything come back: ") + why; });
  is_draining_ = true;
  later(0, [this] { pump(); });
}

void LibrdkafkaModel::die(const char* why) {
  trace([&] { return std::string("ends: ") + why; });
  ++life_;
  for (auto& [slot, toppar] : toppars_) {
    for (const Batch& batch : toppar.retries) give_up(batch.names);
    std::deque<Name> fresh = std::move(toppar.fresh);
    const bool backs_off = toppar.backs_off;
    toppar = {};
    toppar.fresh = std::move(fresh);
    toppar.backs_off = backs_off;
  }
  start();
}

}  // namespace understudy::simulation
