// One round of compaction over the files of one log, in steps: the old segments make room for new
// ones in a way that a crash at any moment leaves one or the other (Cleaner.doClean,
// LocalLog.replaceSegments).
//
// First the dirty part is read into a map of keys, then group after group of segments is written
// again and put in place. Between two steps the log may be read and appended to. A caller that cuts
// it or drops segments of it gives the round up: groups that are in place stay, the rest is as it
// was, and the next round begins where this one did. A round is nowhere but in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/topic_config.h"
#include "broker/log/cleanable.h"
#include "broker/log/compaction.h"
#include "broker/log/environment.h"
#include "broker/log/log.h"

namespace understudy::broker {

// The log as the choice of what to compact looks at it.
CleanableLog cleanable_log(const Log& log, std::int64_t last_stable_offset,
                           std::optional<std::int64_t> checkpoint);

struct CompactionRequest {
  CleaningPlan plan;
  CleaningOptions options;
  std::size_t map_entries_max = 0;
};

class CompactionRound {
 public:
  enum class State : std::uint8_t { kUnderWay, kDone, kFailed };

  CompactionRound(const LogEnvironment& environment, Log& log,
                  std::shared_ptr<const TopicConfig> config, CompactionRequest request);
  CompactionRound(const CompactionRound&) = delete;
  CompactionRound& operator=(const CompactionRound&) = delete;

  // Goes through so many bytes more, or one batch if that is larger, and puts at most one new
  // segment in place.
  State step(std::uint64_t bytes);
  // Removes what it has written and not put in place yet; no step may follow.
  void give_up();

  const CleaningPlan& plan() const { return request_.plan; }
  // Done: where the next round's dirty part begins.
  std::int64_t next_dirty_offset() const;
  // Failed: why. Segments that are not replaced yet are as they were.
  const std::string& failure() const { return failure_; }
  // The old segments were gone when it failed: only a start, which finishes what was begun, can
  // read the log again.
  bool is_log_incomplete() const { return is_log_incomplete_; }

 private:
  // Where the next step reads on.
  struct Cursor {
    std::size_t segment = 0;
    std::uint64_t position = 0;
  };
  // A new segment that is being written.
  struct Output {
    std::string path;  // of the segment; the file has a suffix behind it
    std::unique_ptr<File> file;
    SegmentCleaner cleaner;
    Segment segment;
  };

  void map_on();
  void begin_cleaning();
  void clean_on();
  void begin_group(std::size_t first_index);
  void write_cleaned(const wire::Slice& bytes, std::uint64_t& bytes_used);
  void end_group(std::size_t first_index);
  bool seal_output();
  bool put_in_place(std::size_t first_index);
  void sync_output();
  void next_segment() { at_ = {.segment = at_.segment + 1}; }
  template <class Take>
  void read_on(const Take& take);
  void fail(const std::string& what);

  const LogEnvironment& environment_;
  Log& log_;
  const std::shared_ptr<const TopicConfig> config_;
  const CompactionRequest request_;
  const std::vector<AbortedTransaction> aborted_;
  OffsetMap map_;
  std::optional<OffsetMapBuilder> builder_;  // while the dirty part is read
  std::optional<CleanedTransactions> transactions_;
  std::vector<SegmentGroup> groups_;
  std::size_t group_ = 0;
  std::size_t gone_ = 0;  // segments that were merged into others
  std::optional<Output> output_;
  Cursor at_;
  std::uint64_t left_ = 0;  // bytes of the step
  State state_ = State::kUnderWay;
  std::string failure_;
  bool is_log_incomplete_ = false;
};

}  // namespace understudy::broker
