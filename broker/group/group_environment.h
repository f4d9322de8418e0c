// What the groups of one partition of __consumer_offsets share.
#pragma once

#include <string>
#include <utility>

#include "broker/base/clock.h"
#include "broker/base/events.h"
#include "broker/base/profile.h"
#include "broker/base/random.h"
#include "broker/cluster/cluster.h"
#include "broker/coordinator/runtime.h"

namespace understudy::broker {

struct GroupEnvironment {
  const Profile& profile;
  const Clock& clock;
  Random& random;
  Cluster& cluster;
  Events& events;
};

}  // namespace understudy::broker
