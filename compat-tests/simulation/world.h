// One run of a schedule: a whole cluster, its network, disk, clock and clients in one thread.
//
// Nothing here looks at the real time or draws from anything but the schedule, so a run can be
// repeated. Everything that enters or leaves the core is seen, hashed, and told to the checkers.
// They judge it; the world itself finds nothing but that the broker does not come back, and that
// clients do not get through: it waits for both.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/events.h"
#include "broker/core/broker.h"
#include "simulation/agenda.h"
#include "simulation/checks/checkers.h"
#include "simulation/checks/scene.h"
#include "simulation/client.h"
#include "simulation/consumer_model.h"
#include "simulation/disk.h"
#include "simulation/findings.h"
#include "simulation/hash.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/places.h"
#include "simulation/schedule.h"

namespace understudy::simulation {

struct Counts {
  std::uint64_t runs = 0;
  std::uint64_t requests = 0;
  std::uint64_t batches = 0;
  std::uint64_t appended = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t refused = 0;
  std::uint64_t handed_over = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t given_up = 0;
  std::uint64_t lost_as_predicted = 0;
  std::map<Mischief, std::uint64_t> troubles;

  void add(const Counts& other);
};

struct RunResult {
  Findings findings;
  std::uint64_t hash = 0;  // of all bytes in both directions, and of the disk in the end
  Counts counts;
};

struct RunOptions {
  std::function<void(const std::string&)> trace = {};  // a line for everything that happens
};

class World {
 public:
  World(Schedule schedule, RunOptions options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Whoever judges the run, beside its own checkers. Before run().
  void add(std::unique_ptr<Checker> checker) { checkers_.add(std::move(checker)); }

  RunResult run();

 private:
  // world.cc
  Network::BrokerSide broker_side();
  broker::BrokerOptions broker_options();
  void start_broker();
  void make_topics();
  void make_clients();
  std::unique_ptr<Producer> make_producer(int number, const ClientPlan& plan);
  void plan_records();
  void plan_troubles();
  void run_until(const std::function<bool()>& is_done, std::int64_t limit_ms);
  void step();
  void play();
  void come_to_rest();
  void heal();
  void say_last_words();
  std::vector<Name> offer_words();
  void end();
  void grow_old();
  bool are_idle() const;
  void trace(const std::function<std::string()>& text) const;
  void trace_findings();
  void find_fault(Check check, const std::string& text) { findings_.push_back({check, text}); }

  // Into the core and out of it.
  bool in_core(const std::function<void()>& call);
  void advance_broker();
  void received(ConnectionId connection, const wire::Slice& frame);
  Request request_of(ConnectionId connection, const wire::Slice& frame) const;
  void answered(ConnectionId connection, const wire::Slice& frame);
  void decided(const broker::Event& event);
  void count(const broker::BatchEvent& batch);

  // world_trouble.cc: what befalls it
  void befall(const Trouble& trouble);
  void set_clock(broker::Random& random);
  void befall_network(const Trouble& trouble, broker::Random& random);
  void befall_leader(const Trouble& trouble, broker::Random& random);
  void move_leader(Slot slot, NodeId next, broker::Partition::Tail tail);
  void hold_replication(broker::Random& random);
  void release_replication(Slot slot);
  void befall_broker(const Trouble& trouble, broker::Random& random);
  void befall_node(const Trouble& trouble, broker::Random& random);
  void befall_disk(const Trouble& trouble, broker::Random& random);
  void add_fault(const Trouble& trouble, broker::Random& random);
  void repair_disk();
  void died();
  void restart(const std::optional<broker::Crash>& crash);
  void came_back(const std::optional<std::string>& failure);

  const Schedule schedule_;
  const RunOptions options_;
  const Places places_;
  Agenda agenda_;
  Disk disk_;
  broker::Random broker_random_;
  Network network_;
  std::unique_ptr<broker::Broker> broker_;
  broker::Events::Subscription deciding_;  // of this broker
  Findings findings_;
  Ledger ledger_;
  const Scene scene_;
  Checkers checkers_;
  ClientWorld client_world_;
  std::vector<std::unique_ptr<Producer>> producers_;
  std::unique_ptr<ConsumerModel> consumer_;
  std::map<ConnectionId, NodeId> nodes_;    // of connections the broker knows
  std::optional<ConnectionId> delivering_;  // the request that the core is given now
  bool cuts_power_in_death_ = false;
  bool is_over_ = false;  // the broker did not come back
  std::int64_t start_ms_ = 0;
  std::int64_t latest_wall_ms_ = 0;  // that the machine's clock ever showed
  std::size_t traced_findings_ = 0;
  Hash hash_;
  Counts counts_;
};

// Draws nothing but from the schedule.
RunResult run_schedule(const Schedule& schedule, const RunOptions& options = {});

}  // namespace understudy::simulation
