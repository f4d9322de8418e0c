// What was decided, for people and tests: every batch of a Produce request leaves one event, and so
// does every restart.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "broker/base/ids.h"
#include "wire/error_code.h"

namespace understudy::broker {

struct Event {
  enum class Kind : std::uint8_t {
    kAppended,
    kDuplicate,
    kRefused,
    kRestarted,  // no batch: the broker crashed or was stopped, and came back
  };

  std::uint64_t number = 0;  // counts from 1
  std::int64_t at_ms = 0;
  Kind kind = Kind::kRefused;
  NodeId node = -1;
  std::string client_id;
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t record_count = 0;
  std::int64_t base_offset = -1;
  wire::ErrorCode error = wire::ErrorCode::kNone;
  // Refused: why, in a sentence ("expected 158, got 160"). Appended: why it might be a duplicate
  // that nobody can tell any more. Restarted: what was lost.
  std::string reason;

  // One line: "orders-0: appended 3 records at offset 17 (producer 4, epoch 0, sequence 5)".
  std::string describe() const;
};

// Keeps the newest events; who wants all of them listens.
class Events {
 public:
  static constexpr std::size_t kKept = 16'384;

  void add(Event event);
  const std::deque<Event>& kept() const { return kept_; }
  void listen(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

 private:
  std::deque<Event> kept_;
  std::function<void(const Event&)> listener_;
  std::uint64_t last_number_ = 0;
};

}  // namespace understudy::broker
