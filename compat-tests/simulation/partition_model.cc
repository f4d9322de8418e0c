#include "simulation/partition_model.h"

#include <algorithm>
#include <set>

#include "codec/record_batch.h"

namespace understudy::simulation {
namespace {

using Kind = broker::BatchEvent::Verdict;
using wire::ErrorCode;

// What the broker stamps: the base offset and the leader epoch, and where the topic wants it the
// time of the append, in attributes, checksum and largest timestamp.
struct Part {
  std::size_t position;
  std::size_t size;
};
constexpr Part kLength{8, 4};
constexpr Part kMagic{16, 1};
constexpr Part kChecksumAndAttributes{17, 6};
constexpr Part kLastOffsetAndBaseTimestamp{23, 12};
constexpr Part kMaxTimestamp{35, 8};
constexpr Part kRest{43, std::string_view::npos};

bool is_as_sent(const wire::Slice& lies, const wire::Slice& sent) {
  if (lies.size() != sent.size() || lies.size() < codec::kBatchHeaderSize) return false;
  const auto is_alike = [&](const Part& part) {
    return lies.view().substr(part.position, part.size) ==
           sent.view().substr(part.position, part.size);
  };
  const bool is_stamped = codec::BatchView(codec::view_of(lies)).timestamp_type() ==
                          codec::TimestampType::kLogAppendTime;
  return is_alike(kLength) && is_alike(kMagic) && is_alike(kLastOffsetAndBaseTimestamp) &&
         is_alike(kRest) &&
         (is_stamped || (is_alike(kChecksumAndAttributes) && is_alike(kMaxTimestamp)));
}

void add(std::vector<MaybeMemory>& possible, const MaybeMemory& memory) {
  if (std::ranges::find(possible, memory) == possible.end()) possible.push_back(memory);
}

MaybeMemory newest_of(const MaybeMemory& memory, std::size_t count) {
  return memory ? MaybeMemory(memory->newest(count)) : std::nullopt;
}

MaybeMemory find_in(const Memories& memories, std::int64_t producer_id) {
  const auto found = memories.find(producer_id);
  return found == memories.end() ? std::nullopt : MaybeMemory(found->second);
}

std::string text_of(const std::vector<MaybeMemory>& possible) {
  std::string text;
  for (const MaybeMemory& memory : possible) {
    if (!text.empty()) text += " or ";
    text += memory ? "(" + memory->text() + ")" : "nothing";
  }
  return text;
}

void add_if_expired(std::vector<MaybeMemory>& possible, std::int64_t now_ms,
                    std::int64_t expiration_ms) {
  const bool any = std::ranges::any_of(possible, [&](const MaybeMemory& memory) {
    return memory && now_ms - memory->last_timestamp() >= expiration_ms;
  });
  if (any) add(possible, std::nullopt);
}

}  // namespace

void PartitionModel::find_fault(Check check, const std::string& text, Findings& findings) const {
  findings.push_back({check, name_ + ": " + text});
}

std::vector<MaybeMemory> PartitionModel::possible(std::int64_t producer_id) const {
  const auto found = possible_.find(producer_id);
  return found == possible_.end() ? Possible{std::nullopt} : found->second;
}

Entry* PartitionModel::find(std::int64_t base_offset) {
  const auto found = std::ranges::lower_bound(entries_, base_offset, {}, &Entry::base_offset);
  return found == entries_.end() || found->base_offset != base_offset ? nullptr : &*found;
}

void PartitionModel::observe(const broker::BatchEvent& event, const SentBatch& sent,
                             const Circumstances& circumstances, Findings& findings) {
  if (event.reason.starts_with("a fault")) return;
  if (event.verdict == Kind::kRefused) {
    explain_refusal(event, sent, circumstances, findings);
    return;
  }
  if (!circumstances.is_leader || circumstances.is_offline) {
    find_fault(Check::kRules,
               event.describe() + (circumstances.is_leader ? ", and it is offline"
                                                           : ", by a node that does not lead it"),
               findings);
  }
  accept(event, sent, findings);
}

// Keeps what agrees with the broker's decision; false if nothing does.
template <class Agrees>
bool PartitionModel::narrow(const SentBatch& sent, const Agrees& agrees) {
  Possible agreeing;
  for (const MaybeMemory& memory : possible(sent.sequences.producer_id)) {
    if (agrees(rule_on(memory, sent.sequences))) add(agreeing, memory);
  }
  if (agreeing.empty()) return false;
  possible_[sent.sequences.producer_id] = agreeing;
  return true;
}

void PartitionModel::accept(const broker::BatchEvent& event, const SentBatch& sent,
                            Findings& findings) {
  const std::int64_t id = sent.sequences.producer_id;
  const bool is_append = event.verdict == Kind::kAppended;
  const Possible before = possible(id);
  Row row = Row::kNoProducer;
  const bool agrees = narrow(sent, [&](const Ruling& ruling) {
    if (is_append) {
      row = std::max(row, ruling.row);
      return ruling.kind == Ruling::Kind::kAppend;
    }
    return ruling.kind == Ruling::Kind::kDuplicate &&
           ruling.original.base_offset == event.base_offset;
  });
  if (!agrees) {
    find_fault(Check::kRules,
               event.describe() + "; of " + sent.sequences.text() + " was known " +
                   text_of(before) + ": " + rule_on(before.front(), sent.sequences).text(),
               findings);
  }
  if (!is_append) return;
  if (event.base_offset != end_offset_) {
    find_fault(Check::kOffsets,
               "offset " + std::to_string(end_offset_) + " is next, and " + event.describe(),
               findings);
  }
  append(sent, event.base_offset, row);
  const bool owes_reason = id >= 0 && std::exchange(owes_reason_[id], false);
  if (owes_reason && entries_.back().is_doubtful && event.reason.empty()) {
    find_fault(Check::kExplanation, event.describe() + " does not say that it may be a duplicate",
               findings);
  }
}

void PartitionModel::append(const SentBatch& sent, std::int64_t base_offset, Row row) {
  const std::int64_t id = sent.sequences.producer_id;
  Entry entry{.sent = sent, .base_offset = base_offset, .row = row};
  end_offset_ = entry.end_offset();
  if (id >= 0) {
    const MaybeMemory truth = find_in(truth_, id);
    Possible after;
    for (const MaybeMemory& memory : possible(id)) {
      if (newest_of(memory, 1) != newest_of(truth, 1)) entry.is_doubtful = true;
      add(after, remember(memory, sent.sequences, base_offset, sent.max_timestamp));
    }
    possible_[id] = after;
    truth_[id] = remember(truth, sent.sequences, base_offset, sent.max_timestamp);
  }
  if (row == Row::kFirstInTheMiddle) began_in_the_middle_.insert({id, sent.sequences.epoch});
  entries_.push_back(std::move(entry));
}

// Of what the broker did not speak any more, what is in the log came in by the rules.
void PartitionModel::take_up_silent(const LogView& log) {
  for (const SentBatch& sent : std::exchange(silent_, {})) {
    const auto lies = std::ranges::find_if(log.batches, [&](const wire::Slice& bytes) {
      return codec::BatchView(codec::view_of(bytes)).base_offset() == end_offset_ &&
             is_as_sent(bytes, sent.bytes);
    });
    if (lies == log.batches.end()) continue;
    Row row = Row::kNoProducer;
    const bool agrees = narrow(sent, [&](const Ruling& ruling) {
      row = std::max(row, ruling.row);
      return ruling.kind == Ruling::Kind::kAppend;
    });
    // What came in against the rules stays a batch that nobody put there.
    if (agrees) append(sent, end_offset_, row);
  }
}

void PartitionModel::explain_refusal(const broker::BatchEvent& event, const SentBatch& sent,
                                     const Circumstances& circumstances, Findings& findings) {
  const auto refuses = [&](const Ruling& ruling) {
    return ruling.kind == Ruling::Kind::kRefuse && ruling.error == event.error;
  };
  const Possible before = possible(sent.sequences.producer_id);
  bool is_explained = false;
  if (!circumstances.is_leader) {
    is_explained = event.error == ErrorCode::kNotLeaderOrFollower;
  } else if (circumstances.is_offline) {
    is_explained = event.error == ErrorCode::kKafkaStorageError;
  } else if (event.error == ErrorCode::kKafkaStorageError) {
    is_explained = circumstances.is_disk_failing;
  } else {
    is_explained = narrow(sent, refuses);
  }
  if (is_explained) return;
  find_fault(Check::kRules,
             event.describe() + "; of " + sent.sequences.text() + " was known " + text_of(before) +
                 ": " + rule_on(before.front(), sent.sequences).text(),
             findings);
}

void PartitionModel::may_expire(std::int64_t now_ms, std::int64_t expiration_ms) {
  for (auto& [id, possible] : possible_) add_if_expired(possible, now_ms, expiration_ms);
}

Memories PartitionModel::replay() const {
  Memories memories;
  for (const Entry& entry : entries_) {
    const std::int64_t id = entry.sent.sequences.producer_id;
    if (id < 0) continue;
    memories[id] = remember(find_in(memories, id), entry.sent.sequences, entry.base_offset,
                            entry.sent.max_timestamp);
  }
  return memories;
}

void PartitionModel::compare(const LogView& log, Findings& findings) const {
  PartitionModel copy = *this;
  for (const Entry& entry : copy.take_over(log, findings)) {
    find_fault(Check::kLost,
               entry.sent.sequences.text() + " at offset " + std::to_string(entry.base_offset) +
                   " is not in the log",
               findings);
  }
}

// Which entries are not in the log; they are ours no more.
std::vector<Entry> PartitionModel::take_over(const LogView& log, Findings& findings) {
  std::set<std::int64_t> present;
  std::int64_t end = log.start_offset;
  for (const wire::Slice& bytes : log.batches) {
    const codec::BatchView batch({bytes.data(), bytes.size()});
    const Entry* entry = find(batch.base_offset());
    if (entry == nullptr) {
      find_fault(
          Check::kOffsets,
          "a batch lies at offset " + std::to_string(batch.base_offset()) + ", where none was put",
          findings);
      continue;
    }
    present.insert(entry->base_offset);
    end = std::max(end, batch.next_offset());
    if (batch.max_timestamp() != entry->sent.max_timestamp) {
      find_fault(Check::kTime,
                 "the batch at offset " + std::to_string(entry->base_offset) + " says " +
                     std::to_string(batch.max_timestamp()) + " and not " +
                     std::to_string(entry->sent.max_timestamp),
                 findings);
    }
    if (!is_as_sent(bytes, entry->sent.bytes)) {
      find_fault(Check::kBytes,
                 "the batch at offset " + std::to_string(entry->base_offset) +
                     " is not the one that was sent",
                 findings);
    }
  }
  if (end != log.end_offset && !(log.may_have_gaps && end < log.end_offset)) {
    find_fault(Check::kOffsets,
               "the log ends at " + std::to_string(log.end_offset) + ", its batches at " +
                   std::to_string(end),
               findings);
  }
  end_offset_ = log.end_offset;
  std::vector<Entry> lost;
  std::vector<Entry> left;
  std::set<std::int64_t> holed;  // producers with a batch missing before one that is there
  for (Entry& entry : entries_) {
    const bool is_dropped = entry.end_offset() <= log.start_offset;
    if (!is_dropped && !present.contains(entry.base_offset)) {
      holed.insert(entry.sent.sequences.producer_id);
      if (entry.base_offset < log.end_offset) in_gaps_.push_back(entry);
      lost.push_back(std::move(entry));
      continue;
    }
    if (holed.contains(entry.sent.sequences.producer_id)) entry.is_doubtful = true;
    left.push_back(std::move(entry));
  }
  entries_ = std::move(left);
  return lost;
}

std::vector<Entry> PartitionModel::adopt(const LogView& log, const Befallen& befallen,
                                         Findings& findings) {
  take_up_silent(log);
  has_suspect_snapshots_ = has_suspect_snapshots_ || befallen.loses_snapshots ||
                           befallen.upset == Upset::kMemoryStale ||
                           befallen.upset == Upset::kMemoryLost;
  const Memories truth_before = truth_;
  std::vector<Entry> lost = take_over(log, findings);
  if (!lost.empty()) truth_ = replay();
  if (befallen.upset == Upset::kTruncation && lost.empty()) return lost;
  std::set<std::int64_t> ids;
  for (const auto& [id, memory] : truth_before) ids.insert(id);
  for (const auto& [id, possible] : possible_) ids.insert(id);
  std::set<std::int64_t> cut;
  for (const Entry& entry : lost) cut.insert(entry.sent.sequences.producer_id);
  std::map<std::int64_t, Possible> next;
  for (const std::int64_t id : ids) {
    next[id] = after_upset(id, befallen, truth_before, cut.contains(id), log);
    owes_reason_[id] =
        befallen.upset == Upset::kMemoryLost || befallen.upset == Upset::kMemoryStale;
  }
  possible_ = std::move(next);
  return lost;
}

// Snapshots hold the newest batch of a producer (R1). What a truncation leaves is that and what was
// replayed after it.
PartitionModel::Possible PartitionModel::after_upset(std::int64_t producer_id,
                                                     const Befallen& befallen,
                                                     const Memories& truth_before, bool was_cut,
                                                     const LogView& log) const {
  const Possible before = possible(producer_id);
  const MaybeMemory truth = find_in(truth_, producer_id);
  const bool is_tainted =
      before.size() != 1 ||
      newest_of(before.front(), 1) != newest_of(find_in(truth_before, producer_id), 1);
  const bool is_restart = befallen.upset != Upset::kTruncation;
  // R2: snapshots at or below the log start offset are dropped.
  if (is_restart && log.start_offset == log.end_offset) return {std::nullopt};
  Possible after;
  const bool is_replayed = !befallen.was_clean && (befallen.upset == Upset::kMemoryLost ||
                                                   befallen.upset == Upset::kMemoryStale);
  const std::size_t depth = is_restart && !is_replayed ? 1 : kRemembered;
  const auto add_newest = [&](const MaybeMemory& memory) {
    for (std::size_t count = 1; count <= depth; ++count) add(after, newest_of(memory, count));
  };
  const bool loses = befallen.upset == Upset::kMemoryLost || befallen.upset == Upset::kMemoryStale;
  if (loses || has_suspect_snapshots_) add(after, std::nullopt);
  if (befallen.upset == Upset::kMemoryStale || has_suspect_snapshots_) {
    for (const Entry& entry : entries_) {
      if (entry.sent.sequences.producer_id != producer_id) continue;
      add(after, remember(std::nullopt, entry.sent.sequences, entry.base_offset,
                          entry.sent.max_timestamp));
    }
  }
  if (!loses || !befallen.was_clean) {
    if (was_cut) {
      add_newest(truth);
    } else {
      for (const MaybeMemory& memory : before) add_newest(memory);
    }
    if (is_tainted) {
      add_newest(truth);
      add(after, std::nullopt);
    }
    // Snapshots at or below the log start offset are dropped: of a producer whose records are gone
    // the next one may be too late to tell.
    const bool is_below_start = truth && truth->batches.back().base_offset < log.start_offset;
    if (is_below_start) add(after, std::nullopt);
  }
  add_if_expired(after, befallen.now_ms, befallen.expiration_ms);
  return after;
}

bool PartitionModel::is_from_the_log(std::int64_t producer_id, const Memory& memory) const {
  return std::ranges::all_of(memory.batches, [&](const KnownBatch& batch) {
    const auto is_it = [&](const Entry& entry) {
      const Sequences& sent = entry.sent.sequences;
      return sent.producer_id == producer_id && sent.epoch == memory.epoch &&
             entry.base_offset == batch.base_offset && sent.first == batch.first &&
             sent.last == batch.last;
    };
    return std::ranges::any_of(entries_, is_it) || std::ranges::any_of(in_gaps_, is_it);
  });
}

void PartitionModel::compare(const Memories& memories, Findings& findings) {
  std::set<std::int64_t> ids;
  for (const auto& [id, memory] : memories) ids.insert(id);
  for (const auto& [id, possible] : possible_) ids.insert(id);
  for (const std::int64_t id : ids) {
    const MaybeMemory remembered = find_in(memories, id);
    const Possible expected = possible(id);
    // A stale snapshot and what was replayed on top of it.
    const bool is_stale = has_suspect_snapshots_ && remembered && is_from_the_log(id, *remembered);
    if (std::ranges::find(expected, remembered) == expected.end() && !is_stale) {
      find_fault(Check::kMemory,
                 "of producer " + std::to_string(id) + " is known " + text_of({remembered}) +
                     " in place of " + text_of(expected),
                 findings);
    }
    possible_[id] = {remembered};
  }
}

}  // namespace understudy::simulation
