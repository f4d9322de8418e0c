#include "broker/log/producer_snapshots.h"

#include <algorithm>

#include "broker/log/files.h"
#include "codec/control_record.h"
#include "codec/crc32c.h"
#include "wire/engine.h"
#include "wire/messages/storage_records.h"

namespace understudy::broker {
namespace {

constexpr std::int16_t kVersion = 1;
constexpr std::size_t kVersionSize = 2;
constexpr std::size_t kCrcEnd = 6;

}  // namespace

std::string write_producer_snapshot(const ProducerStateManager& producers) {
  wire::ProducerSnapshot snapshot;
  for (const auto& [producer_id, entry] : producers.entries()) {
    const BatchMetadata newest = entry.batches.empty() ? BatchMetadata{} : entry.batches.newest();
    snapshot.producer_entries.push_back(
        {.producer_id = producer_id,
         .epoch = entry.epoch,
         .last_sequence = newest.last_sequence,
         .last_offset = newest.last_offset,
         .offset_delta = newest.offset_delta,
         .timestamp = entry.last_timestamp,
         .coordinator_epoch = entry.coordinator_epoch,
         .current_txn_first_offset = entry.transaction_first_offset});
  }
  // The order is free; a fixed one makes equal states equal files.
  std::ranges::sort(snapshot.producer_entries, {},
                    &wire::producer_snapshot::ProducerEntry::producer_id);
  std::string bytes(kVersionSize, '\0');
  codec::detail::store(reinterpret_cast<std::uint8_t*>(bytes.data()), kVersion);
  bytes += wire::encode(snapshot, kVersion).joined().view();
  const std::uint32_t crc = codec::crc32c(bytes.data() + kCrcEnd, bytes.size() - kCrcEnd);
  codec::detail::store(reinterpret_cast<std::uint8_t*>(bytes.data()) + kVersionSize, crc);
  return bytes;
}

std::optional<RestoredProducers> read_producer_snapshot(std::string_view bytes) {
  if (bytes.size() < kCrcEnd) return std::nullopt;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (codec::detail::load<std::int16_t>(data) != kVersion) return std::nullopt;
  wire::ProducerSnapshot snapshot;
  wire::DecodeError error;
  if (!wire::decode(snapshot, kVersion, wire::Slice::copy_of(bytes.substr(kVersionSize)), error)) {
    return std::nullopt;
  }
  if (snapshot.crc != codec::crc32c(data + kCrcEnd, bytes.size() - kCrcEnd)) return std::nullopt;
  RestoredProducers restored;
  for (const auto& stored : snapshot.producer_entries) {
    ProducerEntry entry;
    entry.epoch = stored.epoch;
    entry.last_timestamp = stored.timestamp;
    entry.coordinator_epoch = stored.coordinator_epoch;
    entry.transaction_first_offset = stored.current_txn_first_offset;
    if (stored.last_offset >= 0) {
      entry.batches.push({.last_offset = stored.last_offset,
                          .max_timestamp = stored.timestamp,
                          .last_sequence = stored.last_sequence,
                          .offset_delta = stored.offset_delta});
    }
    restored.emplace_back(stored.producer_id, entry);
  }
  return restored;
}

std::optional<CompletedTransaction> replay(const codec::BatchView& batch,
                                           ProducerStateManager& producers) {
  if (!batch.has_producer_id()) return std::nullopt;
  if (!batch.is_control()) {
    producers.appended({.producer_id = batch.producer_id(),
                        .epoch = batch.producer_epoch(),
                        .last_sequence = batch.last_sequence(),
                        .base_offset = batch.base_offset(),
                        .last_offset = batch.last_offset(),
                        .max_timestamp = batch.max_timestamp(),
                        .is_transactional = batch.is_transactional()});
    return std::nullopt;
  }
  codec::RecordReader reader(batch);
  const codec::RecordView* record = reader.next();
  if (record == nullptr) return std::nullopt;  // compaction has emptied it
  const auto marker = codec::end_transaction_marker_of(*record);
  if (!marker) return std::nullopt;
  const auto completed = producers.marker_appended({.producer_id = batch.producer_id(),
                                                    .epoch = batch.producer_epoch(),
                                                    .coordinator_epoch = marker->coordinator_epoch,
                                                    .timestamp_ms = record->timestamp},
                                                   record->offset);
  return marker->type == codec::ControlType::kAbort ? completed : std::nullopt;
}

std::string ProducerSnapshots::path(std::int64_t offset) const {
  return directory_ + "/" + offset_file_name(offset, kSnapshotSuffix);
}

void ProducerSnapshots::find(const std::vector<Storage::Entry>& files) {
  for (const Storage::Entry& file : files) {
    if (const auto offset = offset_in_file_name(file.name, kSnapshotSuffix)) {
      offsets_.insert(*offset);
    }
  }
  last_taken_ = offsets_.empty() ? -1 : *offsets_.rbegin();
}

bool ProducerSnapshots::take(const ProducerStateManager& producers, std::int64_t offset) {
  if (offset <= last_taken_) return true;
  if (!environment_.storage.replace(path(offset), write_producer_snapshot(producers))) {
    return false;
  }
  offsets_.insert(offset);
  last_taken_ = offset;
  return true;
}

bool ProducerSnapshots::take_anew(const ProducerStateManager& producers, std::int64_t offset) {
  const std::string bytes = write_producer_snapshot(producers);
  // Most are right, and reading is cheaper than writing.
  const bool is_right =
      offsets_.contains(offset) && environment_.storage.load(path(offset)) == bytes;
  if (!is_right && !environment_.storage.replace(path(offset), bytes)) return false;
  offsets_.insert(offset);
  last_taken_ = std::max(last_taken_, offset);
  return true;
}

bool ProducerSnapshots::make_safe(std::int64_t offset) {
  if (environment_.storage.is_synced()) return true;  // replace() has waited for the disk
  const auto file = environment_.storage.open(path(offset));
  return file != nullptr && file->sync();
}

std::optional<std::int64_t> ProducerSnapshots::load_newest(std::int64_t offset_max,
                                                           ProducerStateManager& producers) {
  producers.clear();
  for (;;) {
    auto newest = offsets_.upper_bound(offset_max);
    if (newest == offsets_.begin()) return std::nullopt;
    const std::int64_t offset = *--newest;
    const auto bytes = environment_.storage.load(path(offset));
    const auto restored = bytes ? read_producer_snapshot(*bytes) : std::nullopt;
    if (restored) {
      for (const auto& [producer_id, entry] : *restored) {
        producers.restore(producer_id, entry, environment_.clock.wall_ms());
      }
      return offset;
    }
    environment_.report(environment_.full(path(offset)) +
                        ": damaged; the state of its producers is read from the log");
    remove(offset);
  }
}

void ProducerSnapshots::log_start_raised(std::int64_t start_offset) {
  last_taken_ = offsets_.empty() ? start_offset : *offsets_.rbegin();
}

void ProducerSnapshots::discard(const std::vector<std::int64_t>& offsets, std::int64_t delay_ms) {
  for (const std::int64_t offset : offsets) {
    if (offsets_.erase(offset) == 0) continue;
    discard_later(environment_, path(offset), path(offset) + kDeletedSuffix, delay_ms);
  }
}

void ProducerSnapshots::remove(std::int64_t offset) {
  static_cast<void>(environment_.storage.remove(path(offset)));
  offsets_.erase(offset);
  if (last_taken_ == offset) last_taken_ = offsets_.empty() ? -1 : *offsets_.rbegin();
}

}  // namespace understudy::broker
