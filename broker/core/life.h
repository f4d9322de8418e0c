// One life of the broker process: all that it loses when it dies, and nothing else.
//
// A crash destroys this object, and the restart makes another one on the same storage. So a new
// piece of state is lost by being a member here; nobody has to remember to clear it. What outlives
// the process from outside (connections, fault rules, events) belongs to the Broker.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "broker/api/context.h"
#include "broker/api/node_state.h"
#include "broker/api/table.h"
#include "broker/base/events.h"
#include "broker/base/partition_news.h"
#include "broker/base/purgatory.h"
#include "broker/base/timers.h"
#include "broker/cluster/cluster.h"
#include "broker/faults/parked.h"
#include "broker/group/group_coordinator.h"
#include "broker/log/crash.h"

namespace understudy::broker {

// What every life of a broker is given.
struct Surroundings {
  const Profile& profile;
  const ServedApis& apis;
  const ClusterOptions& cluster;
  const Clock& clock;
  Random& random;
  Storage& storage;
  Faults& faults;
  Events& events;
  const std::function<void(const std::string&)>& report;
};

class Life {
 public:
  explicit Life(const Surroundings& surroundings);
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  // Loads what the storage holds, and starts the tasks that run at intervals. Why it cannot, in a
  // sentence that says what to do; then this life is over.
  std::optional<std::string> start();

  // A stop in order: coordinators give up what they lead, everything is written. False: the storage
  // refused something, and the next start recovers what there is.
  bool close();

  // A node alone stops and starts again: its partitions move to other replicas in sync, and those
  // without any are read again from their files. Why one of them cannot be.
  std::optional<std::string> restart_node(NodeId node, const std::optional<Crash>& crash);

  // What is known of producers is less than what the log holds: why, for their next events.
  void note_lost_state(const std::string& why);

  // Destroyed in the opposite order: what is parked or waits goes before what it points to.
  Timers timers;
  PartitionNews news;
  const LogEnvironment environment;
  Cluster cluster;
  NodeStates nodes;
  Purgatory purgatory;
  Parked parked;
  GroupCoordinator groups;
  Context context;

 private:
  void run_at_intervals();
};

}  // namespace understudy::broker
