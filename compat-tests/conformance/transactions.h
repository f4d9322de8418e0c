// A transaction of raw requests: version 2 of transactions (KIP-890), where a Produce request adds
// its partition by itself and each end raises the producer's epoch.
#pragma once

#include <cstdint>
#include <string>

#include "conformance/topic.h"

namespace understudy::conformance {

enum class Outcome { kCommit, kAbort };

class TransactionalProducer {
 public:
  // Waits until the coordinator serves the transactional id.
  explicit TransactionalProducer(std::string transactional_id);

  std::int64_t producer_id() const { return producer_id_; }
  std::int16_t producer_epoch() const { return producer_epoch_; }

  // `count` records in one batch to partition 0; opens a transaction if none is open.
  Produced send(TestTopic& topic, std::int32_t count);
  // Returns when the marker is in the log of `topic`, to which the transaction wrote.
  void end(TestTopic& topic, Outcome outcome);

 private:
  std::string transactional_id_;
  std::int64_t producer_id_ = -1;
  std::int16_t producer_epoch_ = -1;
  std::int32_t next_sequence_ = 0;
};

// Why transactions cannot be played here; empty if they can.
std::string missing_transactions();

}  // namespace understudy::conformance
