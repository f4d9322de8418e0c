// What an operator or a test may ask of a broker and do to it: for the embedding API, the program
// and the simulation alike. Plain values go in and out; nothing that is returned points into the
// core.
//
// Every change is a call into the core of its own: what it changes is reported, and waiters are
// woken before it returns. Errors are Kafka's codes with a sentence for people. While the
// broker is down (a restart failed) every answer is that error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/base/events.h"
#include "broker/cluster/changes.h"
#include "broker/core/life.h"
#include "broker/core/sessions.h"
#include "broker/core/views.h"
#include "broker/faults/faults.h"

namespace understudy::broker {

// A value, or why there is none.
template <class Value>
using Outcome = std::variant<Value, ApiError>;

// The partition of a topic, by name.
struct PartitionName {
  std::string topic;
  std::int32_t index = 0;
};

// How far a group has read a partition from now on; nothing: nobody knows.
struct OffsetChange {
  PartitionName partition;
  std::optional<std::int64_t> offset;
};

class Controls {
 public:
  struct Parts {
    const ServedApis& apis;
    const ClusterOptions& cluster;
    const Sessions& sessions;
    Faults& faults;
    Events& events;
    std::optional<Life>& life;
    const std::optional<std::string>& failure;  // why there is no life
  };

  explicit Controls(const Parts& parts) : parts_(parts) {}

  // Nodes.
  bool has_node(NodeId node) const;
  // What the node configures now: another object after every change. Null while the broker is down.
  std::shared_ptr<const BrokerConfig> broker_config(NodeId node) const;

  // Topics. Created with the checks that a CreateTopics request would meet.
  std::vector<TopicView> topics() const;
  std::optional<TopicView> find_topic(const std::string& name) const;
  ApiError create_topic(const TopicSpec& topic);
  ApiError delete_topic(const std::string& name);

  // Partitions.
  Outcome<PartitionView> partition(const PartitionName& name) const;
  // Whole batches from the one that holds `offset` on, above the high watermark too; at least one,
  // and no more than max_bytes if there are several. Empty at the end of the log.
  Outcome<wire::Slice> read(const PartitionName& name, std::int64_t offset,
                            std::int64_t max_bytes) const;
  ApiError move_leader(const PartitionName& name, NodeId node, Partition::Tail tail);
  // While held nothing is replicated: acks = all waits, and the high watermark stays.
  ApiError hold_replication(const PartitionName& name);
  ApiError release_replication(const PartitionName& name);

  // Producers, in the order of their ids. One that is not known becomes known by a change.
  Outcome<std::vector<ProducerView>> producers(const PartitionName& name) const;
  ApiError set_next_sequence(const PartitionName& name, std::int64_t producer_id,
                             std::int32_t sequence);
  ApiError set_producer_epoch(const PartitionName& name, std::int64_t producer_id,
                              std::int16_t epoch);
  ApiError forget_producer(const PartitionName& name, std::int64_t producer_id);

  // Groups, in the order of their ids. Those of partitions that nobody leads, or that are not
  // loaded, are not known.
  std::vector<GroupSummaryView> groups() const;
  Outcome<GroupDetailsView> group(const std::string& id) const;
  // See group/interventions.h.
  ApiError rebalance(const std::string& id);
  ApiError evict(const std::string& id, const std::string& member_id);
  // Whoever reads in the group is not asked, and not told. A group that does not exist is made.
  ApiError set_offsets(const std::string& id, const std::vector<OffsetChange>& changes);

  // Faults. A rule that could never do what it says is refused; so is one for an API that is not
  // served, which never arrives.
  Outcome<Faults::RuleId> add_rule(Rule rule);
  // Requests that it holds go on.
  void remove_rule(Faults::RuleId rule);
  void remove_all_rules();
  // Releases the requests that it holds now. What it strikes later is held again.
  void release_rule(Faults::RuleId rule);
  std::uint64_t hits(Faults::RuleId rule) const { return parts_.faults.hits(rule); }

  // Events: see base/events.h.
  [[nodiscard]] Events::Subscription on_event(Events::Listener listener) {
    return parts_.events.subscribe(std::move(listener));
  }
  const Events& events() const { return parts_.events; }

  // Open connections, in the order of their arrival.
  std::vector<ConnectionView> connections() const;

 private:
  ApiError down() const;
  Outcome<Partition*> find(const PartitionName& name) const;
  Outcome<GroupShard*> find_shard(const std::string& group_id) const;
  ApiError check_change(const OffsetChange& change) const;
  template <class Change>
  ApiError change(const PartitionName& name, const Change& change);
  template <class Change>
  void during(const Change& change);

  const Parts parts_;
};

}  // namespace understudy::broker
