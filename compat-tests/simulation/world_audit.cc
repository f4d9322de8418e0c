// A partition as the broker has it, and as the disk would give it back.
#include <algorithm>

#include "broker/log/files.h"
#include "simulation/world.h"

namespace understudy::simulation {

broker::PartitionName World::partition_name(Slot slot) const {
  const Place& place = places_[std::size_t(slot)];
  return {place.topic, place.index};
}

broker::PartitionView World::partition(Slot slot) const {
  return std::get<broker::PartitionView>(broker_->controls().partition(partition_name(slot)));
}

// Everything up to the end of the log, whoever may read it.
LogView World::view_of(Slot slot) {
  const broker::PartitionView at = partition(slot);
  LogView view{.start_offset = at.log_start_offset,
               .end_offset = at.log_end_offset,
               .may_have_gaps = gapped_.contains(slot),
               .batches = {}};
  std::int64_t offset = view.start_offset;
  while (offset < view.end_offset && !at.is_offline) {
    const auto read = broker_->controls().read(partition_name(slot), offset, 1 << 20);
    const auto* bytes = std::get_if<wire::Slice>(&read);
    if (bytes != nullptr && bytes->empty() && gapped_.contains(slot)) break;
    if (bytes == nullptr || bytes->empty()) {
      find_fault(Check::kOffsets, name_of_slot(slot) + ": nothing can be read from offset " +
                                      std::to_string(offset) + " on, and the log ends at " +
                                      std::to_string(view.end_offset));
      break;
    }
    codec::BatchCursor cursor(codec::view_of(*bytes));
    const std::int64_t from = offset;
    while (cursor.next() == codec::BatchCursor::Step::kBatch) {
      if (cursor.batch().size() < codec::kBatchHeaderSize) {
        find_fault(Check::kBytes, name_of_slot(slot) + ": less than a batch's header");
        return view;
      }
      const codec::BatchView batch(cursor.batch());
      if (!batch.has_valid_crc()) find_fault(Check::kBytes, name_of_slot(slot) + ": a bad CRC");
      view.batches.push_back(
          bytes->sub(std::size_t(cursor.batch().data() - bytes->data()), cursor.batch().size()));
      offset = batch.next_offset();
    }
    if (offset <= from) {
      find_fault(Check::kBytes, name_of_slot(slot) + ": no batch can be read from offset " +
                                    std::to_string(from) + " on");
      break;
    }
  }
  return view;
}

Memories World::memories_of(Slot slot) const {
  Memories memories;
  const auto producers = broker_->controls().producers(partition_name(slot));
  for (const auto& producer : std::get<std::vector<broker::ProducerView>>(producers)) {
    Memory memory{.epoch = producer.producer_epoch, .batches = {}};
    for (const broker::ProducerView::Batch& known : producer.batches) {
      memory.batches.push_back({.first = known.first_sequence,
                                .last = known.last_sequence,
                                .base_offset = known.first_offset,
                                .timestamp = known.max_timestamp});
    }
    memories[producer.producer_id] = memory;
  }
  return memories;
}

// The offset up to which a power cut can take nothing: whole batches in what was synced, one
// segment behind the other without a gap.
std::int64_t World::durable_end(Slot slot) const {
  const Place& place = places_[std::size_t(slot)];
  const std::string directory = broker::partition_directory(place.topic, place.index);
  std::int64_t end = -1;
  for (const auto& file : const_cast<Disk&>(disk_).list(directory)) {
    const auto base = broker::offset_in_file_name(file.name, broker::kLogSuffix);
    if (!base) continue;
    if (end >= 0 && *base != end) break;
    end = *base;
    const std::string path = directory + "/" + file.name;
    const std::string bytes = disk_.bytes_of(path).substr(0, disk_.durable_size(path));
    codec::BatchCursor cursor(codec::view_of(std::string_view(bytes)));
    while (cursor.next() == codec::BatchCursor::Step::kBatch &&
           cursor.batch().size() >= codec::kBatchHeaderSize) {
      end = codec::BatchView(cursor.batch()).next_offset();
    }
    if (disk_.durable_size(path) < file.size_bytes) break;
  }
  // A log without records has nothing to lose.
  if (broker_ != nullptr) return std::max(end, partition(slot).log_start_offset);
  const auto start = starts_.find(slot);
  return std::max(end, start == starts_.end() ? 0 : start->second);
}

std::map<Slot, std::int64_t> World::durable_ends() const {
  std::map<Slot, std::int64_t> ends;
  for (std::size_t slot = 0; slot < models_.size(); ++slot) {
    ends[Slot(slot)] = durable_end(Slot(slot));
  }
  return ends;
}

// The log may begin later than before if retention is configured so, and says why.
void World::note_start(Slot slot) {
  const std::int64_t start = partition(slot).log_start_offset;
  std::int64_t& last = starts_[slot];
  if (start <= last) {
    last = start;
    return;
  }
  if (const std::int64_t replicated = partition(slot).high_watermark; start > replicated) {
    find_fault(Check::kWatermark, name_of_slot(slot) + " begins at " + std::to_string(start) +
                                      " now, and only what lies below " +
                                      std::to_string(replicated) + " was replicated");
  }
  const TopicPlan& plan = *plans_[std::size_t(slot)];
  std::int64_t bytes_left = 0;
  std::int64_t newest_dropped = -1;
  for (const Entry& entry : models_[std::size_t(slot)].entries()) {
    if (entry.end_offset() > start) {
      bytes_left += std::int64_t(entry.sent.bytes.size());
    } else if (entry.end_offset() > last) {
      newest_dropped = std::max(newest_dropped, entry.sent.max_timestamp);
    }
  }
  const bool by_size = plan.retention_bytes && bytes_left >= *plan.retention_bytes;
  const bool by_time = plan.retention_ms && agenda_.now_ms() - newest_dropped > *plan.retention_ms;
  if (by_size || by_time) ledger_.allow_start(slot, start);
  last = start;
}

// Nothing befell the partition: it is as the model says.
void World::audit(Slot slot) {
  if (is_over_ || partition(slot).is_offline) return;
  PartitionModel& model = models_[std::size_t(slot)];
  model.compare(view_of(slot), findings_);
  model.compare(memories_of(slot), findings_);
}

// What is not on the disk yet is on its way there.
void World::check_syncs() {
  if (schedule_.durability != Durability::kFsync) return;
  for (std::size_t slot = 0; slot < models_.size(); ++slot) check_syncs(Slot(slot));
}

void World::check_syncs(Slot slot) {
  const broker::PartitionView at = partition(slot);
  if (at.is_offline) return;
  const std::int64_t safe = durable_end(slot);
  if (safe >= at.log_end_offset) return;
  const Place& place = places_[std::size_t(slot)];
  const std::string directory = broker::partition_directory(place.topic, place.index);
  for (const auto& file : disk_.list(directory)) {
    if (disk_.is_sync_pending(directory + "/" + file.name)) return;
  }
  find_fault(Check::kProgress, name_of_slot(slot) + ": nobody asks the disk to take what lies at " +
                                   std::to_string(safe) + " and behind");
}

ReadLog World::read_log(Slot slot) {
  const LogView view = view_of(slot);
  ReadLog log{.start_offset = view.start_offset, .batches = {}};
  for (const wire::Slice& bytes : view.batches) {
    const codec::BatchView batch(codec::view_of(bytes));
    ReadBatch read{.base_offset = batch.base_offset(),
                   .sequences = {.producer_id = batch.producer_id(),
                                 .epoch = batch.producer_epoch(),
                                 .first = batch.base_sequence(),
                                 .last = batch.last_sequence()}};
    codec::RecordReader reader(batch);
    while (const codec::RecordView* record = reader.next()) {
      read.names.push_back(support::name_of(record->key.value_or(""), record->value.value_or("")));
    }
    if (const Entry* entry = models_[std::size_t(slot)].find(batch.base_offset())) {
      read.row = entry->row;
      read.is_doubtful = entry->is_doubtful;
    }
    log.batches.push_back(std::move(read));
  }
  return log;
}

}  // namespace understudy::simulation
