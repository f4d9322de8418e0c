#include "simulation/ledger.h"

#include <algorithm>

namespace understudy::simulation {
namespace {

std::string in(Slot slot) { return "slot " + std::to_string(slot) + ": "; }
std::string at(std::int64_t offset) { return " at offset " + std::to_string(offset); }

// Whether a batch of the producer that was let in by less than what the log knew lies in (from,
// to]: then what it sends again from there on may be let in again as well.
bool is_doubtful_between(const ReadLog& log, const Sequences& producer, std::int64_t from,
                         std::int64_t to) {
  return std::ranges::any_of(log.batches, [&](const ReadBatch& batch) {
    return batch.is_doubtful && batch.sequences.producer_id == producer.producer_id &&
           batch.base_offset > from && batch.base_offset <= to;
  });
}

// Two copies under the same identity are one batch that was let in twice.
bool has_same_identity(const Sequences& a, const Sequences& b) {
  return a.producer_id == b.producer_id && a.epoch == b.epoch && a.first == b.first;
}

}  // namespace

Name Ledger::hand_over(std::int32_t producer, Slot slot) {
  const Name name{producer, slot, next_index_[{producer, slot}]++};
  records_[name];
  ++handed_over_;
  return name;
}

void Ledger::acknowledge(const Name& name, std::optional<std::int64_t> offset,
                         std::optional<Conclusion> conclusion) {
  Record& record = records_.at(name);
  if (!record.is_acknowledged) ++acknowledged_;
  record.is_acknowledged = true;
  record.conclusion = conclusion;
  if (offset) record.offset = *offset;
}

void Ledger::give_up(const Name&) { ++given_up_; }

void Ledger::say(const std::vector<Name>& names, std::int64_t base_offset) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (forgiven_.erase(names[i]) == 0) continue;
    Record& record = records_.at(names[i]);
    if (record.offset >= 0) record.offset = base_offset + std::int64_t(i);
  }
}

void Ledger::hand_out_producer_id(std::int64_t producer_id, Findings& findings) {
  if (producer_ids_.insert(producer_id).second) return;
  findings.push_back(
      {Check::kProducerId, "producer id " + std::to_string(producer_id) + " was given twice"});
}

void Ledger::show(Slot slot, std::int64_t offset, const Name& name, Findings& findings) {
  const auto [shown, is_new] = shown_[slot].emplace(offset, name);
  if (is_new || shown->second == name) return;
  findings.push_back({Check::kOffsets, in(slot) + name.text() + at(offset) + ", where " +
                                           shown->second.text() + " was shown before"});
}

void Ledger::show_watermark(Slot slot, std::int64_t high_watermark, Findings& findings) {
  std::int64_t& highest = watermarks_[slot];
  if (high_watermark < highest) {
    findings.push_back({Check::kWatermark, in(slot) + "the high watermark was " +
                                               std::to_string(highest) + " and is " +
                                               std::to_string(high_watermark)});
  }
  highest = high_watermark;
}

void Ledger::forgive(Slot slot, const std::vector<Name>& names, std::int64_t offset) {
  forgiven_.insert(names.begin(), names.end());
  forgiven_count_ += names.size();
  auto& shown = shown_[slot];
  shown.erase(shown.lower_bound(offset), shown.end());
  watermarks_[slot] = std::min(watermarks_[slot], offset);
}

void Ledger::allow_start(Slot slot, std::int64_t offset) {
  starts_[slot] = std::max(starts_[slot], offset);
}

// Sequences follow one another, and so do the records within the sequences of one epoch.
void Ledger::check_order(Slot slot, const ReadLog& log, Findings& findings) const {
  std::map<std::int64_t, Sequences> last;
  std::map<std::int32_t, const ReadBatch*> highest;  // by our producer
  std::map<std::int32_t, std::int64_t> last_index;
  for (const ReadBatch& batch : log.batches) {
    const Sequences& now = batch.sequences;
    const bool begins_anywhere =
        batch.is_doubtful || batch.row == Row::kFirstInTheMiddle || batch.row == Row::kWithoutEpoch;
    const auto before = last.find(now.producer_id);
    if (now.producer_id >= 0 && before != last.end() && !begins_anywhere) {
      const bool is_next = now.epoch == before->second.epoch
                               ? now.first == sequence_after(before->second.last, 1)
                               : now.epoch > before->second.epoch && now.first == 0;
      if (!is_next) {
        findings.push_back({Check::kOrder, in(slot) + now.text() + at(batch.base_offset) +
                                               " behind " + before->second.text()});
      }
    }
    last[now.producer_id] = now;
    for (const auto& name : batch.names) {
      if (!name || unordered_.contains(name->producer)) continue;
      const auto [index, is_first] = last_index.emplace(name->producer, name->index);
      if (!is_first && name->index <= index->second) {
        const ReadBatch& higher = *highest.at(name->producer);
        // Another identity: the client has sent it anew, or the first copy came in by the hole
        // that the protocol has (scenario 15).
        const bool is_sent_anew =
            higher.sequences.producer_id != now.producer_id || higher.sequences.epoch != now.epoch;
        const bool is_doubtful =
            is_doubtful_between(log, now, higher.base_offset - 1, batch.base_offset);
        if (!is_sent_anew && !is_doubtful) {
          findings.push_back({Check::kOrder, in(slot) + name->text() + at(batch.base_offset) +
                                                 " comes behind record " +
                                                 std::to_string(index->second)});
        }
        continue;
      }
      index->second = name->index;
      highest[name->producer] = &batch;
    }
  }
}

void Ledger::check_copies(Slot slot, const ReadLog& log, Findings& findings) const {
  std::map<Name, const ReadBatch*> first;
  for (const ReadBatch& batch : log.batches) {
    std::int64_t offset = batch.base_offset;
    for (const auto& name : batch.names) {
      if (name && name->slot != slot) {
        findings.push_back({Check::kBytes, in(slot) + name->text() + at(offset)});
      }
      if (name && !records_.contains(*name)) {
        findings.push_back(
            {Check::kBytes, in(slot) + name->text() + at(offset) + " was never handed over"});
      }
      if (name) {
        const auto [copy, is_new] = first.emplace(*name, &batch);
        if (!is_new && batch.sequences.producer_id >= 0 &&
            has_same_identity(copy->second->sequences, batch.sequences) &&
            !is_doubtful_between(log, batch.sequences, copy->second->base_offset,
                                 batch.base_offset)) {
          findings.push_back({Check::kDuplicated, in(slot) + name->text() + at(offset) + " and" +
                                                      at(copy->second->base_offset) + ", as " +
                                                      batch.sequences.text()});
        }
      }
      ++offset;
    }
  }
}

// Acknowledged, and not where it has to be. What lies elsewhere than it was said to is told here.
std::vector<Name> Ledger::missing(Slot slot, const ReadLog& log, Findings& findings) const {
  std::map<Name, std::set<std::int64_t>> places;
  for (const ReadBatch& batch : log.batches) {
    std::int64_t offset = batch.base_offset;
    for (const auto& name : batch.names) {
      if (name) places[*name].insert(offset);
      ++offset;
    }
  }
  const auto allowed = starts_.find(slot);
  const std::int64_t allowed_start = allowed == starts_.end() ? 0 : allowed->second;
  if (log.start_offset > allowed_start) {
    findings.push_back({Check::kLost, in(slot) + "the log begins at " +
                                          std::to_string(log.start_offset) +
                                          ", and may not beyond " + std::to_string(allowed_start)});
  }
  std::vector<Name> missing;
  for (const auto& [name, record] : records_) {
    if (name.slot != slot || !record.is_acknowledged || forgiven_.contains(name)) continue;
    const auto found = places.find(name);
    if (record.offset >= 0 && record.offset < log.start_offset) continue;
    if (found == places.end()) {
      // Where it lay nobody knows; retention may have taken it.
      if (record.offset < 0 && log.start_offset > 0) continue;
      missing.push_back(name);
    } else if (record.offset >= 0 && !found->second.contains(record.offset)) {
      findings.push_back({Check::kOffsets, in(slot) + name.text() + " was acknowledged" +
                                               at(record.offset) + " and lies" +
                                               at(*found->second.begin())});
    }
  }
  return missing;
}

void Ledger::find_lost(Slot slot, const Name& name, Findings& findings) const {
  const std::int64_t offset = records_.at(name).offset;
  findings.push_back({Check::kLost, in(slot) + name.text() + " was acknowledged" +
                                        (offset >= 0 ? at(offset) : std::string()) +
                                        " and is not in the log"});
}

}  // namespace understudy::simulation
