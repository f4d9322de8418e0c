// One run of understudy_kill: a broker that is killed again and again under load, and what its log
// holds in the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "durability/ledger.h"
#include "durability/log_reader.h"
#include "durability/power_cut.h"
#include "durability/raw_writer.h"
#include "durability/rdkafka_writer.h"
#include "durability/topic_changer.h"
#include "durability/topology.h"
#include "support/process.h"

namespace understudy::durability {

struct KillOptions {
  std::string broker;            // the program of this project
  std::string kafka;             // or scripts/kafka: a real Kafka in its place
  std::filesystem::path folder;  // the data directory and what else a run leaves lie in it
  std::string durability = "page-cache";
  bool power_cuts = false;              // a kill also destroys what was not synced
  bool spares_all_but_records = false;  // and that of records alone
  std::string recorder;                 // the module that knows what was synced
  std::string dump_log;                 // a command that is given --files; empty: not done
  std::vector<std::string> overrides;
  int kills = 20;
  int check_every = 50;
  int rdkafka_writers = 4;
  int raw_writers = 5;
  std::uint64_t seed = 0;
};

class KillRun {
 public:
  explicit KillRun(const KillOptions& options);

  // Everything that is wrong; empty if all is well.
  Findings run();

  // What happened, in one line.
  std::string statistics() const;

 private:
  enum class Moment : std::uint8_t { kInRecovery, kRightAfterStart, kUnderLoad };
  enum class Manner : std::uint8_t { kKill, kStop };

  void play();
  void start_writers();
  void start_topic_changer();
  bool start();
  void begin_process();
  bool await_start();
  bool live_and_die();
  bool end(Manner manner);
  void strike();
  // All writers at rest, and the log compared with what they know; then they go on.
  bool check_at_rest();
  bool drain();
  void resume();
  void read_new_records();
  void check_all(const std::string& when);
  void read_back_again(const std::string& when);
  void check_producer_states();
  void check_with_dump_log();
  void check_directories();
  void find_fault(Fault fault, const std::string& text);
  std::vector<std::string> command() const;
  std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::string bootstrap() const { return "127.0.0.1:" + std::to_string(port_); }
  bool all_is_well() const { return findings_.empty() && !ledger_.has_findings(); }

  KillOptions options_;
  std::mt19937_64 random_;
  std::uint16_t port_;
  std::vector<Place> places_;
  PowerCut power_cut_;
  Ledger ledger_;
  Lives lives_;
  std::optional<support::Process> process_;
  bool is_ready_ = false;  // it has said that it answers
  std::chrono::steady_clock::time_point started_at_;
  std::vector<std::unique_ptr<RawWriter>> raw_writers_;
  std::vector<std::unique_ptr<RdkafkaWriter>> rdkafka_writers_;
  std::unique_ptr<TopicChanger> topic_changer_;
  std::vector<LogCopy> logs_;
  std::vector<std::int64_t> next_offsets_;
  Findings findings_;

  int kills_ = 0;
  int kills_in_recovery_ = 0;
  int stops_ = 0;
  int starts_ = 0;
  int destroyed_files_ = 0;
  int topic_changes_ = 0;
  std::vector<double> start_ms_;
};

}  // namespace understudy::durability
