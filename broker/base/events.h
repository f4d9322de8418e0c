// What was decided, for people and tests: every batch of a Produce request leaves one event, and so
// does every change of a topic, a leader or the broker's life.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <variant>

#include "broker/base/ids.h"
#include "wire/error_code.h"

namespace understudy::broker {

// One batch of a Produce request, and the verdict on it.
struct BatchEvent {
  enum class Verdict : std::uint8_t { kAppended, kDuplicate, kRefused };

  Verdict verdict = Verdict::kRefused;
  std::string client_id;
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t record_count = 0;
  std::int64_t base_offset = -1;  // appended at; duplicate of
  wire::ErrorCode error = wire::ErrorCode::kNone;
  // Refused: why, in a sentence ("expected 158, got 160"). Appended: why it might be an
  // undetectable duplicate.
  std::string reason;

  std::string describe() const;
};

struct TopicCreatedEvent {
  std::string topic;
  std::int32_t partition_count = 0;
};

struct TopicDeletedEvent {
  std::string topic;
};

struct LeaderMovedEvent {
  std::string topic;
  std::int32_t partition = -1;
  NodeId before = -1;
  NodeId now = -1;
  std::int32_t leader_epoch = -1;
};

// The broker, or one node of it, crashed or was stopped, and started again.
struct RestartedEvent {
  std::string what_was_lost;  // in a sentence
};

// What the coordinator of a group decided.
struct GroupEvent {
  enum class Verdict : std::uint8_t {
    kMemberJoined,
    kMemberLeft,  // by itself, expired, or removed: `reason` says which
    kRebalanced,  // a rebalance has begun: `reason` says why
    kCommitRefused,
  };

  Verdict verdict = Verdict::kRebalanced;
  std::string client_id;
  std::string group;
  std::string member;            // empty: not about one member
  std::int32_t generation = -1;  // or the group's epoch
  wire::ErrorCode error = wire::ErrorCode::kNone;
  std::string reason;  // in a sentence
};

struct Event {
  using What = std::variant<BatchEvent, TopicCreatedEvent, TopicDeletedEvent, LeaderMovedEvent,
                            RestartedEvent, GroupEvent>;
  // What people filter by; a batch has three of them.
  enum class Kind : std::uint8_t {
    kAppended,
    kDuplicate,
    kRefused,
    kTopicCreated,
    kTopicDeleted,
    kLeaderMoved,
    kRestarted,
    kMemberJoined,
    kMemberLeft,
    kRebalanced,
    kCommitRefused,
  };
  static constexpr std::size_t kKinds = 11;

  std::uint64_t number = 0;  // counts from 1
  std::int64_t at_ms = 0;    // by the wall clock
  NodeId node = -1;          // the one that decided; -1: all of them
  What what;

  Kind kind() const;
  // Null unless it is about a batch.
  const BatchEvent* batch() const { return std::get_if<BatchEvent>(&what); }
  // One line: "orders-0: appended 3 records at offset 17 (producer 4, epoch 0, sequence 5)".
  std::string describe() const;
};

// Stores the newest events; a reader that wants all of them subscribes.
class Events {
 public:
  static constexpr std::size_t kStored = 16'384;

  using Listener = std::function<void(const Event&)>;
  // Ends with its destruction. It must not outlive the events.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Events& events, std::list<Listener>::iterator place)
        : events_(&events), place_(place) {}
    ~Subscription();
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;

   private:
    Events* events_ = nullptr;
    std::list<Listener>::iterator place_;
  };

  void add(std::int64_t at_ms, NodeId node, Event::What what);

  // Every event from now on, at once, in the order of the subscriptions. A listener must not add
  // events or change subscriptions.
  [[nodiscard]] Subscription subscribe(Listener listener);

  // The stored events after the one with this number, oldest first; 0 asks for all. Events that are
  // no longer stored are counted, so that a reader knows what it has missed.
  struct Page {
    std::deque<Event>::const_iterator begin;
    std::deque<Event>::const_iterator end;
    std::uint64_t missed = 0;
  };
  Page after(std::uint64_t number) const;

  const std::deque<Event>& stored() const { return stored_; }
  std::uint64_t last_number() const { return last_number_; }
  // How many there ever were of a kind, stored or not.
  std::uint64_t count(Event::Kind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

 private:
  std::deque<Event> stored_;
  std::list<Listener> listeners_;
  std::array<std::uint64_t, Event::kKinds> counts_{};
  std::uint64_t last_number_ = 0;
};

}  // namespace understudy::broker
