#include "simulation/checks/inspect.h"

#include <algorithm>
#include <optional>

#include "broker/log/files.h"
#include "codec/record_batch.h"

namespace understudy::simulation {
namespace {

class LogReader {
 public:
  LogReader(const Scene& scene, Slot slot, bool may_have_gaps)
      : scene_(scene),
        slot_(slot),
        at_(scene.partition(slot)),
        view_{.start_offset = at_.log_start_offset,
              .end_offset = at_.log_end_offset,
              .may_have_gaps = may_have_gaps,
              .batches = {}} {}

  LogView read() && {
    std::int64_t offset = view_.start_offset;
    while (offset < view_.end_offset && !at_.is_offline) {
      const auto next = read_some(offset);
      if (!next) break;
      offset = *next;
    }
    return std::move(view_);
  }

 private:
  // Where to read on; nothing if that leads nowhere.
  std::optional<std::int64_t> read_some(std::int64_t from) {
    const auto read =
        scene_.broker->controls().read(scene_.partition_name(slot_), from, kReadSizeMax);
    const auto* bytes = std::get_if<wire::Slice>(&read);
    if (bytes != nullptr && bytes->empty() && view_.may_have_gaps) return std::nullopt;
    if (bytes == nullptr || bytes->empty()) {
      find_fault(Check::kOffsets, ": nothing can be read from offset " + std::to_string(from) +
                                      " on, and the log ends at " +
                                      std::to_string(view_.end_offset));
      return std::nullopt;
    }
    return take(*bytes, from);
  }

  std::optional<std::int64_t> take(const wire::Slice& bytes, std::int64_t from) {
    std::int64_t offset = from;
    codec::BatchCursor cursor(codec::view_of(bytes));
    while (cursor.next() == codec::BatchCursor::Step::kBatch) {
      if (cursor.batch().size() < codec::kBatchHeaderSize) {
        find_fault(Check::kBytes, ": less than a batch's header");
        return std::nullopt;
      }
      const codec::BatchView batch(cursor.batch());
      if (!batch.has_valid_crc()) find_fault(Check::kBytes, ": a bad CRC");
      view_.batches.push_back(
          bytes.sub(std::size_t(cursor.batch().data() - bytes.data()), cursor.batch().size()));
      offset = batch.next_offset();
    }
    if (offset > from) return offset;
    find_fault(Check::kBytes, ": no batch can be read from offset " + std::to_string(from) + " on");
    return std::nullopt;
  }

  void find_fault(Check check, const std::string& text) const {
    scene_.find_fault(check, scene_.name_of(slot_) + text);
  }

  static constexpr std::int64_t kReadSizeMax = 1 << 20;

  const Scene& scene_;
  const Slot slot_;
  const broker::PartitionView at_;
  LogView view_;
};

// Where the whole batches of the file's first `size` bytes end.
std::int64_t end_of_batches(const std::string& file, std::size_t size, std::int64_t base_offset) {
  std::int64_t end = base_offset;
  const std::string bytes = file.substr(0, size);
  codec::BatchCursor cursor(codec::view_of(std::string_view(bytes)));
  while (cursor.next() == codec::BatchCursor::Step::kBatch &&
         cursor.batch().size() >= codec::kBatchHeaderSize) {
    end = codec::BatchView(cursor.batch()).next_offset();
  }
  return end;
}

}  // namespace

LogView read_log(const Scene& scene, Slot slot, bool may_have_gaps) {
  return LogReader(scene, slot, may_have_gaps).read();
}

Memories read_memories(const Scene& scene, Slot slot) {
  Memories memories;
  const auto producers = scene.broker->controls().producers(scene.partition_name(slot));
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

std::string directory_of(const Scene& scene, Slot slot) {
  return broker::partition_directory(scene.place(slot).topic, scene.place(slot).index);
}

std::int64_t synced_end(const Scene& scene, Slot slot, std::int64_t log_start_offset) {
  const std::string directory = directory_of(scene, slot);
  std::int64_t end = -1;
  for (const auto& file : scene.disk.list(directory)) {
    const auto base = broker::offset_in_file_name(file.name, broker::kLogSuffix);
    if (!base) continue;
    if (end >= 0 && *base != end) break;
    const std::string path = directory + "/" + file.name;
    const std::uint64_t synced = scene.disk.durable_size(path);
    end = end_of_batches(scene.disk.bytes_of(path), synced, *base);
    if (synced < file.size_bytes) break;
  }
  return std::max(end, log_start_offset);
}

}  // namespace understudy::simulation
