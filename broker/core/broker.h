// The core's only entrance: requests, connections and time come in, everything leaves by the
// Outbox.
//
// Single-threaded and deterministic: the same calls with the same clock, seed and storage give the
// same bytes. Nothing below this header touches a socket, a thread, a file or the real time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/outbox.h"
#include "broker/base/profile.h"
#include "broker/base/random.h"
#include "broker/cluster/cluster.h"
#include "broker/log/storage.h"
#include "wire/types.h"

namespace understudy::broker {

class Events;
class Faults;
struct Context;

struct BrokerOptions {
  Profile profile = Profile::newest();
  ClusterOptions cluster;
};

class Broker {
 public:
  Broker(BrokerOptions options, const Clock& clock, Random& random, Storage& storage,
         Outbox& outbox);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // A connection was accepted on a node's listener.
  void connected(ConnectionId connection, NodeId node);

  // A whole request, without its size prefix. The next one of the same connection is delivered only
  // after this one was answered (Outbox::respond or respond_nothing), as Kafka does. The memory of
  // the frame is the core's from here on: batches are stamped in place.
  void receive(ConnectionId connection, wire::Slice frame);

  // The connection is gone; what waits for it is dropped.
  void disconnected(ConnectionId connection);

  // Runs what is due at clock.now_ms().
  void advance();
  // When advance() wants to be called next; nothing: not before something else happens.
  std::optional<std::int64_t> next_deadline_ms() const;

  // For tests, the embedding API and, later, the control API.
  Cluster& cluster();
  Faults& faults();
  Events& events();
  Context& context();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace understudy::broker
