#include "conformance/restart.h"

#include <gtest/gtest-spi.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <semaphore>
#include <thread>

#include "conformance/broker.h"
#include "conformance/directory.h"
#include "support/broker_process.h"

namespace understudy::conformance {

namespace fs = std::filesystem;

// One scenario of a cycle: it plays in a thread of its own, but only between run() and the next
// restart(), while the cycle waits.
class Turn {
 public:
  // The scenario was waiting for a broker that never came back.
  struct Abandoned {};

  explicit Turn(Cycle::Factory factory) : factory_(std::move(factory)) {}

  const testing::TestInfo* test = nullptr;
  fs::path data_dir;
  WhileDown while_down;

  // Plays on until the scenario asks for a restart (true) or is over (false).
  bool run() {
    if (!thread_.joinable()) {
      thread_ = std::jthread([this] { play(); });
    } else {
      may_run_.release();
    }
    has_run_.acquire();
    return !is_over_;
  }

  void abandon() {
    is_abandoned_ = true;
    run();
  }

  // What the cycle does for the scenario counts as the scenario's.
  template <class Work>
  void record(Work work) {
    const testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results_);
    try {
      work();
    } catch (const Abandoned&) {
      ADD_FAILURE() << "the broker did not come back";
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }

  // Called by the scenario.
  void restart(WhileDown wanted) {
    while_down = std::move(wanted);
    has_run_.release();
    may_run_.acquire();
    if (is_abandoned_) throw Abandoned();
  }

  void tell() const {
    for (int i = 0; i < results_.size(); ++i) {
      const testing::TestPartResult& result = results_.GetTestPartResult(i);
      if (result.skipped()) GTEST_SKIP() << result.message();
      ADD_FAILURE_AT(result.file_name(), result.line_number()) << result.message();
    }
  }

 private:
  void play() {
    record([this] {
      const std::unique_ptr<Scenario> scenario = factory_();
      scenario->attach(this);
      scenario->play();
    });
    is_over_ = true;
    has_run_.release();
  }

  Cycle::Factory factory_;
  testing::TestPartResultArray results_;
  bool is_over_ = false;
  bool is_abandoned_ = false;
  std::binary_semaphore may_run_{0};
  std::binary_semaphore has_run_{0};
  std::jthread thread_;
};

void Scenario::restart(WhileDown while_down) { turn_->restart(std::move(while_down)); }

const fs::path& Scenario::data_dir() const { return turn_->data_dir; }

namespace {

class RestartTest : public testing::Test {
 public:
  RestartTest(Cycle& cycle, Turn& turn) : cycle_(cycle), turn_(turn) {}

 private:
  void TestBody() override {
    UNDERSTUDY_REQUIRE(cycle_.missing());
    cycle_.report(turn_);
  }

  Cycle& cycle_;
  Turn& turn_;
};

// Checkpoints are first written when these times have passed since the start.
constexpr const char* kNoCheckpoints = "log.initial.task.delay.ms=3600000";
constexpr const char* kNoHighWatermarks = "replica.high.watermark.checkpoint.interval.ms=3600000";

// All partitions that a broker holds, but nothing of what it knows about the cluster.
void copy_partitions(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name.starts_with("__")) continue;
    fs::copy(entry.path(), to / name, fs::copy_options::recursive);
  }
}

}  // namespace

Cycle::Cycle(CycleSpec spec) : spec_(std::move(spec)) {}
Cycle::~Cycle() = default;

void Cycle::add(const char* name, const char* file, int line, Factory factory) {
  turns_.push_back(std::make_unique<Turn>(std::move(factory)));
  Turn* const turn = turns_.back().get();
  turn->test = testing::RegisterTest(spec_.suite.c_str(), name, nullptr, nullptr, file, line,
                                     [this, turn] { return new RestartTest(*this, *turn); });
}

std::vector<std::string> Cycle::overrides_of(std::size_t start) const {
  std::vector<std::string> overrides = spec_.overrides;
  if (start < spec_.overrides_of_starts.size()) {
    const auto& more = spec_.overrides_of_starts[start];
    overrides.insert(overrides.end(), more.begin(), more.end());
  }
  return overrides;
}

std::string Cycle::missing() const {
  if (settings().broker_command.empty()) return "needs --broker-command";
  if (spec_.begins_with_kafka && settings().kafka_command.empty()) return "needs --kafka-command";
  if (spec_.needs_dump_command && settings().dump_command.empty()) return "needs --dump-command";
  return "";
}

void Cycle::report(Turn& turn) {
  if (!played_) {
    played_ = true;
    play_all();
  }
  turn.tell();
}

// Tells where the time goes, for it is the broker that takes it.
class Stopwatch {
 public:
  explicit Stopwatch(std::string suite) : suite_(std::move(suite)) {}

  void lap(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
    std::cout << suite_ << ": " << what << " took " << passed.count() << " ms" << std::endl;
    since_ = now;
  }

 private:
  std::string suite_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

void Cycle::play_all() {
  Stopwatch watch(spec_.suite);
  const OwnedDirectory directory(spec_.suite);
  support::BrokerCommand command{
      .command = spec_.begins_with_kafka ? settings().kafka_command : settings().broker_command,
      .data_dir = directory.path() / "data",
      .temp_dir = directory.path() / "tmp",
      .overrides = overrides_of(0)};
  std::vector<Turn*> waiting;
  for (const auto& turn : turns_) {
    if (turn->test->should_run()) waiting.push_back(turn.get());
  }
  std::size_t round = 0;
  try {
    std::optional<support::BrokerProcess> broker(std::in_place, command);
    for (;; ++round) {
      watch.lap("the start");
      set_bootstrap(broker->address());
      for (Turn* turn : waiting) turn->data_dir = command.data_dir;
      std::erase_if(waiting, [](Turn* turn) { return !turn->run(); });
      watch.lap("playing");
      if (waiting.empty()) break;
      const Ending ending = spec_.endings.at(round);
      if (ending == Ending::kCleanStop) broker->stop();
      if (ending == Ending::kKill) broker->kill();
      watch.lap("the end");
      for (Turn* turn : waiting) {
        if (turn->while_down) turn->record([&] { turn->while_down(command.data_dir); });
      }
      watch.lap("looking at the files");
      if (spec_.begins_with_kafka && round == 0) {
        command.command = settings().broker_command;
        command.data_dir = directory.path() / "adopted";
        if (spec_.copied == CycleSpec::Copied::kEverything) {
          fs::copy(directory.path() / "data", command.data_dir, fs::copy_options::recursive);
        } else {
          copy_partitions(directory.path() / "data", command.data_dir);
        }
      }
      command.overrides = overrides_of(round + 1);
      broker.emplace(command);
    }
  } catch (const std::exception& error) {
    for (Turn* turn : waiting) {
      turn->record([&] { ADD_FAILURE() << "restart " << round + 1 << ": " << error.what(); });
      turn->abandon();
    }
  }
}

Cycle& clean_stop() {
  static Cycle cycle({.suite = "CleanRestart",
                      .overrides = {"log.cleaner.backoff.ms=100"},
                      .endings = {Ending::kCleanStop}});
  return cycle;
}

Cycle& killed() {
  static Cycle cycle(
      {.suite = "KilledRestart",
       .overrides = {"log.cleaner.backoff.ms=100", kNoCheckpoints, kNoHighWatermarks},
       .endings = {Ending::kKill}});
  return cycle;
}

Cycle& checkpointed() {
  static Cycle cycle(
      {.suite = "CheckpointedRestart",
       .overrides = {"log.initial.task.delay.ms=500", "log.flush.offset.checkpoint.interval.ms=500",
                     "log.flush.start.offset.checkpoint.interval.ms=500"},
       .endings = {Ending::kKill}});
  return cycle;
}

Cycle& groups() {
  static Cycle cycle(
      {.suite = "GroupsRestart",
       .overrides = {"offsets.topic.num.partitions=1", "group.min.session.timeout.ms=500",
                     "group.consumer.assignment.interval.ms=0", kNoCheckpoints, kNoHighWatermarks},
       .overrides_of_starts = {{"group.consumer.migration.policy=upgrade"},
                               {"group.consumer.migration.policy=downgrade",
                                "group.consumer.max.size=3"},
                               {"group.consumer.migration.policy=disabled",
                                "group.consumer.max.size=3", "broker.rack=r1", "group.max.size=2",
                                "group.consumer.assignors=range"},
                               {"group.coordinator.rebalance.protocols=classic",
                                "group.initial.rebalance.delay.ms=1000"}},
       .endings = {Ending::kKill, Ending::kCleanStop, Ending::kCleanStop}});
  return cycle;
}

Cycle& dumped() {
  static Cycle cycle({.suite = "DumpLog",
                      .overrides = {"log.cleaner.backoff.ms=100"},
                      .endings = {Ending::kCleanStop, Ending::kKill, Ending::kCleanStop},
                      .needs_dump_command = true});
  return cycle;
}

Cycle& adopted() {
  static Cycle cycle({.suite = "Adopted",
                      .overrides = {"log.cleaner.backoff.ms=100"},
                      .endings = {Ending::kCleanStop},
                      .begins_with_kafka = true});
  return cycle;
}

Cycle& adopted_after_kill() {
  static Cycle cycle(
      {.suite = "AdoptedAfterKill",
       .overrides = {"log.cleaner.backoff.ms=100", kNoCheckpoints, kNoHighWatermarks},
       .endings = {Ending::kKill},
       .begins_with_kafka = true});
  return cycle;
}

Cycle& adopted_whole() {
  static Cycle cycle({.suite = "AdoptedWhole",
                      .overrides = {"log.cleaner.backoff.ms=100"},
                      .endings = {Ending::kCleanStop, Ending::kKill},
                      .begins_with_kafka = true,
                      .copied = CycleSpec::Copied::kEverything});
  return cycle;
}

Cycle& adopted_whole_after_kill() {
  static Cycle cycle({.suite = "AdoptedWholeAfterKill",
                      .overrides = {"log.cleaner.backoff.ms=100", kNoCheckpoints},
                      .endings = {Ending::kKill, Ending::kCleanStop},
                      .begins_with_kafka = true,
                      .copied = CycleSpec::Copied::kEverything});
  return cycle;
}

bool add_scenario(std::initializer_list<Cycle& (*)()> cycles, const char* name, const char* file,
                  int line, const Cycle::Factory& factory) {
  for (const auto cycle : cycles) cycle().add(name, file, line, factory);
  return true;
}

}  // namespace understudy::conformance
