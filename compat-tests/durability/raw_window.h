// The batches of a raw idempotent producer in one partition: which are in flight, which have to be
// sent again on a new connection, and whether an answer can be true.
//
// Pure: no socket, clock or randomness. What the rules are is said in idempotence, sections 6 and
// 12: the broker that stays alive remembers five batches per producer, one that was restarted the
// newest one (R1). So behind a restart a retry is answered in one of three ways: as a duplicate
// (the newest that was written), with OUT_OF_ORDER_SEQUENCE_NUMBER (an older one, of which the
// broker no longer knows where it lies), or by being appended.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "durability/history.h"
#include "wire/error_code.h"
#include "wire/types.h"

namespace understudy::durability {

struct RawBatch {
  std::int64_t number = 0;  // rises by one from batch to batch
  std::vector<Name> names;
  std::int64_t max_timestamp = 0;
  wire::Slice bytes;
};

struct RawAnswer {
  wire::ErrorCode error = wire::ErrorCode::kNone;
  std::int64_t base_offset = -1;
  std::int64_t log_append_time_ms = -1;  // of a duplicate: the original's largest timestamp
};

// What follows from one answer.
struct RawVerdict {
  struct Acknowledged {
    RawBatch batch;
    std::optional<std::int64_t>
        base_offset;  // nothing if only a later batch proves that it is there
  };
  std::vector<Acknowledged> acknowledged;
  bool is_duplicate = false;
  std::optional<Finding> finding;
};

class RawWindow {
 public:
  static constexpr std::size_t kInFlightMax = 5;
  static constexpr std::size_t kRemembered = 5;

  // The batches to send first on a new connection, in this order. The broker may have been
  // restarted since the last one.
  std::vector<RawBatch> reconnect();

  bool is_full() const { return open_.size() >= kInFlightMax; }
  bool is_empty() const { return open_.empty(); }
  bool awaits_answers() const { return !sent_.empty(); }

  // A new batch, which is sent now.
  void send(RawBatch batch);

  // Batches that were acknowledged and that the broker has to know still, if it was not restarted.
  std::vector<RawBatch> repeatable() const;
  // One of them is sent again.
  void repeat(const RawBatch& batch);

  // The answer to the oldest unanswered send of this connection.
  RawVerdict answer(const RawAnswer& answer);

  // The producer goes on under another epoch or id; only without open batches.
  void start_again();

 private:
  enum class Purpose : std::uint8_t { kFirst, kRetry, kRepeat };
  struct Open {
    RawBatch batch;
    bool is_refused = false;  // on this connection
  };
  struct Settled {
    RawBatch batch;
    std::int64_t base_offset = 0;
    int life = 0;
  };
  struct Sent {
    Purpose purpose;
    std::int64_t number;
  };

  RawVerdict answer_to_repeat(std::int64_t number, const RawAnswer& answer) const;
  RawVerdict answer_to_open(const Sent& sent, const RawAnswer& answer);
  void settle(std::int64_t number, const RawAnswer& answer, RawVerdict& verdict);
  void refuse(const Sent& sent, RawVerdict& verdict);

  std::deque<Open> open_;
  std::deque<Settled> settled_;  // the last kRemembered
  std::deque<Sent> sent_;
  std::int64_t newest_ = -1;
  int life_ = 0;
};

}  // namespace understudy::durability
