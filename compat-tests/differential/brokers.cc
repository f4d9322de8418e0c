#include "differential/brokers.h"

#include <future>

namespace understudy::differential {

using support::BrokerProcess;

Brokers::Brokers(const BrokerCommands& commands) : commands_(commands) {
  std::string pattern = std::filesystem::temp_directory_path() / "understudy-differential.XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), pattern);
  }
  dir_ = pattern;
  start();
}

Brokers::~Brokers() {
  ours_.reset();
  theirs_.reset();
  std::error_code error;
  std::filesystem::remove_all(dir_, error);
}

void Brokers::start() {
  const auto command_of = [&](const std::string& command, const std::string& name) {
    return support::BrokerCommand{.command = command,
                                  .data_dir = dir_ / name,
                                  .temp_dir = dir_ / (name + "-temp"),
                                  .overrides = commands_.overrides};
  };
  // One after the other: a start forks, and a killed broker's helpers are waited for.
  theirs_ = std::make_unique<BrokerProcess>(command_of(commands_.kafka, "kafka"));
  ours_ = std::make_unique<BrokerProcess>(command_of(commands_.understudy, "understudy"));
  both_ = {.ours = {.name = "Understudy",
                    .nodes = ours_->addresses(),
                    .settles_late = commands_.are_kafkas},
           .theirs = {.name = "Apache Kafka", .nodes = theirs_->addresses(), .settles_late = true}};
  prepare(both_.ours);
  prepare(both_.theirs);
}

void Brokers::restart(const std::string& ending) {
  for (BrokerProcess* broker : {ours_.get(), theirs_.get()}) {
    ending == "kill" ? broker->kill() : broker->stop();
  }
  ours_.reset();
  theirs_.reset();
  start();
}

}  // namespace understudy::differential
