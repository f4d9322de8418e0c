#include "durability/kill_run.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>
#include <thread>

#include "durability/dump_log.h"
#include "durability/free_port.h"

namespace understudy::durability {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Generous: they only bound how long a failing run hangs.
constexpr milliseconds kStartPatience(120'000);
constexpr milliseconds kStopPatience(60'000);
constexpr milliseconds kProgressPatience(60'000);
constexpr milliseconds kDrainPatience(120'000);
constexpr milliseconds kDrainPause(2);

constexpr int kStopPercent = 12;
constexpr int kInRecoveryPercent = 12;
constexpr int kRightAfterStartPercent = 12;
constexpr double kAcknowledgedMax = 3000;
constexpr std::uint64_t kExtraMicroseconds = 5000;
// One out of so many librdkafka producers keeps several requests in flight.
constexpr int kPipelinedOneIn = 4;
constexpr int kPipelined = 5;
// It writes to these alone, so that several of its batches of one partition are on their way.
constexpr std::int32_t kFewPartitions = 1;

// So small that segments roll many times between two kills.
constexpr const char* kSegmentBytes = "internal.segment.bytes=100000";

std::vector<TopicPlan> topics() {
  return {{.name = "orders", .partitions = 3, .configs = {}},
          {.name = "payments", .partitions = 2, .configs = {{"flush.messages", "1000"}}},
          {.name = "audit", .partitions = 1, .configs = {{"compression.type", "zstd"}}}};
}

std::string tail_of(const fs::path& file, std::size_t size) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  return text.size() > size ? text.substr(text.size() - size) : text;
}

bool same_log(const LogCopy& a, const LogCopy& b) {
  const auto same_record = [](const LogRecord& x, const LogRecord& y) {
    return x.offset == y.offset && x.name == y.name && x.batch == y.batch;
  };
  const auto same_batch = [](const LogBatch& x, const LogBatch& y) {
    return x.base_offset == y.base_offset && x.last_offset == y.last_offset &&
           x.producer_id == y.producer_id && x.producer_epoch == y.producer_epoch &&
           x.base_sequence == y.base_sequence && x.max_timestamp == y.max_timestamp;
  };
  return std::equal(a.records.begin(), a.records.end(), b.records.begin(), b.records.end(),
                    same_record) &&
         std::equal(a.batches.begin(), a.batches.end(), b.batches.begin(), b.batches.end(),
                    same_batch);
}

}  // namespace

KillRun::KillRun(const KillOptions& options)
    : options_(options),
      random_(options.seed),
      port_(free_port(options.seed)),
      places_(places_of(topics())),
      power_cut_(options.folder / "data", options.folder / "sync-notes"),
      logs_(places_.size()),
      next_offsets_(places_.size(), 0) {
  fs::create_directories(options_.folder / "data");
  if (options_.spares_all_but_records) power_cut_.spare_all_but_records();
}

Findings KillRun::run() {
  try {
    play();
  } catch (const std::exception& error) {
    find_fault(Fault::kBadProcess, error.what());
  }
  // Whoever still writes is stopped before anything that it uses goes.
  rdkafka_writers_.clear();
  raw_writers_.clear();
  topic_changer_.reset();
  process_.reset();
  Findings all = ledger_.reported();
  all.insert(all.end(), findings_.begin(), findings_.end());
  return all;
}

void KillRun::play() {
  if (!start()) return;
  {
    support::RawClient client(support::parse_address(bootstrap()), "kill");
    create_topics(client, topics());
  }
  start_writers();
  start_topic_changer();
  while (kills_ < options_.kills && all_is_well()) {
    const int before = kills_;
    if (!live_and_die()) break;
    if (!all_is_well()) break;
    if (options_.check_every > 0 && kills_ != before && kills_ % options_.check_every == 0 &&
        !check_at_rest()) {
      break;
    }
  }
  if (!process_ && !start()) return;
  if (topic_changer_) {
    topic_changer_->finish();
    topic_changes_ = topic_changer_->changes();
  }
  if (all_is_well()) drain();
  rdkafka_writers_.clear();
  raw_writers_.clear();
  check_all("in the end");
  if (!all_is_well()) return;
  // The same again from the first record on, behind a clean stop and behind a kill.
  if (!end(Manner::kStop) || !start()) return;
  read_back_again("behind a clean stop");
  if (!end(Manner::kKill) || !start()) return;
  read_back_again("behind a kill");
  if (const auto wrong = compare_with_librdkafka(bootstrap(), places_, logs_)) {
    find_fault(Fault::kUnreadable, *wrong);
  }
  if (!end(Manner::kStop)) return;
  check_directories();
  if (!options_.dump_log.empty()) check_with_dump_log();
}

void KillRun::start_writers() {
  for (int i = 0; i < options_.rdkafka_writers; ++i) {
    const bool is_pipelined = i % kPipelinedOneIn == kPipelinedOneIn - 1;
    rdkafka_writers_.push_back(std::make_unique<RdkafkaWriter>(
        RdkafkaWriter::Options{
            .bootstrap = bootstrap(),
            .slots = is_pipelined ? kFewPartitions : std::int32_t(places_.size()),
            .places = places_,
            .seed = random_(),
            .in_flight = is_pipelined ? kPipelined : 1},
        ledger_));
  }
  for (int i = 0; i < options_.raw_writers; ++i) {
    const auto slot = std::size_t(i) % places_.size();
    raw_writers_.push_back(std::make_unique<RawWriter>(
        RawWriter::Options{.broker = support::parse_address(bootstrap()),
                           .place = places_[slot],
                           .slot = Slot(slot),
                           .seed = random_(),
                           .awaits_leaders = !options_.kafka.empty()},
        ledger_, lives_));
  }
}

// A real Kafka takes its time with topics. Where more is lost than the broker promises to store,
// topics are lost as well.
void KillRun::start_topic_changer() {
  if (!options_.kafka.empty() || options_.spares_all_but_records) return;
  TopicChanger::Options options{
      .broker = support::parse_address(bootstrap()), .other_topics = {}, .seed = random_()};
  for (const TopicPlan& topic : topics()) options.other_topics.push_back(topic.name);
  topic_changer_ = std::make_unique<TopicChanger>(std::move(options), ledger_, lives_);
}

// Of topics that were deleted nothing is left, and nothing of ours is nobody's.
void KillRun::check_directories() {
  if (!options_.kafka.empty() || options_.spares_all_but_records) return;
  for (const auto& entry : fs::directory_iterator(options_.folder / "data")) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name.starts_with("__cluster_metadata")) continue;
    const bool is_known = std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
      return name == place.topic + "-" + std::to_string(place.partition);
    });
    if (!is_known) find_fault(Fault::kTopics, "a directory is left over: " + name);
  }
}

std::vector<std::string> KillRun::command() const {
  std::vector<std::string> words;
  const std::string data = (options_.folder / "data").string();
  if (!options_.kafka.empty()) {
    words = {options_.kafka, "start", "--port", std::to_string(port_), "--data-dir", data};
  } else {
    words = {options_.broker, "--data-dir",        data,           "--listen",
             bootstrap(),     "--print-bootstrap", "--durability", options_.durability};
  }
  words.insert(words.end(), {"--override", kSegmentBytes});
  for (const std::string& text : options_.overrides) {
    words.insert(words.end(), {"--override", text});
  }
  return words;
}

bool KillRun::start() {
  begin_process();
  return await_start();
}

void KillRun::begin_process() {
  ++starts_;
  is_ready_ = false;
  started_at_ = std::chrono::steady_clock::now();
  std::vector<std::string> environment;
  if (options_.power_cuts) {
    environment = {
        "LD_PRELOAD=" + options_.recorder,
        std::string(kSyncNotesVariable) + "=" + (options_.folder / "sync-notes").string()};
    const char* const asan = std::getenv("ASAN_OPTIONS");
    environment.push_back(std::string("ASAN_OPTIONS=verify_asan_link_order=0") +
                          (asan ? std::string(":") + asan : ""));
  }
  process_.emplace(support::Process::Options{.command = command(),
                                             .environment = environment,
                                             .errors_file = (options_.folder / "stderr").string()});
}

bool KillRun::await_start() {
  const std::optional<std::string> line = process_->await_line(kStartPatience);
  if (line) {
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - started_at_;
    start_ms_.push_back(took.count());
    is_ready_ = true;
    return true;
  }
  const auto ending = process_->wait(milliseconds(100));
  find_fault(Fault::kBadProcess,
             "start " + std::to_string(starts_) + ": the broker " +
                 (ending ? "ended with " + ending->text() : std::string("hangs")) +
                 " before it was ready: " + tail_of(options_.folder / "stderr", 1000));
  return false;
}

bool KillRun::live_and_die() {
  Moment moment = Moment::kUnderLoad;
  const std::uint64_t draw = below(100);
  if (draw < kInRecoveryPercent) {
    moment = Moment::kInRecovery;
  } else if (draw < kInRecoveryPercent + kRightAfterStartPercent) {
    moment = Moment::kRightAfterStart;
  }
  if (!process_) begin_process();
  if (moment == Moment::kInRecovery && !is_ready_) {
    const double whole_ms = start_ms_.empty() ? 10 : start_ms_.back();
    const std::uint64_t microseconds = below(std::uint64_t(whole_ms * 1200));
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    ++kills_in_recovery_;
    return end(Manner::kKill);
  }
  if (!is_ready_ && !await_start()) return false;
  if (moment != Moment::kRightAfterStart) {
    // Many small numbers and a few large ones.
    const double exponent = double(below(1000)) / 1000.0;
    const auto wanted = std::uint64_t(std::pow(kAcknowledgedMax, exponent));
    const std::uint64_t count = ledger_.counts().acknowledged + wanted;
    if (!ledger_.wait_for_acknowledged(count, kProgressPatience)) {
      if (!ledger_.has_findings()) {
        find_fault(Fault::kNoProgress, "life " + std::to_string(starts_) +
                                           ": nobody gets anything acknowledged any more");
      }
      return false;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(below(kExtraMicroseconds)));
  }
  return end(below(100) < kStopPercent ? Manner::kStop : Manner::kKill);
}

bool KillRun::end(Manner manner) {
  lives_.end_life();
  std::optional<support::Ending> ending;
  if (manner == Manner::kStop) {
    process_->send_signal(SIGTERM);
    ending = process_->wait(kStopPatience);
    ++stops_;
  } else {
    ending = process_->kill();
    ++kills_;
  }
  const bool is_right =
      ending && (manner == Manner::kStop ? ending->code == 0 || !options_.kafka.empty()
                                         : ending->signal == SIGKILL);
  if (!is_right) {
    find_fault(Fault::kBadProcess,
               std::string("life ") + std::to_string(starts_) + ": after SIG" +
                   (manner == Manner::kStop ? "TERM" : "KILL") + " the broker " +
                   (ending ? "ended with " + ending->text() : std::string("does not stop")) + ": " +
                   tail_of(options_.folder / "stderr", 1000));
  }
  process_.reset();
  lives_.end_life();  // also for those who connected between the first line and the signal
  strike();
  return is_right;
}

void KillRun::strike() {
  if (!options_.power_cuts) return;
  const std::vector<std::string> done = power_cut_.strike(random_);
  destroyed_files_ += int(done.size());
  std::ofstream log(options_.folder / "power-cuts", std::ios::app);
  log << "life " << starts_ << "\n";
  for (const std::string& line : done) log << "  " << line << "\n";
}

bool KillRun::check_at_rest() {
  if (!start()) return false;
  if (!drain()) return false;
  check_all("behind kill " + std::to_string(kills_));
  resume();
  return all_is_well();
}

bool KillRun::drain() {
  for (const auto& writer : raw_writers_) writer->drain().begin();
  for (const auto& writer : rdkafka_writers_) writer->drain().begin();
  const auto is_confirmed = [](const auto& writer) { return writer->drain().is_confirmed(); };
  const auto deadline = std::chrono::steady_clock::now() + kDrainPatience;
  while (!std::all_of(raw_writers_.begin(), raw_writers_.end(), is_confirmed) ||
         !std::all_of(rdkafka_writers_.begin(), rdkafka_writers_.end(), is_confirmed)) {
    if (ledger_.has_findings()) return false;
    if (std::chrono::steady_clock::now() >= deadline) {
      find_fault(Fault::kNoProgress, "not everything that was handed over gets an answer");
      return false;
    }
    std::this_thread::sleep_for(kDrainPause);
  }
  return true;
}

void KillRun::resume() {
  for (const auto& writer : raw_writers_) writer->drain().end();
  for (const auto& writer : rdkafka_writers_) writer->drain().end();
}

void KillRun::read_new_records() {
  support::RawClient client(support::parse_address(bootstrap()), "kill");
  for (std::size_t slot = 0; slot < places_.size(); ++slot) {
    next_offsets_[slot] = read_to_end(client, places_[slot], next_offsets_[slot], logs_[slot]);
  }
}

void KillRun::check_all(const std::string& when) {
  read_new_records();
  for (const Finding& finding : ledger_.check(logs_)) {
    find_fault(finding.fault, when + ", " + finding.text);
  }
  check_producer_states();
}

void KillRun::check_producer_states() {
  support::RawClient client(support::parse_address(bootstrap()), "kill");
  for (std::size_t slot = 0; slot < places_.size(); ++slot) {
    for (const Finding& finding :
         check_producer_rows(Slot(slot), logs_[slot], describe_producers(client, places_[slot]))) {
      find_fault(finding.fault, finding.text);
    }
  }
}

void KillRun::read_back_again(const std::string& when) {
  support::RawClient client(support::parse_address(bootstrap()), "kill");
  for (std::size_t slot = 0; slot < places_.size(); ++slot) {
    LogCopy again;
    read_to_end(client, places_[slot], 0, again);
    const std::string where = when + ", slot " + std::to_string(slot);
    for (const std::string& text : again.unreadable) {
      findings_.push_back({Fault::kUnreadable, where});
      findings_.back().text.append(": ").append(text);
    }
    if (!same_log(again, logs_[slot])) {
      find_fault(Fault::kOffsets, where + ": the log is not what was read before");
    }
  }
  check_producer_states();
}

// Apache Kafka's own tool has nothing against any file, and finds the same batches.
void KillRun::check_with_dump_log() {
  const DumpLogResult result = dump_log(options_.dump_log, options_.folder);
  for (const std::string& text : result.complaints) {
    find_fault(Fault::kUnreadable, "dump-log: " + text);
  }
  const std::size_t expected =
      std::accumulate(logs_.begin(), logs_.end(), std::size_t{0},
                      [](std::size_t sum, const LogCopy& log) { return sum + log.batches.size(); });
  if (result.batches != expected) {
    find_fault(Fault::kUnreadable, "dump-log: shows " + std::to_string(result.batches) +
                                       " batches of " + std::to_string(expected));
  }
}

void KillRun::find_fault(Fault fault, const std::string& text) {
  findings_.push_back({fault, text});
}

std::string KillRun::statistics() const {
  const Ledger::Counts counts = ledger_.counts();
  std::vector<double> sorted = start_ms_;
  std::sort(sorted.begin(), sorted.end());
  std::ostringstream line;
  line << kills_ << " kills (" << kills_in_recovery_ << " in recovery), " << stops_
       << " clean stops, " << starts_ << " starts; " << counts.acknowledged << " of "
       << counts.handed_over << " records acknowledged; " << counts.retries
       << " raw batches retried, " << topic_changes_ << " changes of topics, " << counts.duplicates
       << " duplicates acknowledged, " << counts.fatal_errors << " predicted fatal errors";
  if (options_.power_cuts) line << "; " << destroyed_files_ << " unsynced file tails struck";
  if (!sorted.empty()) {
    line.precision(1);
    line << std::fixed << "; start to first answer " << sorted.front() << " / "
         << sorted[sorted.size() / 2] << " / " << sorted.back() << " ms (least/median/most)";
  }
  return line.str();
}

}  // namespace understudy::durability
