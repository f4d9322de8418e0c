// A broker that the scenarios own: started on a data directory, stopped or killed, started again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/raw_client.h"

namespace understudy::conformance {

struct BrokerCommand {
  // A command of the shell that prints host:port on the first line of stdout as soon as the broker
  // answers. {dir} stands for the data directory, {overrides} for "--override KEY=VALUE ...".
  std::string command;
  std::filesystem::path data_dir;
  std::filesystem::path temp_dir;  // for what else the broker writes; a killed one leaves it
  std::vector<std::string> overrides;
};

class BrokerProcess {
 public:
  // Returns when the broker has told its address; throws if it never does.
  explicit BrokerProcess(const BrokerCommand& command);
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;
  // Whatever still runs is killed.
  ~BrokerProcess();

  const Address& address() const { return address_; }

  // Both return when the broker and every process that it started are gone. stop() throws if the
  // broker ends otherwise than a SIGTERM asks for.
  void stop();
  void kill();

 private:
  static constexpr std::chrono::seconds kPatience{180};

  void launch(const BrokerCommand& command);
  std::string first_line() const;
  bool reap();
  void await_end();

  // The broker is the leader of a process group, to which its helpers belong.
  pid_t group_ = -1;
  int output_ = -1;
  int status_ = 0;  // of the leader, once it has ended
  Address address_;
};

}  // namespace understudy::conformance
