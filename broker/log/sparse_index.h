// The sparse indexes of a segment, in the formats of Kafka's .index and .timeindex files.
//
// The active segment's grow in memory and are written when it is closed; those of the others are
// searched in their files, so that a long log costs no memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "broker/log/storage.h"
#include "codec/record_batch.h"
#include "wire/assert.h"

namespace understudy::broker {

// `offset` is the last offset of the batch that starts at `position`.
struct OffsetIndexEntry {
  static constexpr std::size_t kSize = 8;
  std::int64_t offset = 0;
  std::uint64_t position = 0;

  static OffsetIndexEntry decode(const std::uint8_t* at, std::int64_t base_offset) {
    return {base_offset + codec::detail::load<std::int32_t>(at),
            static_cast<std::uint32_t>(codec::detail::load<std::int32_t>(at + 4))};
  }
  void encode(std::uint8_t* at, std::int64_t base_offset) const {
    codec::detail::store(at, static_cast<std::int32_t>(offset - base_offset));
    codec::detail::store(at + 4, static_cast<std::int32_t>(position));
  }
};

// The largest timestamp so far, and the last offset of the batch that has it.
struct TimeIndexEntry {
  static constexpr std::size_t kSize = 12;
  std::int64_t timestamp = -1;
  std::int64_t offset = 0;

  static TimeIndexEntry decode(const std::uint8_t* at, std::int64_t base_offset) {
    return {codec::detail::load<std::int64_t>(at),
            base_offset + codec::detail::load<std::int32_t>(at + 8)};
  }
  void encode(std::uint8_t* at, std::int64_t base_offset) const {
    codec::detail::store(at, timestamp);
    codec::detail::store(at + 8, static_cast<std::int32_t>(offset - base_offset));
  }
};

template <class Entry>
class SparseIndex {
 public:
  explicit SparseIndex(std::int64_t base_offset) : base_offset_(base_offset) {}

  std::size_t size() const { return (file_ ? file_->size_bytes() : bytes_.size()) / Entry::kSize; }
  bool empty() const { return size() == 0; }

  void add(const Entry& entry) {
    ASSERT(!file_);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + Entry::kSize);
    entry.encode(reinterpret_cast<std::uint8_t*>(bytes_.data()) + at, base_offset_);
  }

  // Nothing if the machine fails.
  std::optional<Entry> at(std::size_t number) const {
    if (!file_) return Entry::decode(memory() + number * Entry::kSize, base_offset_);
    const auto bytes = file_->read(number * Entry::kSize, Entry::kSize);
    if (!bytes) return std::nullopt;
    return Entry::decode(bytes->data(), base_offset_);
  }
  std::optional<Entry> last() const { return empty() ? std::nullopt : at(size() - 1); }

  // The last entry of those that are `before`; entries that are come first.
  template <class Before>
  std::optional<Entry> last_where(Before before) const {
    std::size_t from = 0;
    std::size_t to = size();
    std::optional<Entry> found;
    while (from < to) {
      const std::size_t middle = from + (to - from) / 2;
      const std::optional<Entry> entry = at(middle);
      if (!entry) return std::nullopt;
      if (before(*entry)) {
        found = entry;
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return found;
  }

  // Drops entries from the end while `condition` holds. In memory only.
  template <class Condition>
  void drop_last_while(Condition condition) {
    while (!bytes_.empty() && condition(*at(size() - 1))) {
      bytes_.resize(bytes_.size() - Entry::kSize);
    }
  }
  void clear() {
    bytes_.clear();
    file_.reset();
  }

  // Writes what is in memory to `path`; an index without entries is an empty file.
  [[nodiscard]] bool save(Storage& storage, const std::string& path) const {
    if (bytes_.empty()) return storage.replace(path, {});
    const auto file = storage.create(path);
    return file != nullptr && file->append(wire::Slice::copy_of(bytes_)) &&
           (!storage.is_synced() || file->sync());
  }
  // From now on the file is searched. Its size has to be a multiple of an entry's.
  [[nodiscard]] bool use_file(Storage& storage, const std::string& path) {
    auto file = storage.open(path);
    if (file == nullptr || file->size_bytes() % Entry::kSize != 0) return false;
    bytes_ = {};
    file_ = std::move(file);
    return true;
  }
  // From now on the file's entries are in memory, and more may be added.
  [[nodiscard]] bool load(Storage& storage, const std::string& path) {
    auto bytes = storage.load(path);
    if (!bytes || bytes->size() % Entry::kSize != 0) return false;
    file_.reset();
    bytes_ = std::move(*bytes);
    return true;
  }

 private:
  const std::uint8_t* memory() const {
    return reinterpret_cast<const std::uint8_t*>(bytes_.data());
  }

  std::int64_t base_offset_;
  std::string bytes_;           // as in the file
  std::unique_ptr<File> file_;  // of a closed segment
};

using OffsetIndex = SparseIndex<OffsetIndexEntry>;
using TimeIndex = SparseIndex<TimeIndexEntry>;

}  // namespace understudy::broker
