// What Apache Kafka's rules say of a batch, given what a partition remembers of its producer.
//
// Written a second time, from the truth table (T1 to T19) and not from the broker's code, so that
// the two can disagree. Plain idempotent producers only; no transactions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/error_code.h"

namespace understudy::simulation {

inline constexpr std::size_t kRemembered = 5;

struct Sequences {
  std::int64_t producer_id = -1;
  std::int16_t epoch = -1;
  std::int32_t first = -1;
  std::int32_t last = -1;

  bool operator==(const Sequences&) const = default;
  std::string text() const;  // "producer 7, epoch 0, sequences 3..5"
};

// The sequence `count` places behind `sequence`: they run from 0 to 2147483647 and then from 0
// again.
std::int32_t sequence_after(std::int32_t sequence, std::int64_t count);

struct KnownBatch {
  std::int32_t first = 0;
  std::int32_t last = 0;
  std::int64_t base_offset = 0;
  std::int64_t timestamp = 0;

  bool operator==(const KnownBatch&) const = default;
};

// What is remembered of one producer in one partition.
struct Memory {
  std::int16_t epoch = -1;
  std::vector<KnownBatch> batches;  // oldest first, at most kRemembered

  bool operator==(const Memory&) const = default;
  std::int64_t last_timestamp() const { return batches.empty() ? -1 : batches.back().timestamp; }
  // With the newest `count` batches alone.
  Memory newest(std::size_t count) const;
  std::string text() const;
};
using MaybeMemory = std::optional<Memory>;  // nothing: the producer is unknown

// Why a batch was let in.
enum class Row : std::uint8_t {
  kNoProducer,        // T26
  kFirst,             // T1: unknown, from 0
  kFirstInTheMiddle,  // T2: unknown, from any other sequence
  kNewEpoch,          // T8
  kNext,              // T10, T11
  kWithoutEpoch,      // T4, T18, T19
};

struct Ruling {
  enum class Kind : std::uint8_t { kAppend, kDuplicate, kRefuse };
  Kind kind = Kind::kAppend;
  Row row = Row::kNoProducer;                      // kAppend
  KnownBatch original = {};                        // kDuplicate
  wire::ErrorCode error = wire::ErrorCode::kNone;  // kRefuse

  std::string text() const;
};

Ruling rule_on(const MaybeMemory& memory, const Sequences& batch);

// After the batch went in.
Memory remember(const MaybeMemory& memory, const Sequences& batch, std::int64_t base_offset,
                std::int64_t timestamp);

}  // namespace understudy::simulation
