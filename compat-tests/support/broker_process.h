// A broker that a test program owns: started by a command on a data directory, stopped or killed,
// started again.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/raw_client.h"

namespace understudy::support {

struct BrokerCommand {
  // A command of the shell that prints host:port on the first line of stdout as soon as the broker
  // answers; of several nodes all, between commas. {dir} stands for the data directory, {overrides}
  // for "--override KEY=VALUE ...".
  std::string command;
  std::filesystem::path data_dir;
  std::filesystem::path temp_dir;  // for what else the broker writes; a killed one leaves it
  std::vector<std::string> overrides;
};

class BrokerProcess {
 public:
  // Returns when the broker has printed its address; throws if it never does.
  explicit BrokerProcess(const BrokerCommand& command);

  const Address& address() const { return addresses_.front(); }
  const std::vector<Address>& addresses() const { return addresses_; }

  // Both return when the broker and every process that it started are gone, and throw if they stay.
  // stop() throws as well if the broker ends otherwise than a SIGTERM asks for.
  void stop();
  void kill();

 private:
  static constexpr std::chrono::seconds kPatience{180};

  void await_group_end();

  Process process_;
  std::vector<Address> addresses_;
};

}  // namespace understudy::support
