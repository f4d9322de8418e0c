// One run of a schedule: a whole cluster, its network, disk, clock and clients in one thread.
//
// Nothing here looks at the real time or draws from anything but the schedule, so a run can be
// repeated. Everything that enters or leaves the core is seen, hashed, and compared with the
// models.
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
#include "simulation/client.h"
#include "simulation/consumer_model.h"
#include "simulation/disk.h"
#include "simulation/findings.h"
#include "simulation/hash.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/partition_model.h"
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

  RunResult run();

 private:
  // What a request carries for one partition, and what became of it.
  struct Item {
    Slot slot = 0;
    SentBatch sent;
    Circumstances circumstances;
    bool is_judged = false;
    std::int64_t base_offset = -1;
    wire::ErrorCode error = wire::ErrorCode::kNone;
  };
  struct InFlight {
    wire::ApiKey key{};
    wire::Version version = 0;
    std::int32_t correlation_id = -1;
    std::int16_t acks = -1;
    std::vector<Item> items;
  };
  // Which records a trouble may have taken.
  struct Loss {
    enum class Kind : std::uint8_t { kNothing, kUnsynced, kTail, kUnreplicated };
    Kind kind = Kind::kNothing;
    std::size_t batches = 0;                    // kTail
    std::map<Slot, std::int64_t> safe_offsets;  // kUnsynced, kUnreplicated: below them nothing
    std::map<Slot, std::int64_t> starts;        // kUnsynced: log start offsets before
  };

  // world.cc
  void start_broker();
  void make_topics();
  void make_clients();
  void plan_records();
  void run_until(const std::function<bool()>& is_done, std::int64_t limit_ms);
  void step();
  void in_core(const std::function<void()>& call);
  void advance_broker();
  void heal();
  bool are_idle() const;
  void say_last_words();
  void check_in_the_end();
  void trace(const std::function<std::string()>& text) const;
  void find_fault(Check check, const std::string& text) { findings_.push_back({check, text}); }
  std::string name_of_slot(Slot slot) const;

  // world_edge.cc: what enters and leaves the core
  void received(ConnectionId connection, const wire::Slice& frame);
  InFlight parse(ConnectionId connection, NodeId node, const wire::Slice& frame) const;
  void parse_produce(const wire::Slice& body, NodeId node, InFlight& request) const;
  void judged(const broker::Event& event, const broker::BatchEvent& batch);
  void answered(ConnectionId connection, const wire::Slice& frame);
  void check_produce_answer(const InFlight& request, const wire::Slice& body);
  void check_success(const InFlight& request, const Item& item, std::int64_t base_offset);
  void check_fetch_answer(const InFlight& request, const wire::Slice& body);
  void check_shown(Slot slot, const wire::Slice& records, std::int64_t high_watermark);
  void check_watermark(Slot slot, std::int64_t high_watermark);
  void check_producer_id(const InFlight& request, const wire::Slice& body);

  // world_trouble.cc: what befalls it
  void befall(const Trouble& trouble);
  void befall_network(const Trouble& trouble, broker::Random& random);
  void befall_leader(const Trouble& trouble, broker::Random& random);
  void move_leader(Slot slot, NodeId next, broker::Partition::Tail tail);
  void befall_broker(const Trouble& trouble, broker::Random& random);
  void befall_node(const Trouble& trouble, broker::Random& random);
  void befall_disk(const Trouble& trouble, broker::Random& random);
  void add_fault(const Trouble& trouble, broker::Random& random);
  bool is_any_offline() const;
  void hold_replication(broker::Random& random);
  void release_replication(Slot slot);
  void died();
  void restart(const std::optional<broker::Crash>& crash);
  void settle_all(Upset upset, const Loss& loss, bool was_clean);
  void settle(Slot slot, Upset upset, const Loss& loss, bool was_clean);
  void settle_start(Slot slot, const Loss& loss);
  bool may_lose(const Entry& entry, Slot slot, const Loss& loss) const;

  // world_audit.cc: the broker's own view of a partition
  broker::PartitionName partition_name(Slot slot) const;
  broker::PartitionView partition(Slot slot) const;
  LogView view_of(Slot slot);
  Memories memories_of(Slot slot) const;
  std::int64_t durable_end(Slot slot) const;
  std::map<Slot, std::int64_t> durable_ends() const;
  void note_start(Slot slot);
  std::int64_t largest_retained_start(Slot slot) const;
  void audit(Slot slot);
  void check_syncs();
  void check_syncs(Slot slot);
  ReadLog read_log(Slot slot);

  const Schedule schedule_;
  const RunOptions options_;
  Agenda agenda_;
  Disk disk_;
  broker::Random broker_random_;
  Network network_;
  std::unique_ptr<broker::Broker> broker_;
  broker::Events::Subscription judging_;  // of this broker
  Findings findings_;
  Ledger ledger_;
  std::vector<Place> places_;
  std::vector<const TopicPlan*> plans_;  // by slot
  std::vector<PartitionModel> models_;   // by slot
  ClientWorld client_world_;
  std::vector<std::unique_ptr<Producer>> producers_;
  std::unique_ptr<ConsumerModel> consumer_;
  std::map<ConnectionId, InFlight> in_flight_;
  std::map<ConnectionId, NodeId> nodes_;    // of connections the broker knows
  std::map<Slot, std::int64_t> held_;       // the high watermark stays here
  std::map<Slot, std::int64_t> starts_;     // log start offsets as last seen
  std::set<Slot> gapped_;                   // by a power cut
  std::optional<Loss> cut_;                 // what a move of a leader that goes on may take
  std::optional<ConnectionId> delivering_;  // the request that the core is given now
  bool cuts_power_in_death_ = false;
  bool was_full_ = false;  // since then files may be missing that the disk did not take
  bool has_faults_ = false;
  bool is_over_ = false;  // the broker did not come back
  std::int64_t start_ms_ = 0;
  std::size_t traced_findings_ = 0;
  Hash hash_;
  Counts counts_;
};

// Draws nothing but from the schedule.
RunResult run_schedule(const Schedule& schedule, const RunOptions& options = {});

}  // namespace understudy::simulation
