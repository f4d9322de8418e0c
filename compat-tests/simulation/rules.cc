#include "simulation/rules.h"

#include <algorithm>

namespace understudy::simulation {
namespace {

constexpr std::int64_t kSequenceCount = std::int64_t{1} << 31;

Ruling append(Row row) { return {.kind = Ruling::Kind::kAppend, .row = row}; }
Ruling refuse(wire::ErrorCode error) { return {.kind = Ruling::Kind::kRefuse, .error = error}; }

}  // namespace

std::string Sequences::text() const {
  return "producer " + std::to_string(producer_id) + ", epoch " + std::to_string(epoch) +
         ", sequences " + std::to_string(first) + ".." + std::to_string(last);
}

std::int32_t sequence_after(std::int32_t sequence, std::int64_t count) {
  return static_cast<std::int32_t>((sequence + count) % kSequenceCount);
}

Memory Memory::newest(std::size_t count) const {
  Memory memory{.epoch = epoch, .batches = {}};
  const std::size_t kept = std::min(count, batches.size());
  memory.batches.assign(batches.end() - std::ptrdiff_t(kept), batches.end());
  return memory;
}

std::string Memory::text() const {
  std::string text = "epoch " + std::to_string(epoch) + ",";
  for (const KnownBatch& batch : batches) {
    text += " " + std::to_string(batch.first) + ".." + std::to_string(batch.last) + "@" +
            std::to_string(batch.base_offset);
  }
  return text;
}

std::string Ruling::text() const {
  switch (kind) {
    case Kind::kAppend:
      return "append";
    case Kind::kDuplicate:
      return "duplicate of offset " + std::to_string(original.base_offset);
    case Kind::kRefuse:
      return "refuse with " + std::to_string(static_cast<int>(error));
  }
  return {};
}

Ruling rule_on(const MaybeMemory& memory, const Sequences& batch) {
  if (batch.producer_id < 0) return append(Row::kNoProducer);
  if (!memory) {
    if (batch.epoch < 0) return append(Row::kWithoutEpoch);
    return append(batch.first == 0 ? Row::kFirst : Row::kFirstInTheMiddle);
  }
  if (batch.epoch == memory->epoch) {
    for (const KnownBatch& known : memory->batches) {
      if (known.first == batch.first && known.last == batch.last) {
        return {.kind = Ruling::Kind::kDuplicate, .original = known};
      }
    }
  }
  if (batch.epoch < memory->epoch) return refuse(wire::ErrorCode::kInvalidProducerEpoch);
  if (memory->epoch < 0) return append(Row::kWithoutEpoch);
  if (batch.epoch > memory->epoch) {
    return batch.first == 0 ? append(Row::kNewEpoch)
                            : refuse(wire::ErrorCode::kOutOfOrderSequenceNumber);
  }
  const std::int32_t expected =
      memory->batches.empty() ? 0 : sequence_after(memory->batches.back().last, 1);
  return batch.first == expected ? append(Row::kNext)
                                 : refuse(wire::ErrorCode::kOutOfOrderSequenceNumber);
}

Memory remember(const MaybeMemory& memory, const Sequences& batch, std::int64_t base_offset,
                std::int64_t timestamp) {
  Memory next = memory && memory->epoch == batch.epoch ? *memory : Memory{.epoch = batch.epoch};
  next.batches.push_back({batch.first, batch.last, base_offset, timestamp});
  if (next.batches.size() > kRemembered) next.batches.erase(next.batches.begin());
  return next;
}

}  // namespace understudy::simulation
