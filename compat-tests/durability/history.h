// What producers were told, and whether a log fits it.
//
// Pure values: no clock, thread or socket. Every record carries its name, so that the log can be
// compared with what was handed over, record by record, however often the broker died meanwhile.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/names.h"

namespace understudy::durability {

using support::key_of;
using support::Name;
using support::name_of;
using support::Slot;
using support::value_of;

struct LogBatch {
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t last_sequence = -1;
  std::int64_t max_timestamp = -1;
};

struct LogRecord {
  std::int64_t offset = 0;
  std::size_t batch = 0;     // its place in LogCopy::batches
  std::optional<Name> name;  // nothing if key and value are not ours
};

// One partition as a consumer reads it.
struct LogCopy {
  std::vector<LogBatch> batches;
  std::vector<LogRecord> records;
  std::vector<std::string> unreadable;  // what a consumer would have choked on
};

// A row of DescribeProducers.
struct ProducerRow {
  std::int64_t producer_id = -1;
  std::int32_t producer_epoch = -1;
  std::int32_t last_sequence = -1;
  std::int64_t last_timestamp = -1;
};

enum class Fault : std::uint8_t {
  kLost,              // acknowledged, and not in the log
  kDuplicated,        // in the log twice
  kReordered,         // behind a later record of the same producer
  kWrongOffset,       // acknowledged at an offset where something else lies
  kUnknownRecord,     // nobody handed this record over, or its bytes are not what was handed over
  kMisplaced,         // in another partition than it was handed over for
  kUnreadable,        // a batch whose checksum or structure is wrong
  kOffsets,           // offsets do not follow one another
  kSequences,         // sequences of a producer id do not follow one another
  kProducerId,        // one producer id for two producers, or one id handed out twice
  kProducerState,     // DescribeProducers does not say what the log says
  kContradiction,     // two answers for the same batch that cannot both be true
  kUnexplainedFatal,  // a producer failed for good although its sequences were all in order
  kUnexpectedAnswer,  // an error that no rule predicts
  kTopics,            // a topic is neither what it was nor what it was to become
  kNoProgress,        // nothing was acknowledged for far too long
  kBadProcess,        // the broker did not start, crashed, or did not stop
};
std::string_view name_of(Fault fault);

struct Finding {
  Fault fault;
  std::string text;
};
using Findings = std::vector<Finding>;

class History {
 public:
  // The producer's next record for that partition.
  Name hand_over(std::int32_t producer, Slot slot);

  // The broker says that the record is in the log; `offset` if it said where.
  void acknowledge(const Name& name, std::optional<std::int64_t> offset);

  // The producer stopped for good on an error that says that its sequences and the broker's do not
  // fit. Its other records may be in the log or not.
  void end_by_sequence_error(std::int32_t producer);

  // An answer to InitProducerId.
  void hand_out_producer_id(std::int64_t producer_id);

  std::uint64_t handed_over() const { return handed_over_; }
  std::uint64_t acknowledged() const { return acknowledged_; }

  // Everything that is wrong with the logs, slot by slot. What was not acknowledged may be missing.
  Findings check(const std::vector<LogCopy>& logs) const;

 private:
  struct Record {
    bool is_acknowledged = false;
    std::int64_t offset = -1;
  };
  using Stream = std::pair<std::int32_t, Slot>;

  const Record* find(const Name& name) const;
  void check_records(Slot slot, const LogCopy& log, Findings& findings) const;
  void check_acknowledged(Slot slot, const LogCopy& log, Findings& findings) const;
  void check_producer_ids(const std::vector<LogCopy>& logs, Findings& findings) const;
  void check_fatal_errors(const std::vector<LogCopy>& logs, Findings& findings) const;

  std::map<Stream, std::vector<Record>> records_;
  std::set<std::int32_t> ended_;
  std::set<std::int64_t> producer_ids_;
  std::uint64_t handed_over_ = 0;
  std::uint64_t acknowledged_ = 0;
  Findings contradictions_;
};

// Offsets that follow one another from `start_offset`, sequences that follow one another per
// producer id, and nothing unreadable.
Findings check_structure(Slot slot, const LogCopy& log, std::int64_t start_offset = 0);

// Every producer id of the log has its row, and each row says what the id's last batch says.
Findings check_producer_rows(Slot slot, const LogCopy& log, const std::vector<ProducerRow>& rows);

}  // namespace understudy::durability
