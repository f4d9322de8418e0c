// Scenarios in which the broker ends and is started again on the same directory.
//
//   RESTART_SCENARIO(Idempotence_S49_EpochIsRemembered, clean_stop, killed) {
//     TestTopic topic;
//     EXPECT_THAT(topic.send(3, 0, 9), AppendedAt(0));
//     restart();
//     EXPECT_THAT(topic.send(2, 10, 10), Refused(ErrorCode::kInvalidProducerEpoch, 0));
//   }
//
// A start takes a real broker seconds. Therefore the scenarios of a cycle share one broker: each is
// played up to its restart(), then the broker ends once for all of them, and so on. They take
// turns, so at no time do two of them run. The test of the cycle that GoogleTest runs first plays
// all that are selected; each test then tells what went wrong in its own scenario.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace understudy::conformance {

enum class Ending { kCleanStop, kKill };

// What is done to the data directory while no broker runs.
using WhileDown = std::function<void(const std::filesystem::path& data_dir)>;

class Turn;

class Scenario {
 public:
  Scenario() = default;
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;
  virtual ~Scenario() = default;

  virtual void play() = 0;
  void attach(Turn* turn) { turn_ = turn; }

  // Returns when the broker has ended as the cycle says, `while_down` is done, and the broker
  // answers again. Topics reconnect by themselves.
  void restart(WhileDown while_down = {});

  const std::filesystem::path& data_dir() const;

 private:
  Turn* turn_ = nullptr;
};

struct CycleSpec {
  std::string suite;  // the first part of its tests' names
  std::vector<std::string> overrides;
  // What is set besides at the first start, at the second, ...: only there.
  std::vector<std::vector<std::string>> overrides_of_starts;
  std::vector<Ending> endings;  // of the first restart(), of the second, ...
  // The first broker is a real Apache Kafka. The second is the one to test, and finds what was
  // copied of the first one's data directory.
  bool begins_with_kafka = false;
  enum class Copied { kPartitions, kEverything } copied = Copied::kPartitions;
  bool needs_dump_command = false;
};

class Cycle {
 public:
  explicit Cycle(CycleSpec spec);
  Cycle(const Cycle&) = delete;
  Cycle& operator=(const Cycle&) = delete;
  ~Cycle();

  using Factory = std::function<std::unique_ptr<Scenario>()>;
  void add(const char* name, const char* file, int line, Factory factory);

  // Plays all selected scenarios, once, and then tells how `turn` went.
  void report(Turn& turn);

  // What the tests lack to be played; empty if nothing.
  std::string missing() const;

 private:
  void play_all();
  std::vector<std::string> overrides_of(std::size_t start) const;

  CycleSpec spec_;
  std::vector<std::unique_ptr<Turn>> turns_;
  bool played_ = false;
};

// The cycles. Those that kill do it before anything is checkpointed, except for `checkpointed`,
// whose broker writes its checkpoints all the time.
Cycle& clean_stop();
Cycle& killed();
Cycle& checkpointed();
// Four starts, and what groups may do at each, which is for the scenarios of groups alone:
//  1  group.consumer.migration.policy=upgrade; killed
//  2  group.consumer.migration.policy=downgrade, three members of a consumer group at most
//  3  group.consumer.migration.policy=disabled, broker.rack=r1, three members of a consumer group
//  at most and two of a classic
//     one, assignor range
//  4  group.coordinator.rebalance.protocols=classic, group.initial.rebalance.delay.ms=1000
Cycle& groups();
// Three endings: clean, killed, clean.
Cycle& dumped();
Cycle& adopted();
Cycle& adopted_after_kill();
// The same with the whole directory: metadata log, meta.properties, checkpoints.
Cycle& adopted_whole();
Cycle& adopted_whole_after_kill();

bool add_scenario(std::initializer_list<Cycle& (*)()> cycles, const char* name, const char* file,
                  int line, const Cycle::Factory& factory);

}  // namespace understudy::conformance

// RESTART_SCENARIO(name, cycle...) { body } is played in each of the cycles.
#define RESTART_SCENARIO(name, ...) \
  UNDERSTUDY_RESTART_SCENARIO(name, UNDERSTUDY_JOINED(Scenario_##name##_, __LINE__), __VA_ARGS__)
#define UNDERSTUDY_JOINED(a, b) UNDERSTUDY_JOINED_NOW(a, b)
#define UNDERSTUDY_JOINED_NOW(a, b) a##b
#define UNDERSTUDY_RESTART_SCENARIO(name, type, ...)                                    \
  class type : public ::understudy::conformance::Scenario {                             \
    void play() override;                                                               \
  };                                                                                    \
  [[maybe_unused]] const bool UNDERSTUDY_JOINED(type, _is_added) =                      \
      ::understudy::conformance::add_scenario({__VA_ARGS__}, #name, __FILE__, __LINE__, \
                                              [] { return std::make_unique<type>(); }); \
  void type::play()
