// From the files of a partition to its log, its producers and its leader epochs (LogLoader,
// UnifiedLog.rebuildProducerState).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/base/topic_config.h"
#include "broker/log/environment.h"
#include "broker/log/leader_epochs.h"
#include "broker/log/log.h"
#include "broker/log/log_findings.h"
#include "broker/log/producer_snapshots.h"
#include "broker/log/producer_state.h"

namespace understudy::broker {

// What the checkpoints of the whole directory say of one partition.
struct LoadHints {
  bool was_clean = false;           // the broker that wrote it was stopped, not killed
  std::int64_t recovery_point = 0;  // what lies before it was on the disk
  std::optional<std::int64_t> start_offset;
  // When it was last written down; nothing of a partition that another broker wrote. A last gap
  // above it is a damaged offset: compaction stays below, and so does what a replica is made from.
  std::optional<std::int64_t> high_watermark = {};
  // Called now and then with the bytes that were checked since the last call.
  std::function<void(std::uint64_t)> recovered = {};
};

// Where the parts of a partition are put.
struct LoadTarget {
  Log& log;
  ProducerStateManager& producers;
  ProducerSnapshots& snapshots;
  LeaderEpochs& leader_epochs;
  LogFindings& findings;
};

// Nothing is left out silently: what a recovery cuts is reported to the environment. Why the files
// cannot be used, in a sentence that says what to do; nothing if all is well.
// `files` is what the directory holds.
std::optional<std::string> load_log(const LogEnvironment& environment, const TopicConfig& config,
                                    const LoadHints& hints, const LoadTarget& target,
                                    std::vector<Storage::Entry> files);

}  // namespace understudy::broker
