#include "broker/log/crash.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "broker/log/files.h"
#include "broker/log/producer_snapshots.h"
#include "broker/log/segment.h"

namespace understudy::broker {
namespace {

// Ascending.
std::vector<std::int64_t> offsets_of(Storage& storage, const std::string& directory,
                                     const char* suffix) {
  std::vector<std::int64_t> offsets;
  for (const Storage::Entry& file : storage.list(directory)) {
    if (const auto offset = offset_in_file_name(file.name, suffix)) offsets.push_back(*offset);
  }
  std::ranges::sort(offsets);
  return offsets;
}

bool lose_snapshots(Storage& storage, const std::string& directory) {
  return std::ranges::all_of(offsets_of(storage, directory, kSnapshotSuffix), [&](auto offset) {
    return storage.remove(directory + "/" + offset_file_name(offset, kSnapshotSuffix));
  });
}

bool make_snapshot_stale(Storage& storage, const std::string& directory) {
  const auto offsets = offsets_of(storage, directory, kSnapshotSuffix);
  if (offsets.empty()) return true;
  const auto path = [&](std::int64_t offset) {
    return directory + "/" + offset_file_name(offset, kSnapshotSuffix);
  };
  // Before the first snapshot nothing was known of any producer.
  std::string older = write_producer_snapshot(ProducerStateManager({}));
  if (offsets.size() > 1) older = storage.load(path(offsets[offsets.size() - 2])).value_or(older);
  return storage.replace(path(offsets.back()), older);
}

bool lose_tail(const LogEnvironment& environment, const std::string& directory, std::size_t count) {
  auto bases = offsets_of(environment.storage, directory, kLogSuffix);
  while (count > 0 && !bases.empty()) {
    auto segment = Segment::open(environment, directory, bases.back());
    if (!segment) return false;
    std::deque<std::uint64_t> newest;  // positions of the last `count` batches
    const wire::ErrorCode error =
        segment->walk(0, [&](const codec::StoredBatch&, std::uint64_t position) {
          newest.push_back(position);
          if (newest.size() > count) newest.pop_front();
          return true;
        });
    if (error != wire::ErrorCode::kNone) return false;
    const bool is_emptied = newest.empty() || newest.front() == 0;
    if (is_emptied && bases.size() > 1) {
      // The log ends in the segment before; an empty one behind it would leave a gap.
      segment.reset();
      std::string path = directory;
      path.append("/").append(offset_file_name(bases.back(), kLogSuffix));
      if (!environment.storage.remove(path)) return false;
    } else if (!newest.empty() && !segment->file()->truncate(newest.front())) {
      return false;
    }
    count -= newest.size();
    bases.pop_back();
  }
  return true;
}

}  // namespace

std::string Crash::describe() const {
  switch (kind) {
    case Kind::kKeepEverything:
      return "a crash that lost nothing that was written";
    case Kind::kLoseUnsynced:
      return "a power cut that took what was not synced";
    case Kind::kLoseTail:
      return "a crash that took the last " + std::to_string(batches) +
             " batches of every partition";
    case Kind::kLoseProducerState:
      return "a crash that kept the log and took the state of its producers";
    case Kind::kStaleSnapshot:
      return "a crash that kept the log and took the newest state of its producers";
  }
  return {};
}

std::string Crash::doubt() const {
  if (kind == Kind::kLoseProducerState) {
    return "a crash took what was known of this producer: the log may hold the batch already";
  }
  if (kind == Kind::kStaleSnapshot) {
    return "a crash took what was newest known of this producer: its sequence fits an older state, "
           "and the log may hold the batch already";
  }
  return {};
}

bool damage_partition(const LogEnvironment& environment, const std::string& directory,
                      const Crash& crash) {
  switch (crash.kind) {
    case Crash::Kind::kKeepEverything:
    case Crash::Kind::kLoseUnsynced:
      return true;
    case Crash::Kind::kLoseTail:
      return lose_tail(environment, directory,
                       static_cast<std::size_t>(std::max(crash.batches, 0)));
    case Crash::Kind::kLoseProducerState:
      return lose_snapshots(environment.storage, directory);
    case Crash::Kind::kStaleSnapshot:
      return make_snapshot_stale(environment.storage, directory);
  }
  return true;
}

bool damage_storage(const LogEnvironment& environment, const Crash& crash) {
  if (crash.kind == Crash::Kind::kLoseUnsynced) environment.storage.lose_unsynced();
  for (const Storage::Entry& entry : environment.storage.list("")) {
    const auto partition = partition_in_directory_name(entry.name);
    const bool is_metadata = entry.name == kMetadataDirectory;
    if (!entry.is_directory || !partition || is_metadata) continue;
    if (!damage_partition(environment, entry.name, crash)) return false;
  }
  return true;
}

}  // namespace understudy::broker
