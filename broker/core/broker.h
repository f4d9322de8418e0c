// The core's only entrance: requests, connections and time come in, everything leaves by the
// Outbox.
//
// Single-threaded and deterministic: the same calls with the same clock, seed and storage give the
// same bytes. Nothing below this header touches a socket, a thread, a file or the real time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/outbox.h"
#include "broker/base/profile.h"
#include "broker/base/random.h"
#include "broker/base/session.h"
#include "broker/cluster/cluster.h"
#include "broker/core/controls.h"
#include "broker/log/crash.h"
#include "broker/log/storage.h"
#include "wire/types.h"

namespace understudy::broker {

struct BrokerOptions {
  Profile profile = Profile::newest();
  ClusterOptions cluster;
  // Messages for the person who runs the broker, one line each.
  std::function<void(const std::string&)> report = {};
  // A line for each request and each answer (core/request_trace.h). Empty: they are not
  // made, and cost nothing.
  std::function<void(const std::string&)> trace = {};
};

class Broker {
 public:
  Broker(BrokerOptions options, const Clock& clock, Random& random, Storage& storage,
         Outbox& outbox);
  ~Broker();  // as a crash: what close() would write is not written
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // Why it could not load what the storage holds, in a sentence that says what to do; nothing if it
  // runs. A broker that could not start, or start again, has nothing loaded: it closes connections
  // that send something, and changes no file. A restart may bring it back.
  const std::optional<std::string>& failure() const;

  // Before a clean stop, while there are connections: coordinators give up what they lead, and
  // answer who waits at them (JoinGroup, SyncGroup) with NOT_COORDINATOR.
  void resign();

  // A clean stop: everything is written. Nothing may be called after it. False: the storage refused
  // something, or nothing was loaded.
  bool close();

  // The same without waiting: most of it is synced first. `done` is called with the outcome once it
  // is closed.
  void close_later(const std::function<void(bool is_clean)>& done);

  // Stops and starts again at once, on the same storage, with the same rules and events. Requests
  // that wait are dropped without an answer; the caller has closed the connections. A node alone:
  // its partitions move to other replicas in sync, and those without any are read again from their
  // files. Why it could not start again: failure() then says it too.
  std::optional<std::string> restart_clean(std::optional<NodeId> node = {});
  std::optional<std::string> crash(const Crash& crash, std::optional<NodeId> node = {});

  void connected(ConnectionId connection, Peer peer);

  // A whole request, without its size prefix. The next one of the same connection is delivered only
  // after this one was answered (Outbox::respond or respond_nothing), as Kafka does. The memory of
  // the frame is the core's from here on: batches are stamped in place.
  void receive(ConnectionId connection, wire::Slice frame);

  // The client sends nothing more. It may still read, so what it has asked is answered; a Fetch
  // that waits for data is answered at once.
  void peer_finished(ConnectionId connection);

  // The connection is gone; what waits for it is dropped.
  void disconnected(ConnectionId connection);

  // Runs what is due at clock.monotonic_ms().
  void advance();
  // When advance() must be called next; nothing: not before something else happens.
  std::optional<std::int64_t> next_deadline_ms() const;

  // What an operator or a test may ask and do.
  Controls& controls();

 private:
  friend struct BrokerInside;  // tests of the core itself: core/testing/broker_inside.h
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace understudy::broker
