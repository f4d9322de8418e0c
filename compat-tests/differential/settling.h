// Waits until a broker has taken what it answered to heart.
//
// Apache Kafka answers a change of metadata when the controller has committed it; the broker serves
// the new topic, or heeds the new config, a moment later. What it publishes it publishes in order:
// once a second change is visible which was made after a first one had become visible, everything
// that was committed before the first has taken effect.
#pragma once

#include <string>
#include <vector>

#include "differential/symbols.h"
#include "support/raw_client.h"

namespace understudy::differential {

class Settling {
 public:
  // `topic` belongs to whoever plays one script after the other here: its configs are changed.
  Settling(const std::vector<support::Address>& nodes, bool settles_late, std::string topic);

  // Everything that was answered before has taken effect when this returns.
  void settle();
  // The same for a topic whose creation was begun by somebody who asked about it.
  void await_topic(const std::string& name);
  // After a restart: every partition of these topics, as far as they exist, is led again.
  void await_leaders(const std::vector<std::string>& names);
  // Every replica of these topics has, and shows, what the leader has.
  void await_replicas(const std::vector<std::string>& names);
  // Learns the ids of topics that may have been made meanwhile.
  void learn(const std::vector<std::string>& names, Symbols& symbols);

  wire::MetadataResponse describe(const std::vector<std::string>& names);
  support::RawClient& client(int node = 1) { return clients_.at(std::size_t(node - 1)); }
  const BrokerFacts& facts() const { return facts_; }
  void remove_topics(const std::vector<std::string>& names);

 private:
  void create_own_topic();
  void change_and_see();

  bool are_equal(const wire::MetadataResponse& topics);

  std::vector<support::RawClient> clients_;  // of node 1, 2 and so on
  bool settles_late_;
  std::string topic_;
  bool has_topic_ = false;
  BrokerFacts facts_;
};

}  // namespace understudy::differential
