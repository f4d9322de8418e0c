// The way of the core's own tests into a broker: its cluster, and what waits there.
#pragma once

#include <utility>

#include "broker/core/broker_impl.h"

namespace understudy::broker {

struct BrokerInside {
  explicit BrokerInside(Broker& broker) : impl(*broker.impl_) {}

  Life& life() const { return *impl.life(); }
  Cluster& cluster() const { return life().cluster; }
  // A change from outside, with the waiters woken at its end.
  template <class Change>
  void change(Change&& change) const {
    life().news.during(std::forward<Change>(change));
  }

  Broker::Impl& impl;
};

}  // namespace understudy::broker
