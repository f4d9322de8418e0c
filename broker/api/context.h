// What a handler may reach.
//
// A handler is one function per API: `void metadata(Context&, wire::MetadataRequest,
// Reply<wire::MetadataResponse>)`, in api/<api>.cc, declared in api/handlers.h and listed with its
// versions in api/table.cc. It knows nothing of sockets and frames. Faults on a request and on its
// answer are the dispatcher's business; Produce and Fetch alone say what their partitions are, and
// Produce asks the rules before and after its append.
#pragma once

#include "broker/base/clock.h"
#include "broker/base/events.h"
#include "broker/base/profile.h"
#include "broker/base/purgatory.h"
#include "broker/base/random.h"
#include "broker/base/request.h"
#include "broker/base/timers.h"
#include "broker/cluster/cluster.h"

namespace understudy::broker {

class Faults;
class GroupCoordinator;
class NodeStates;
class Parked;
class ServedApis;

struct Context {
  const Profile& profile;
  const ServedApis& apis;
  const Clock& clock;
  Random& random;
  Timers& timers;
  Purgatory& purgatory;
  Cluster& cluster;
  Faults& faults;
  Parked& parked;
  Events& events;
  NodeStates& nodes;
  GroupCoordinator& groups;
};

}  // namespace understudy::broker
