#include "simulation/raw_model.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace understudy::simulation {
namespace {

constexpr std::int32_t kMaxSequence = std::numeric_limits<std::int32_t>::max();
constexpr std::int16_t kMaxEpoch = std::numeric_limits<std::int16_t>::max();
constexpr std::size_t kRepeatable = 8;

}  // namespace

RawModel::RawModel(ClientWorld& world, const ProducerOptions& options, std::uint64_t seed)
    : Producer(world, options, seed) {
  refresh_leaders();
}

void RawModel::offer(const Name& name) {
  records_[name.slot].push_back(name);
  step();
}

void RawModel::step() {
  if (is_waiting_ || records_.empty()) return;
  is_waiting_ = true;
  auto chosen = records_.begin();
  std::advance(chosen, std::ptrdiff_t(random_.below(records_.size())));
  const Slot slot = chosen->first;
  Partition& partition = partitions_[slot];
  const bool is_tired = random_.below(40) == 0;
  if (partition.identity.producer_id >= 0 && !is_tired) return send(slot, choose(slot, partition));
  ask_for_identity([this, slot](const Identity& identity) {
    Partition& renewed = partitions_[slot];
    renewed.identity = identity;
    // Nobody knows it yet, so it may begin anywhere (T2).
    const std::int32_t starts[] = {0, 0, 7, kMaxSequence - 3, kMaxSequence};
    renewed.next = starts[random_.below(std::size(starts))];
    send(slot, fresh(slot, renewed.identity, renewed.next));
  });
}

RawModel::Sent RawModel::fresh(Slot slot, const Identity& identity, std::int32_t first) {
  Sent sent{.identity = identity, .first = first, .timestamp_ms = wall_ms()};
  auto& names = records_[slot];
  const std::size_t wanted = 1 + random_.below(options_.records_per_batch_max);
  while (!names.empty() && sent.names.size() < wanted) {
    sent.names.push_back(names.front());
    names.pop_front();
  }
  if (names.empty()) records_.erase(slot);
  return sent;
}

RawModel::Sent RawModel::choose(Slot slot, Partition& partition) {
  const Identity now = partition.identity;
  const auto epoch = [&](int step) {
    return Identity{now.producer_id, std::int16_t(std::clamp<int>(now.epoch + step, 0, kMaxEpoch))};
  };
  switch (random_.below(20)) {
    case 0:
    case 1:
    case 2:
      if (!partition.sent.empty()) return partition.sent[random_.below(partition.sent.size())];
      break;
    case 3:
      return fresh(slot, now, sequence_after(partition.next, 1 + std::int64_t(random_.below(3))));
    case 4:
      return fresh(slot, epoch(-1), partition.next);
    case 5:
      return fresh(slot, epoch(1), partition.next);
    case 6:
      return fresh(slot, epoch(1 + int(random_.below(3))), 0);
    case 7:
      if (random_.below(4) == 0) return fresh(slot, {now.producer_id, kMaxEpoch}, 0);
      break;
    case 8:
      if (!partition.sent.empty()) return fresh(slot, now, partition.sent.back().first);
      break;
    case 9:
      return fresh(slot, {}, -1);
    default:
      break;
  }
  return fresh(slot, now, partition.next);
}

RawModel::Key RawModel::key_of(const Sent& sent) {
  return {sent.identity.producer_id, sent.identity.epoch, sent.first, sent.names.size()};
}

void RawModel::send(Slot slot, const Sent& sent) {
  if (sent.identity.producer_id >= 0) {
    const auto [first, is_new] = first_sent_.try_emplace(key_of(sent), sent.names);
    // Nobody can tell any more for which of them an acknowledgement stands.
    if (!is_new && first->second != sent.names) first->second.clear();
    auto& known = partitions_[slot].sent;
    known.push_back(sent);
    if (known.size() > kRepeatable) known.erase(known.begin());
  }
  wire::ProduceRequest request = produce_request();
  add_to(request, slot, make_batch(sent.identity, sent.first, sent.names, sent.timestamp_ms));
  link(leader_of(slot))
      .ask<wire::ProduceResponse>(
          request, options_.version, [this, slot, sent](const wire::ProduceResponse* response) {
            answered(slot, sent,
                     response == nullptr ? nullptr
                                         : &response->responses.at(0).partition_responses.at(0));
          });
}

void RawModel::answered(Slot slot, const Sent& sent, const Answer* answer) {
  Partition& partition = partitions_[slot];
  if (answer == nullptr || answer->error_code == wire::ErrorCode::kNotLeaderOrFollower) {
    refresh_leaders();
  } else if (answer->error_code == wire::ErrorCode::kNone && sent.identity.producer_id >= 0) {
    if (first_sent_.at(key_of(sent)) == sent.names) acknowledge(sent.names, answer->base_offset);
    const bool is_new = sent.identity.epoch > partition.identity.epoch ||
                        (sent.identity == partition.identity && sent.first == partition.next);
    if (is_new) {
      partition.identity = sent.identity;
      partition.next = sequence_after(sent.first, std::int64_t(sent.names.size()));
    }
  }
  later(1 + std::int64_t(random_.below(30)), [this] {
    is_waiting_ = false;
    step();
  });
}

}  // namespace understudy::simulation
