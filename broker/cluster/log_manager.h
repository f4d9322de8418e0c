// What is done to all logs of a broker: checkpoints, flushing, retention, compaction, closing, and
// the restart of one of them (Kafka's LogManager and LogCleaner).
//
// Which topics there are is Cluster's business; what happens inside of one log is Partition's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "broker/base/profile.h"
#include "broker/cluster/broker_config.h"
#include "broker/cluster/topic.h"
#include "broker/log/crash.h"
#include "broker/log/environment.h"
#include "broker/log/files.h"

namespace understudy::broker {

class LogManager {
 public:
  // `topics` may change between calls. set_config() is called before anything else.
  LogManager(const LogEnvironment& environment, const Profile& profile, const Topics& topics)
      : environment_(environment), profile_(profile), topics_(topics) {}
  ~LogManager() { environment_.timers.cancel(next_step_); }
  LogManager(const LogManager&) = delete;
  LogManager& operator=(const LogManager&) = delete;

  void set_config(std::shared_ptr<const BrokerConfig> config) { config_ = std::move(config); }

  // What the checkpoints say, at a start.
  void load_checkpoints();
  LoadHints hints_for(const TopicPartition& partition) const;

  // The checkpoints that a start after a crash goes by, each at its interval. False: the storage
  // refuses, and the file is as it was.
  bool write_recovery_points();
  bool write_start_offsets();
  bool write_high_watermarks();
  // All of them. What they and the cleaner's say of partitions without a directory goes.
  [[nodiscard]] bool write_checkpoints();
  // What the checkpoints say of a deleted topic must not be believed of a new one that has its
  // name: before that is made.
  [[nodiscard]] bool forget_checkpoints(const std::string& topic);
  void topic_removed(const std::string& topic);

  // retention.ms, retention.bytes and what lies before the log start offset.
  void apply_retention();
  void expire_producers();
  // Compacts the dirtiest log, and then the next, until none is due: in steps of
  // log.cleaner.io.buffer.size, so that requests are answered in between. Each step sets a timer
  // for the next.
  void compact();
  bool is_compacting() const { return compacting_.has_value(); }
  // flush.ms of every partition.
  void flush_due();

  // Brings most of it to the disk, many partitions at a time; then close() has little to wait for.
  void flush_later(const std::function<void()>& done);
  // All files are as a clean stop leaves them. False: some are not.
  [[nodiscard]] bool close();

  // The partition is closed, or crashes, and is read again from its files, one leader epoch later,
  // into one that `make` makes. Why that failed; nothing if all is well.
  using Make = std::function<std::unique_ptr<Partition>(Leadership)>;
  std::optional<std::string> restart_partition(std::unique_ptr<Partition>& partition,
                                               const std::optional<Crash>& crash, const Make& make);

 private:
  // Of a start.
  struct Checkpoints {
    OffsetCheckpoint recovery_points;
    OffsetCheckpoint start_offsets;
    OffsetCheckpoint high_watermarks;
  };

  OffsetCheckpoint load_checkpoint(const char* file);
  template <class Value>
  bool write_offsets(const char* file, const Value& value);
  bool write_checkpoint(const char* file, const OffsetCheckpoint& offsets);
  bool write_cleaner_offsets();
  template <class Action>
  void for_each_partition(const Action& action) const;
  void continue_compaction();
  Partition* find_compacting() const;
  Partition* begin_compaction();
  void stop_compaction();
  void note_compacted(const TopicPartition& name, const Partition::Compacted& compacted);

  const LogEnvironment& environment_;
  const Profile& profile_;
  const Topics& topics_;
  std::shared_ptr<const BrokerConfig> config_;
  Checkpoints loaded_;
  OffsetCheckpoint cleaner_offsets_;
  std::set<TopicPartition> uncleanable_;      // until the next start
  std::optional<TopicPartition> compacting_;  // was, at the last step
  Timers::Id next_step_;
  bool is_closing_ = false;
  std::map<std::string, std::string> written_checkpoints_;  // by file
};

}  // namespace understudy::broker
