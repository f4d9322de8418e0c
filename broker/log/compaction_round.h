// One round of compaction over the files of one log: the old segments make room for new ones in a
// way that a crash at any moment leaves one or the other (Cleaner.doClean,
// LocalLog.replaceSegments).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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
  CompactionRound(const LogEnvironment& environment, Log& log, const TopicConfig& config,
                  CompactionRequest request)
      : environment_(environment), log_(log), config_(config), request_(std::move(request)) {}

  // Where the next round's dirty part begins. Nothing if the log could not be compacted: it is as
  // it was, and failure() says why.
  std::optional<std::int64_t> run();
  const std::string& failure() const { return failure_; }
  // The old segments were gone when it failed: only a start, which finishes what was begun, can
  // read the log again.
  bool is_log_incomplete() const { return is_log_incomplete_; }

 private:
  bool build_map(OffsetMap& map, const std::vector<AbortedTransaction>& aborted);
  bool clean_group(const SegmentGroup& group, std::size_t first_index, const OffsetMap& map,
                   CleanedTransactions& transactions);
  std::optional<std::uint64_t> write_cleaned(const std::string& path, const SegmentGroup& group,
                                             std::size_t first_index, const OffsetMap& map,
                                             CleanedTransactions& transactions);
  std::optional<Segment> put_in_place(std::int64_t base_offset, const SegmentGroup& group,
                                      std::size_t first_index,
                                      const std::vector<AbortedTransaction>& aborted);
  template <class Take>
  bool read_batches(const Segment& segment, const Take& take);
  bool fail(const std::string& what);

  const LogEnvironment& environment_;
  Log& log_;
  const TopicConfig& config_;
  const CompactionRequest request_;
  std::string failure_;
  bool is_log_incomplete_ = false;
};

}  // namespace understudy::broker
