#include "durability/history.h"

#include <algorithm>

#include "codec/record_batch.h"

namespace understudy::durability {
namespace {

std::string in_slot(Slot slot) { return "slot " + std::to_string(slot) + ": "; }

std::string at(std::int64_t offset) { return " at offset " + std::to_string(offset); }

}  // namespace

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::kLost:
      return "lost";
    case Fault::kDuplicated:
      return "duplicated";
    case Fault::kReordered:
      return "reordered";
    case Fault::kWrongOffset:
      return "wrong offset";
    case Fault::kUnknownRecord:
      return "unknown record";
    case Fault::kMisplaced:
      return "misplaced";
    case Fault::kUnreadable:
      return "unreadable";
    case Fault::kOffsets:
      return "offsets";
    case Fault::kSequences:
      return "sequences";
    case Fault::kProducerId:
      return "producer id";
    case Fault::kProducerState:
      return "producer state";
    case Fault::kContradiction:
      return "contradiction";
    case Fault::kUnexplainedFatal:
      return "unexplained fatal error";
    case Fault::kUnexpectedAnswer:
      return "unexpected answer";
    case Fault::kTopics:
      return "topics";
    case Fault::kNoProgress:
      return "no progress";
    case Fault::kBadProcess:
      return "process";
  }
  return "?";
}

Name History::hand_over(std::int32_t producer, Slot slot) {
  std::vector<Record>& stream = records_[{producer, slot}];
  stream.emplace_back();
  ++handed_over_;
  return {.producer = producer, .slot = slot, .index = std::int64_t(stream.size()) - 1};
}

const History::Record* History::find(const Name& name) const {
  const auto stream = records_.find({name.producer, name.slot});
  if (stream == records_.end() || name.index < 0) return nullptr;
  if (std::size_t(name.index) >= stream->second.size()) return nullptr;
  return &stream->second[std::size_t(name.index)];
}

void History::acknowledge(const Name& name, std::optional<std::int64_t> offset) {
  Record& record = records_.at({name.producer, name.slot}).at(std::size_t(name.index));
  if (!record.is_acknowledged) ++acknowledged_;
  record.is_acknowledged = true;
  if (!offset) return;
  if (record.offset >= 0 && record.offset != *offset) {
    contradictions_.push_back(
        {Fault::kContradiction,
         name.text() + ": acknowledged" + at(record.offset) + ", then again" + at(*offset)});
  }
  record.offset = *offset;
}

void History::end_by_sequence_error(std::int32_t producer) { ended_.insert(producer); }

void History::hand_out_producer_id(std::int64_t producer_id) {
  if (producer_ids_.insert(producer_id).second) return;
  contradictions_.push_back(
      {Fault::kProducerId, "producer id " + std::to_string(producer_id) + " was handed out twice"});
}

Findings History::check(const std::vector<LogCopy>& logs) const {
  Findings findings = contradictions_;
  for (std::size_t slot = 0; slot < logs.size(); ++slot) {
    const Findings structure = check_structure(Slot(slot), logs[slot]);
    findings.insert(findings.end(), structure.begin(), structure.end());
    check_records(Slot(slot), logs[slot], findings);
    check_acknowledged(Slot(slot), logs[slot], findings);
  }
  check_producer_ids(logs, findings);
  check_fatal_errors(logs, findings);
  return findings;
}

// What is in the log: ours, in its partition, once, in order, and where the broker said.
void History::check_records(Slot slot, const LogCopy& log, Findings& findings) const {
  std::map<std::int32_t, std::int64_t> last_index;
  std::map<Name, std::int64_t> seen;
  const auto find_fault = [&](Fault fault, const std::string& text) {
    findings.push_back({fault, in_slot(slot) + text});
  };
  for (const LogRecord& record : log.records) {
    if (!record.name) {
      find_fault(Fault::kUnknownRecord, "what lies" + at(record.offset) + " is no record of ours");
      continue;
    }
    const Name& name = *record.name;
    const Record* const known = find(name);
    if (!known) {
      find_fault(Fault::kUnknownRecord, name.text() + at(record.offset) + " was never handed over");
      continue;
    }
    if (name.slot != slot) {
      find_fault(Fault::kMisplaced, name.text() + " lies" + at(record.offset));
      continue;
    }
    const auto [first, is_new] = seen.emplace(name, record.offset);
    if (!is_new) {
      find_fault(Fault::kDuplicated, name.text() + at(first->second) + " and" + at(record.offset));
      continue;
    }
    const auto [last, is_first] = last_index.emplace(name.producer, name.index);
    if (!is_first && name.index < last->second) {
      find_fault(Fault::kReordered, name.text() + at(record.offset) + " comes behind record " +
                                        std::to_string(last->second));
    }
    last->second = std::max(last->second, name.index);
    if (known->offset >= 0 && known->offset != record.offset) {
      find_fault(Fault::kWrongOffset, name.text() + " was acknowledged" + at(known->offset) +
                                          " and lies" + at(record.offset));
    }
  }
}

void History::check_acknowledged(Slot slot, const LogCopy& log, Findings& findings) const {
  std::set<Name> present;
  for (const LogRecord& record : log.records) {
    if (record.name) present.insert(*record.name);
  }
  for (const auto& [stream, records] : records_) {
    if (stream.second != slot) continue;
    for (std::size_t index = 0; index < records.size(); ++index) {
      const Name name{stream.first, slot, std::int64_t(index)};
      if (!records[index].is_acknowledged || present.contains(name)) continue;
      const std::int64_t offset = records[index].offset;
      findings.push_back({Fault::kLost, name.text() + " was acknowledged" +
                                            (offset >= 0 ? at(offset) : std::string()) +
                                            " and is not in the log"});
    }
  }
}

// A producer may have had several ids, but an id belongs to one producer.
void History::check_producer_ids(const std::vector<LogCopy>& logs, Findings& findings) const {
  std::map<std::int64_t, std::int32_t> owners;
  std::set<std::int64_t> told;
  for (const LogCopy& log : logs) {
    for (const LogRecord& record : log.records) {
      if (!record.name) continue;
      const std::int64_t producer_id = log.batches.at(record.batch).producer_id;
      const auto owner = owners.emplace(producer_id, record.name->producer).first->second;
      if (owner == record.name->producer || !told.insert(producer_id).second) continue;
      findings.push_back({Fault::kProducerId, "producer id " + std::to_string(producer_id) +
                                                  " wrote records of producers " +
                                                  std::to_string(owner) + " and " +
                                                  std::to_string(record.name->producer)});
    }
  }
}

// After a restart a broker knows one batch per producer and partition. So a retry is refused for a
// good reason if two batches lay in the log of which the producer had not heard, and for no other.
void History::check_fatal_errors(const std::vector<LogCopy>& logs, Findings& findings) const {
  for (const std::int32_t producer : ended_) {
    std::size_t most = 0;
    for (const LogCopy& log : logs) {
      std::set<std::size_t> unheard;
      for (const LogRecord& record : log.records) {
        if (!record.name || record.name->producer != producer) continue;
        const Record* const known = find(*record.name);
        if (known && !known->is_acknowledged) unheard.insert(record.batch);
      }
      most = std::max(most, unheard.size());
    }
    if (most >= 2) continue;
    findings.push_back({Fault::kUnexplainedFatal,
                        "producer " + std::to_string(producer) +
                            " ended by a sequence error, and no partition holds two batches of "
                            "which it had not heard"});
  }
}

Findings check_structure(Slot slot, const LogCopy& log, std::int64_t start_offset) {
  Findings findings;
  for (const std::string& text : log.unreadable) {
    findings.push_back({Fault::kUnreadable, in_slot(slot) + text});
  }
  std::int64_t expected = start_offset;
  for (const LogRecord& record : log.records) {
    if (record.offset != expected) {
      findings.push_back({Fault::kOffsets, in_slot(slot) + "offset " + std::to_string(expected) +
                                               " is followed by " + std::to_string(record.offset)});
    }
    expected = record.offset + 1;
  }
  std::map<std::int64_t, const LogBatch*> last;
  for (const LogBatch& batch : log.batches) {
    if (batch.producer_id < 0) continue;
    const LogBatch*& previous = last[batch.producer_id];
    const bool is_new_epoch = !previous || batch.producer_epoch > previous->producer_epoch;
    const std::int32_t next =
        is_new_epoch ? 0 : codec::increment_sequence(previous->last_sequence, 1);
    const bool is_old_epoch = previous && batch.producer_epoch < previous->producer_epoch;
    if (is_old_epoch || batch.base_sequence != next) {
      findings.push_back(
          {Fault::kSequences, in_slot(slot) + "producer id " + std::to_string(batch.producer_id) +
                                  at(batch.base_offset) + ": epoch " +
                                  std::to_string(batch.producer_epoch) + ", sequence " +
                                  std::to_string(batch.base_sequence) + " in place of " +
                                  std::to_string(next)});
    }
    previous = &batch;
  }
  return findings;
}

Findings check_producer_rows(Slot slot, const LogCopy& log, const std::vector<ProducerRow>& rows) {
  Findings findings;
  std::map<std::int64_t, const LogBatch*> last;
  for (const LogBatch& batch : log.batches) {
    if (batch.producer_id >= 0) last[batch.producer_id] = &batch;
  }
  const auto find_fault = [&](std::int64_t producer_id, const std::string& text) {
    findings.push_back({Fault::kProducerState, in_slot(slot) + "DescribeProducers, producer id " +
                                                   std::to_string(producer_id) + ": " + text});
  };
  std::set<std::int64_t> described;
  for (const ProducerRow& row : rows) {
    if (!described.insert(row.producer_id).second) find_fault(row.producer_id, "two rows");
    const auto found = last.find(row.producer_id);
    if (found == last.end()) {
      find_fault(row.producer_id, "the log holds no batch of it");
      continue;
    }
    const LogBatch& batch = *found->second;
    if (row.producer_epoch != batch.producer_epoch || row.last_sequence != batch.last_sequence ||
        row.last_timestamp != batch.max_timestamp) {
      find_fault(row.producer_id, "epoch " + std::to_string(row.producer_epoch) +
                                      ", last sequence " + std::to_string(row.last_sequence) +
                                      ", time " + std::to_string(row.last_timestamp) +
                                      "; its last batch: epoch " +
                                      std::to_string(batch.producer_epoch) + ", last sequence " +
                                      std::to_string(batch.last_sequence) + ", time " +
                                      std::to_string(batch.max_timestamp));
    }
  }
  for (const auto& [producer_id, batch] : last) {
    if (!described.contains(producer_id)) find_fault(producer_id, "no row");
  }
  return findings;
}

}  // namespace understudy::durability
