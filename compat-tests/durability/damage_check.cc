#include "durability/damage_check.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "codec/record.h"
#include "durability/log_reader.h"

namespace understudy::durability {
namespace {

using support::RawClient;
using wire::ErrorCode;

constexpr std::size_t kCompareFrom = 16;  // behind what the broker assigns: base offset, epoch

std::string at(std::int64_t offset) { return " at offset " + std::to_string(offset); }

std::int64_t base_of(const std::string& path) {
  const std::string name = std::filesystem::path(path).stem().string();
  std::int64_t base = -1;
  std::from_chars(name.data(), name.data() + name.size(), base);
  return base;
}

std::string directory_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

const KnownPartition* partition_in(const Reference& reference, const std::string& directory) {
  for (const KnownPartition& partition : reference.partitions) {
    if (partition.directory() == directory) return &partition;
  }
  return nullptr;
}

// The bases of a partition's segments.
std::set<std::int64_t> bases_of(const Reference& reference, const std::string& directory) {
  std::set<std::int64_t> bases;
  for (const auto& [path, bytes] : reference.files) {
    if (directory_of(path) == directory && kind_of(path) == FileKind::kLog) {
      bases.insert(base_of(path));
    }
  }
  return bases;
}

// What recovery-point-offset-checkpoint says of a partition: all before is not looked at again.
std::int64_t recovery_point_of(const Reference& reference, const KnownPartition& partition) {
  const auto file = reference.files.find("recovery-point-offset-checkpoint");
  if (file == reference.files.end()) return 0;
  const std::string line =
      "\n" + partition.place.topic + " " + std::to_string(partition.place.partition) + " ";
  const std::size_t found = file->second.find(line);
  if (found == std::string::npos) return 0;
  std::int64_t point = 0;
  const char* const number = file->second.data() + found + line.size();
  std::from_chars(number, file->second.data() + file->second.size(), point);
  return point;
}

// The base offset of the batch in which a byte of a segment lies; the segment's end behind all.
std::int64_t offset_at(const std::string& bytes, std::size_t position, std::int64_t end) {
  codec::BatchCursor cursor({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  while (cursor.next() == codec::BatchCursor::Step::kBatch) {
    if (position < cursor.bytes_used()) return codec::BatchView(cursor.batch()).base_offset();
  }
  return end;
}

void allow_for_log(const Reference& reference, const std::string& path, const Damage& damage,
                   Allowance& allowance) {
  const KnownPartition* const partition = partition_in(reference, allowance.directory);
  if (!partition) return;  // a topic of which nothing is known
  const std::set<std::int64_t> bases = bases_of(reference, allowance.directory);
  const auto next = bases.upper_bound(base_of(path));
  const bool is_active = next == bases.end();
  const std::int64_t segment_end = is_active ? partition->end_offset : *next;
  const bool is_recovered = reference.shutdown == Shutdown::kCrash &&
                            (is_active || segment_end > recovery_point_of(reference, *partition));
  allowance.harmed_from = offset_at(reference.files.at(path), damage.begin, segment_end);
  allowance.harmed_to = is_recovered ? partition->end_offset : segment_end;
  allowance.errors_from = base_of(path);
  allowance.errors_to = allowance.harmed_to;
  // Recovery cuts at the first bad batch. An active segment is looked at in any case.
  if (is_recovered || is_active) allowance.end_from = allowance.harmed_from;
  allowance.any_start = base_of(path) == *bases.begin();
  allowance.times_may_differ = true;
  allowance.producers = Allowance::Producers::kNotMore;
}

}  // namespace

Allowance allowance_for(const Reference& reference, const std::string& path, FileKind kind,
                        const Damage& damage) {
  Allowance allowance;
  allowance.directory = directory_of(path);
  switch (kind) {
    case FileKind::kLog:
      allow_for_log(reference, path, damage, allowance);
      break;
    case FileKind::kSnapshot: {
      const auto snapshots =
          std::count_if(reference.files.begin(), reference.files.end(), [&](const auto& file) {
            return directory_of(file.first) == allowance.directory &&
                   kind_of(file.first) == FileKind::kSnapshot;
          });
      if (!damage.bytes && snapshots == 1 && reference.shutdown == Shutdown::kClean) {
        allowance.producers = Allowance::Producers::kAsBeforeOrNone;
      }
      break;
    }
    case FileKind::kPartitionMetadata:
      // An id that is not the topic's: the log is not used.
      allowance.may_be_offline = true;
      allowance.may_be_put_aside = true;
      break;
    case FileKind::kLogStarts:
      // Any number there is as good as the right one. It stands for every partition.
      allowance.directory = "*";
      allowance.any_start = true;
      allowance.times_may_differ = true;
      allowance.harmed_from = 0;
      allowance.end_from = 0;
      allowance.producers = Allowance::Producers::kNotMore;
      break;
    case FileKind::kMetadataLog:
      // Cut off between two batches, or in the middle of one that was being written, a log is
      // shorter and no worse. Without any, topics are found by their directories.
      allowance.topics_may_miss = damage.is_cut || !damage.bytes;
      allowance.ids_may_repeat = damage.is_cut;
      break;
    case FileKind::kOffsetIndex:
    case FileKind::kTimeIndex:
    case FileKind::kTransactionIndex:
    case FileKind::kLeaderEpochs:
    case FileKind::kMetaProperties:
    case FileKind::kRecoveryPoints:
    case FileKind::kHighWatermarks:
    case FileKind::kCleanerOffsets:
    case FileKind::kCleanMarker:
      break;
  }
  return allowance;
}

namespace {

// One partition of a broker, compared with what is known of it.
class PartitionCheck {
 public:
  PartitionCheck(RawClient& client, const KnownPartition& known, const Allowance& allowance,
                 CheckResult& result)
      : client_(client), known_(known), allowance_(allowance), result_(result) {
    is_damaged_ = allowance.directory == "*" || allowance.directory == known.directory();
  }

  void run() {
    const FetchedPart head = fetch(client_, known_.place, known_.start_offset);
    if (!read_head(head)) return;
    result_.ends[known_.directory()] = end_;
    if (is_damaged_) {
      // Batch by batch, and from the middle of batches: every entry of the indexes is used.
      for (const KnownBatch& batch : known_.batches) {
        check_fetch(std::max(batch.base_offset, known_.start_offset), 1);
        if (batch.last_offset != batch.base_offset) check_fetch(batch.last_offset, 1);
      }
    }
    read_through();
    check_producers();
    check_times();
  }

 private:
  void complain(const std::string& text) {
    result_.complaints.push_back(known_.directory() + ": " + text);
  }

  // Where the batch lies that has to be served for an offset: behind it, if compaction left a gap.
  std::int64_t place_of(std::int64_t offset) const {
    const auto batch = std::lower_bound(
        known_.batches.begin(), known_.batches.end(), offset,
        [](const KnownBatch& one, std::int64_t wanted) { return one.last_offset < wanted; });
    return batch == known_.batches.end() ? offset : std::max(offset, batch->base_offset);
  }

  bool is_harmed(std::int64_t offset) const {
    const std::int64_t place = place_of(offset);
    return is_damaged_ && place >= allowance_.harmed_from && place < allowance_.harmed_to;
  }

  // Whether an error is a good answer there.
  bool may_fail(std::int64_t offset) {
    if (is_harmed(offset)) return true;
    const auto is_in_segment = [this](std::int64_t one) {
      return one >= allowance_.errors_from && one < allowance_.errors_to;
    };
    if (!is_damaged_ || (!is_in_segment(offset) && !is_in_segment(place_of(offset)))) return false;
    result_.is_available = false;
    return true;
  }

  // What the broker thinks where the log begins and ends. False if there is no log to look at.
  bool read_head(const FetchedPart& first) {
    FetchedPart head = first;
    if (head.error == ErrorCode::kOffsetOutOfRange && is_damaged_ && allowance_.any_start) {
      const std::int64_t start = find_time(client_, known_.place, -2).offset;
      head = fetch(client_, known_.place, start);
    }
    if (head.error != ErrorCode::kNone) {
      result_.is_complete = false;
      if (is_damaged_ && allowance_.may_be_offline) return false;
      if (!may_fail(known_.start_offset)) {
        complain("Fetch" + at(known_.start_offset) + " answered " +
                 std::string(wire::name_of(head.error)));
        return false;
      }
      head.log_start_offset = known_.start_offset;
      head.high_watermark = find_time(client_, known_.place, -1).offset;
    }
    start_ = head.log_start_offset;
    end_ = head.high_watermark;
    if (is_damaged_ && allowance_.may_be_put_aside && end_ == 0 && known_.end_offset != 0) {
      result_.is_complete = false;
      result_.is_put_aside = true;
      return false;
    }
    if (start_ != known_.start_offset) {
      result_.is_complete = false;
      if (!is_damaged_ || !allowance_.any_start) {
        complain("begins" + at(start_) + ", not" + at(known_.start_offset));
      }
    }
    if (end_ != known_.end_offset) {
      result_.is_complete = false;
      const bool is_allowed =
          is_damaged_ && end_ < known_.end_offset && end_ >= allowance_.end_from;
      const bool begins_anew = is_damaged_ && allowance_.any_start && start_ >= known_.end_offset;
      if (!is_allowed && !begins_anew) {
        complain("ends" + at(end_) + ", not" + at(known_.end_offset));
      }
    }
    return true;
  }

  // One Fetch. The offset to go on with; `offset` itself if nothing was readable.
  std::int64_t check_fetch(std::int64_t offset, std::int32_t max_bytes) {
    if (offset < start_ || offset >= end_) return offset;
    const FetchedPart part = fetch(client_, known_.place, offset, max_bytes);
    if (part.error != ErrorCode::kNone) {
      result_.is_complete = false;
      if (!may_fail(offset)) {
        complain("Fetch" + at(offset) + " answered " + std::string(wire::name_of(part.error)));
      }
      return offset;
    }
    std::int64_t next = offset;
    codec::BatchCursor cursor({part.records.data(), part.records.size()});
    codec::BatchCursor::Step step;
    while ((step = cursor.next()) == codec::BatchCursor::Step::kBatch) {
      if (!check_batch(cursor.batch(), next)) return next;
    }
    const bool is_readable = step == codec::BatchCursor::Step::kEnd && next != offset;
    if (!is_readable) {
      result_.is_complete = false;
      if (!is_harmed(next)) complain("nothing that can be read" + at(next));
    }
    return next;
  }

  // A batch that was served for `next`, which moves behind it. False if reading ends here.
  bool check_batch(codec::ByteView bytes, std::int64_t& next) {
    if (!codec::check_batch(bytes).ok() || codec::BatchView(bytes).magic() != codec::kMagic) {
      result_.is_complete = false;
      if (!is_harmed(next)) complain("a batch with a wrong checksum or size" + at(next));
      return false;
    }
    const codec::BatchView batch(bytes);
    const auto known = std::lower_bound(
        known_.batches.begin(), known_.batches.end(), batch.base_offset(),
        [](const KnownBatch& one, std::int64_t base) { return one.base_offset < base; });
    const std::string_view served(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (known == known_.batches.end() || known->base_offset != batch.base_offset() ||
        known->bytes.view().substr(kCompareFrom) != served.substr(kCompareFrom)) {
      if (is_shifted(batch, served)) {
        result_.is_complete = false;
        return false;
      }
      complain("WRONG DATA: the batch served" + at(batch.base_offset()) + " for " +
               std::to_string(next) + " is not what lay there");
      return false;
    }
    if (batch.last_offset() < next) {
      complain("WRONG DATA: for offset " + std::to_string(next) + " an earlier batch is served," +
               at(batch.base_offset()));
      return false;
    }
    // What lies between was passed over in silence: a consumer would never know.
    for (auto passed = known; passed != known_.batches.begin();) {
      --passed;
      if (passed->last_offset < next) break;
      result_.is_complete = false;
      if (!is_harmed(passed->last_offset)) {
        complain("WRONG DATA: for offset " + std::to_string(next) + " the batch" +
                 at(batch.base_offset()) + " is served, and the one" + at(passed->base_offset) +
                 " passed over");
      }
    }
    next = batch.next_offset();
    return true;
  }

  // A batch of a compacted log that moved into the gap beside it. The base offset is not under the
  // checksum and nothing else in the format tells it, so no broker can know.
  bool is_shifted(const codec::BatchView& batch, std::string_view served) const {
    if (!known_.is_compacted) return false;
    const auto original =
        std::find_if(known_.batches.begin(), known_.batches.end(), [&](const KnownBatch& one) {
          return one.bytes.view().substr(kCompareFrom) == served.substr(kCompareFrom);
        });
    if (original == known_.batches.end() || !is_harmed(original->base_offset)) return false;
    const auto next = std::next(original);
    const std::int64_t lowest = original == known_.batches.begin()
                                    ? known_.start_offset
                                    : std::prev(original)->last_offset + 1;
    const std::int64_t limit = next == known_.batches.end() ? known_.end_offset : next->base_offset;
    return batch.base_offset() >= lowest && batch.last_offset() < limit;
  }

  // As a consumer does that goes on behind what it cannot read.
  void read_through() {
    for (std::int64_t offset = std::max(start_, known_.start_offset); offset < end_;) {
      const std::int64_t next = check_fetch(offset, 1 << 20);
      if (next > offset) {
        offset = next;
        continue;
      }
      const auto later =
          std::find_if(known_.batches.begin(), known_.batches.end(),
                       [&](const KnownBatch& batch) { return batch.base_offset > offset; });
      if (later == known_.batches.end()) return;
      offset = later->base_offset;
    }
  }

  void check_producers() {
    const std::vector<ProducerRow> rows = describe_producers(client_, known_.place);
    if (is_damaged_ && rows.empty() &&
        allowance_.producers == Allowance::Producers::kAsBeforeOrNone) {
      return;
    }
    const bool may_be_less = is_damaged_ && allowance_.producers == Allowance::Producers::kNotMore;
    std::size_t found = 0;
    for (const ProducerRow& row : rows) {
      const auto known =
          std::find_if(known_.producers.begin(), known_.producers.end(),
                       [&](const ProducerRow& one) { return one.producer_id == row.producer_id; });
      if (known == known_.producers.end()) {
        complain("DescribeProducers: nobody ever had producer id " +
                 std::to_string(row.producer_id));
        continue;
      }
      ++found;
      const bool is_same = row.producer_epoch == known->producer_epoch &&
                           row.last_sequence == known->last_sequence &&
                           row.last_timestamp == known->last_timestamp;
      if (is_same || (may_be_less && row.last_sequence <= known->last_sequence)) continue;
      complain("DescribeProducers: producer id " + std::to_string(row.producer_id) +
               " at sequence " + std::to_string(row.last_sequence) + ", not " +
               std::to_string(known->last_sequence));
    }
    if (found != known_.producers.size() && !may_be_less) {
      complain("DescribeProducers: " + std::to_string(found) + " producers of " +
               std::to_string(known_.producers.size()));
    }
  }

  void check_times() {
    if (is_damaged_ && allowance_.times_may_differ) return;
    for (const FoundTime& known : known_.times) {
      const FoundTime found = find_time(client_, known_.place, known.timestamp);
      if (found.offset == known.offset && found.found_timestamp == known.found_timestamp) continue;
      complain("ListOffsets finds time " + std::to_string(known.timestamp) + at(found.offset) +
               ", not" + at(known.offset));
    }
  }

  RawClient& client_;
  const KnownPartition& known_;
  const Allowance& allowance_;
  CheckResult& result_;
  bool is_damaged_ = false;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace

CheckResult check_broker(RawClient& client, const Reference& reference,
                         const Allowance& allowance) {
  CheckResult result;
  const auto topics = ask_for_topics(client);
  std::set<std::string> missing;
  for (const auto& [name, known] : reference.topics) {
    const auto found = topics.find(name);
    if (found != topics.end() && found->second.id == known.id &&
        found->second.partitions == known.partitions) {
      if (ask_for_retention(client, name) == reference.retention_ms.at(name)) continue;
      result.is_complete = false;
      if (!allowance.topics_may_miss) {
        result.complaints.push_back("topic " + name + " has another retention.ms");
      }
      continue;
    }
    missing.insert(name);
    result.is_complete = false;
    if (allowance.topics_may_miss) continue;
    result.complaints.push_back("topic " + name +
                                (found == topics.end() ? " is gone" : " is another one"));
  }
  for (const KnownPartition& partition : reference.partitions) {
    if (missing.contains(partition.place.topic)) continue;
    PartitionCheck(client, partition, allowance, result).run();
  }
  const std::int64_t id = ask_for_producer_id(client);
  if (reference.producer_ids.contains(id) && !allowance.ids_may_repeat) {
    result.complaints.push_back("producer id " + std::to_string(id) + " is handed out again");
  }
  return result;
}

std::vector<std::string> check_append(RawClient& client, const Reference& reference,
                                      const Allowance& allowance, const CheckResult& checked) {
  std::vector<std::string> complaints;
  for (const KnownPartition& partition : reference.partitions) {
    const auto end = checked.ends.find(partition.directory());
    const bool is_meant = allowance.directory.empty() || allowance.directory == "*" ||
                          allowance.directory == partition.directory() ||
                          !partition_in(reference, allowance.directory);
    if (end == checked.ends.end() || !is_meant) continue;
    const wire::Slice batch =
        codec::RecordBatchBuilder(
            {.producer_id = ask_for_producer_id(client), .producer_epoch = 0, .base_sequence = 0})
            .add({.timestamp = partition.batches.empty() ? 1'700'000'000'000
                                                         : partition.batches.back().max_timestamp,
                  .key = "appended",
                  .value = "behind the damage"})
            .build_slice();
    const ProduceResult result = produce(client, partition.place, batch);
    if (result.error != ErrorCode::kNone || result.base_offset != end->second) {
      complaints.push_back(partition.directory() + ": an append is answered " +
                           std::string(wire::name_of(result.error)) + at(result.base_offset) +
                           ", not" + at(end->second));
      continue;
    }
    const FetchedPart part = fetch(client, partition.place, result.base_offset);
    if (part.error != ErrorCode::kNone || part.records.size() != batch.size() ||
        part.records.view().substr(kCompareFrom) != batch.view().substr(kCompareFrom)) {
      complaints.push_back(partition.directory() + ": an appended batch is not read back" +
                           at(result.base_offset));
    }
  }
  return complaints;
}

}  // namespace understudy::durability
