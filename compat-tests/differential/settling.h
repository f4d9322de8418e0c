// Waits until a broker has taken what it answered to heart.
//
// Apache Kafka answers a change of metadata when the controller has committed it; the broker serves
// the new topic, or heeds the new config, a moment later. What it publishes it publishes in order:
// once a second change is visible which was made after a first one had become visible, everything
// that was committed before the first has taken effect.
#pragma once

#include <string>

#include "differential/symbols.h"
#include "support/raw_client.h"

namespace understudy::differential {

class Settling {
 public:
  // `topic` belongs to whoever plays one script after the other here: its configs are changed.
  Settling(const support::Address& address, bool settles_late, std::string topic);

  // Everything that was answered before has taken effect when this returns.
  void settle();
  // The same for a topic whose creation was begun by somebody who asked about it.
  void await_topic(const std::string& name);
  // After a restart: every partition of these topics, as far as they exist, is led again.
  void await_leaders(const std::vector<std::string>& names);
  // Learns the ids of topics that may have been made meanwhile.
  void learn(const std::vector<std::string>& names, Symbols& symbols);

  wire::MetadataResponse describe(const std::vector<std::string>& names);
  support::RawClient& client() { return client_; }
  const BrokerFacts& facts() const { return facts_; }
  void remove_topics(const std::vector<std::string>& names);

 private:
  void create_own_topic();
  void change_and_see();

  support::RawClient client_;
  bool settles_late_;
  std::string topic_;
  bool has_topic_ = false;
  BrokerFacts facts_;
};

}  // namespace understudy::differential
