// What one partition has to be like after everything that was seen to happen to it.
//
// It is told every batch that reached the broker with what became of it, and what befell the
// broker. Where the rules leave open what is still known of a producer (how far a snapshot reaches,
// whether an expired producer was already forgotten), it keeps every possibility until an answer
// or a look at the broker's memory rules some out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/events.h"
#include "simulation/findings.h"
#include "simulation/rules.h"
#include "support/names.h"
#include "wire/types.h"

namespace understudy::simulation {

using support::Name;
using support::Slot;

// One batch of a Produce request, before the broker has stamped it.
struct SentBatch {
  Sequences sequences;
  std::int32_t record_count = 0;
  std::int64_t max_timestamp = -1;  // as it stands in the log, by whoever's clock
  wire::Slice bytes;
  std::vector<Name> names;
};

// A batch that is in the log.
struct Entry {
  SentBatch sent;
  std::int64_t base_offset = 0;
  Row row = Row::kNext;
  // It was judged by less than what the log knew of its producer: it may be there twice, or out of
  // its place.
  bool is_doubtful = false;
  // An answer with acks = all has said that it is in the log.
  bool is_promised = false;

  std::int64_t end_offset() const { return base_offset + sent.record_count; }
};

// A partition as the broker has it.
struct LogView {
  std::int64_t start_offset = 0;
  std::int64_t end_offset = 0;
  // A power cut took the end of a segment, and there is a next one.
  bool may_have_gaps = false;
  std::vector<wire::Slice> batches;
};
using Memories = std::map<std::int64_t, Memory>;  // by producer id

// What the broker's surroundings were like when it judged a batch.
struct Circumstances {
  bool is_leader = true;
  bool is_offline = false;
  bool is_disk_failing = false;  // it is full, or cannot sync what waits for that
};

enum class Upset : std::uint8_t {
  kRestart,      // what is remembered comes from the files, which are right
  kMemoryLost,   // the log is whole, what was known of producers is not
  kMemoryStale,  // what was newest known of producers is gone
  kTruncation,   // the log was cut while the broker lived
};

class PartitionModel {
 public:
  explicit PartitionModel(std::string name) : name_(std::move(name)) {}

  // A batch was judged.
  void observe(const broker::BatchEvent& event, const SentBatch& sent,
               const Circumstances& circumstances, Findings& findings);

  // Time may have taken what is older than that. Whether it has, nobody is told.
  void may_expire(std::int64_t now_ms, std::int64_t expiration_ms);

  struct Befallen {
    Upset upset = Upset::kRestart;
    bool was_clean = true;  // kMemoryLost and kMemoryStale: everything had been written before
    // Snapshots that were not synced may be gone, or be what they were before. The next starts go
    // by them as well.
    bool loses_snapshots = false;
    std::int64_t now_ms = 0;
    std::int64_t expiration_ms = 0;
  };
  // A batch was given to the broker, which died before it said what became of it.
  void expect_silently(const SentBatch& sent) { silent_.push_back(sent); }
  // Something befell the broker. Takes over which batches are left and what may be remembered now,
  // compares what is left with what was sent, and returns what is gone.
  std::vector<Entry> adopt(const LogView& log, const Befallen& befallen, Findings& findings);

  // Nothing befell it: the log has to be just so.
  void compare(const LogView& log, Findings& findings) const;
  void compare(const Memories& memories, Findings& findings);

  const std::vector<Entry>& entries() const { return entries_; }
  const std::string& name() const { return name_; }
  std::int64_t end_offset() const { return end_offset_; }
  // The batch at that offset; null if there is none.
  Entry* find(std::int64_t base_offset);
  // The producer's first batch in that epoch came in although earlier ones are missing (T2): what
  // it had before may be lost for good.
  bool began_in_the_middle(std::int64_t producer_id, std::int16_t epoch) const {
    return began_in_the_middle_.contains({producer_id, epoch});
  }
  // What may be remembered of a producer now.
  std::vector<MaybeMemory> possible(std::int64_t producer_id) const;

 private:
  using Possible = std::vector<MaybeMemory>;

  void accept(const broker::BatchEvent& event, const SentBatch& sent, Findings& findings);
  void explain_refusal(const broker::BatchEvent& event, const SentBatch& sent,
                       const Circumstances& circumstances, Findings& findings);
  template <class Agrees>
  bool narrow(const SentBatch& sent, const Agrees& agrees);
  std::vector<Entry> take_over(const LogView& log, Findings& findings);
  Possible after_upset(std::int64_t producer_id, const Befallen& befallen,
                       const Memories& truth_before, bool was_cut, const LogView& log) const;
  void append(const SentBatch& sent, std::int64_t base_offset, Row row);
  void take_up_silent(const LogView& log);
  bool is_from_the_log(std::int64_t producer_id, const Memory& memory) const;
  Memories replay() const;
  void find_fault(Check check, const std::string& text, Findings& findings) const;

  std::string name_;
  std::vector<Entry> entries_;  // ascending offsets; also those that retention has dropped
  // Lost before batches that are there: snapshots at these may know of them.
  std::vector<Entry> in_gaps_;
  std::int64_t end_offset_ = 0;
  Memories truth_;                             // as the entries say
  std::map<std::int64_t, Possible> possible_;  // without an entry: unknown
  std::set<std::pair<std::int64_t, std::int16_t>> began_in_the_middle_;
  std::vector<SentBatch> silent_;
  bool has_suspect_snapshots_ = false;
  std::map<std::int64_t, bool> owes_reason_;  // producers whose next batch may be a duplicate
};

}  // namespace understudy::simulation
