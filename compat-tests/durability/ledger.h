// The history that all writers share, what went wrong so far, and a way to wait for progress.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "durability/history.h"

namespace understudy::durability {

class Ledger {
 public:
  Name hand_over(std::int32_t producer, Slot slot);
  void acknowledge(const Name& name, std::optional<std::int64_t> offset);
  void end_by_sequence_error(std::int32_t producer);
  void hand_out_producer_id(std::int64_t producer_id);
  void report(Finding finding);

  void count_retry();
  void count_duplicate();

  struct Counts {
    std::uint64_t handed_over = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t retries = 0;     // batches of raw producers that were sent again unacknowledged
    std::uint64_t duplicates = 0;  // answers that say so to raw producers
    std::uint64_t fatal_errors = 0;
  };
  Counts counts() const;

  // A producer that goes on where another one ended is another producer.
  std::int32_t new_producer();

  // True as soon as so many records are acknowledged; false if that takes longer, or if something
  // was reported meanwhile.
  bool wait_for_acknowledged(std::uint64_t count, std::chrono::milliseconds patience);

  bool has_findings() const;
  // What was reported, and what is wrong with the logs.
  Findings check(const std::vector<LogCopy>& logs) const;
  Findings reported() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  History history_;
  Findings reported_;
  Counts counts_;
  std::int32_t producers_ = 0;
};

// Whether the broker is being left alone. A connection that breaks while it is has no excuse.
class Lives {
 public:
  // The number of the current life; it rises before the broker is sent a signal.
  std::uint64_t current() const;
  void end_life();
  // False if the life is still the same after all that time.
  bool wait_for_end(std::uint64_t life, std::chrono::milliseconds patience);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t current_ = 0;
};

}  // namespace understudy::durability
