// What judges a run. The world runs, and tells its checkers what happens, in the order in which it
// happens; each of them looks after one subject, and writes what is wrong into the findings.
//
// A checker predicts from what it knows and sees before a blow what that blow may take.
#pragma once

#include <optional>
#include <variant>

#include "broker/base/events.h"
#include "broker/base/outbox.h"
#include "broker/log/crash.h"
#include "broker/log/partition.h"
#include "simulation/places.h"
#include "wire/api_key.h"
#include "wire/types.h"

namespace understudy::simulation {

using broker::ConnectionId;
using broker::NodeId;

// A request as it enters the core.
struct Request {
  ConnectionId connection = 0;
  NodeId node = 0;
  wire::ApiKey key{};
  wire::Version version = 0;
  std::int32_t correlation_id = -1;
  wire::Slice body;
};

// The whole broker stops, or crashes in this way, and starts again.
struct BrokerStops {
  std::optional<broker::Crash> crash;
};
// The same for one node, which crashes like kill -9.
struct NodeStops {
  NodeId node = 0;
  bool is_crash = false;
};
// The process dies in the middle of a change of a file, perhaps of a change that another blow was.
// It is told when the process is gone, and before the power takes anything from the disk.
struct ProcessDies {
  bool cuts_power = false;
  std::optional<ConnectionId> serving;  // whose request it was given, and was at work on
};
struct LeaderMoves {
  Slot slot = 0;
  broker::Partition::Tail tail{};
};
// Followers do not catch up, until they do.
struct ReplicationHeld {
  Slot slot = 0;
};
struct ReplicationReleased {
  Slot slot = 0;
};
// For a while.
struct DiskIsFull {};
struct SyncsFail {};
// The broker's own faults drop answers, or put others in their place.
struct AnswersSpoiled {};

using Blow = std::variant<BrokerStops, NodeStops, ProcessDies, LeaderMoves, ReplicationHeld,
                          ReplicationReleased, DiskIsFull, SyncsFail, AnswersSpoiled>;

class Checker {
 public:
  Checker() = default;
  virtual ~Checker() = default;
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  // It is about to enter the core.
  virtual void request(const Request&) {}
  // It has left the core, and the network may still lose it. `body` comes behind the header.
  virtual void answer(const Request&, const wire::Slice& /*body*/) {}
  // What was asked over this connection stays without an answer.
  virtual void disconnected(ConnectionId) {}
  // The broker says what it has decided.
  virtual void event(const broker::Event&) {}

  // A blow is about to strike. One that may change logs is followed by recovered() when the broker
  // is through with it.
  virtual void befell(const Blow&) {}
  virtual void recovered() {}

  // The broker has done what was due at this time.
  virtual void time_passed() {}
  // Between two troubles, and after the last one: a look at the broker as it stands.
  virtual void look() {}
  // All is said and done, clients rest. Then the broker is stopped or crashes once more, and is
  // back in the end.
  virtual void at_rest() {}
  virtual void end() {}
};

}  // namespace understudy::simulation
