// The two brokers as processes of our own: started on directories of their own, stopped or killed,
// started again.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "differential/both.h"
#include "support/broker_process.h"

namespace understudy::differential {

struct BrokerCommands {
  // See support::BrokerCommand for {dir} and {overrides}.
  std::string understudy;
  std::string kafka;
  // Both start an Apache Kafka: what differs then is chance.
  bool are_kafkas = false;
  std::vector<std::string> overrides;
};

class Brokers {
 public:
  // Starts both in a new directory below that for temporary files, which goes with this object.
  explicit Brokers(const BrokerCommands& commands);
  Brokers(const Brokers&) = delete;
  Brokers& operator=(const Brokers&) = delete;
  ~Brokers();

  const Both& both() const { return both_; }

  // "clean" or "kill", and both again. Their addresses change.
  void restart(const std::string& ending);

 private:
  void start();

  BrokerCommands commands_;
  std::filesystem::path dir_;
  std::unique_ptr<support::BrokerProcess> ours_;
  std::unique_ptr<support::BrokerProcess> theirs_;
  Both both_;
};

}  // namespace understudy::differential
