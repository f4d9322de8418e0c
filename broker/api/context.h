// What a handler may reach.
//
// A handler is one function per API: `void metadata(Context&, wire::MetadataRequest,
// Reply<wire::MetadataResponse>)`, in api/<api>.cc, declared in api/handlers.h and listed with its
// versions in api/table.cc. It knows nothing of sockets, frames or faults on the way out.
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
class FetchSessions;
class ProducerIds;

struct Context {
  const Profile& profile;
  const Clock& clock;
  Random& random;
  Timers& timers;
  Purgatory& purgatory;
  Cluster& cluster;
  Faults& faults;
  Events& events;
  FetchSessions& fetch_sessions;
  ProducerIds& producer_ids;
};

}  // namespace understudy::broker
