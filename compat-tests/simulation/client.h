// What model clients are made of: connections that carry pipelined requests, and what every
// producer does alike (finding leaders, asking for a producer id, building batches).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/random.h"
#include "simulation/agenda.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/places.h"
#include "wire/engine.h"
#include "wire/messages/produce.h"
#include "wire/request_frame.h"

namespace understudy::simulation {

struct ClientWorld {
  Agenda& agenda;
  Network& network;
  Ledger& ledger;
  Findings& findings;
  const Places& places;
  int node_count;
  // Told what a client does, when somebody listens.
  std::function<void(const std::function<std::string()>&)> trace;
};

// One client's connection to one node; opened when it is needed.
class Link : public ConnectionUser {
 public:
  Link(ClientWorld& world, NodeId node, std::string name, std::int64_t request_timeout_ms)
      : world_(world),
        node_(node),
        name_(std::move(name)),
        request_timeout_ms_(request_timeout_ms) {}

  // `done` gets the answer, or null if the connection was lost before it came. Answers come in the
  // order of the requests.
  template <class Response, class Request>
  void ask(const Request& request, wire::Version version,
           std::function<void(const Response*)> done) {
    const auto decode = [this, version, done = std::move(done)](const wire::Slice* frame) {
      if (frame == nullptr) return done(nullptr);
      Response response;
      wire::DecodeError error;
      if (!wire::read_answer(response, version, *frame, error)) return complain(error.describe());
      done(&response);
    };
    send(wire::request_frame(next_header(), request, version), decode);
  }

  std::size_t pending() const { return pending_.size(); }
  // The client has enough of it: what is pending is answered with null.
  void disconnect();

  void received(const wire::Slice& frame) override;
  void lost() override;

 private:
  struct Pending {
    std::int32_t correlation_id;
    std::function<void(const wire::Slice*)> done;
  };

  wire::RequestHeader next_header();
  void send(const wire::Slice& frame, std::function<void(const wire::Slice*)> done);
  void complain(const std::string& text);

  ClientWorld& world_;
  const NodeId node_;
  const std::string name_;
  const std::int64_t request_timeout_ms_;
  ConnectionId connection_ = 0;  // 0: none
  std::int32_t last_correlation_id_ = 0;
  std::deque<Pending> pending_;
};

// The name that a connection goes by in the broker's events.
std::string client_id_of(const std::string& name, ConnectionId connection);
std::optional<ConnectionId> connection_of(const std::string& client_id);

struct Identity {
  std::int64_t producer_id = -1;
  std::int16_t epoch = -1;
  bool operator==(const Identity&) const = default;
};

// A batch as the broker shall get it.
wire::Slice make_batch(const Identity& identity, std::int32_t first_sequence,
                       const std::vector<Name>& names, std::int64_t timestamp_ms);

struct ClientOptions {
  std::string name;
  std::int64_t request_timeout_ms = 2000;
  std::int64_t retry_backoff_ms = 20;
};

class Client {
 public:
  Client(ClientWorld& world, ClientOptions options, std::uint64_t seed)
      : world_(world), client_options_(std::move(options)), random_(seed) {}
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

 protected:
  Link& link(NodeId node);
  NodeId leader_of(Slot slot) const;
  // Asks some node who leads what, unless that is being asked already.
  void refresh_leaders();
  NodeId any_node() { return 1 + NodeId(random_.below(std::uint64_t(world_.node_count))); }
  void later(std::int64_t delay_ms, std::function<void()> action) {
    world_.agenda.in(delay_ms, std::move(action));
  }
  std::int64_t now_ms() const { return world_.agenda.now_ms(); }
  // For timestamps: clients and broker are on one machine.
  std::int64_t wall_ms() const { return world_.agenda.wall_ms(); }
  void trace(const std::function<std::string()>& text) const;

  ClientWorld& world_;
  const ClientOptions client_options_;
  broker::Random random_;

 private:
  std::map<NodeId, std::unique_ptr<Link>> links_;
  std::map<Slot, NodeId> leaders_;
  bool is_refreshing_ = false;
};

struct ProducerOptions {
  ClientOptions client;
  std::int16_t acks = -1;
  wire::Version version = 9;
  std::int64_t delivery_timeout_ms = 60'000;
  std::size_t records_per_batch_max = 3;
};

class Producer : public Client {
 public:
  Producer(ClientWorld& world, const ProducerOptions& options, std::uint64_t seed)
      : Client(world, options.client, seed), options_(options) {}

  // The application has another record.
  virtual void offer(const Name& name) = 0;
  // Whether everything is acknowledged or given up.
  virtual bool is_idle() const = 0;

 protected:
  using Answer = wire::produce_response::PartitionProduceResponse;

  // Tries until it has one.
  void ask_for_identity(std::function<void(Identity)> done);
  wire::ProduceRequest produce_request() const;
  void add_to(wire::ProduceRequest& request, Slot slot, const wire::Slice& batch) const;
  void acknowledge(const std::vector<Name>& names, std::int64_t base_offset);
  void give_up(const std::vector<Name>& names);

  const ProducerOptions options_;
};

}  // namespace understudy::simulation
