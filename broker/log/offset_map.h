// Which offset each key was last written at, in bounded memory (Kafka's SkimpyOffsetMap).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace understudy::broker {

// A key is known by a hash of 128 bits, as in Kafka, so that an entry costs 24 bytes whatever the
// length of its key. Ours is XXH3 where Kafka takes MD5: much faster, and two of five million keys
// that nobody chose for the purpose meet with a probability of 2^-84. The order of the table never
// shows outside.
class OffsetMap {
 public:
  static constexpr std::size_t kEntrySize = 24;
  static constexpr std::int64_t kNone = -1;

  // The number of keys for Kafka's settings log.cleaner.dedupe.buffer.size and
  // log.cleaner.io.buffer.load.factor.
  static std::size_t max_entries_for(std::size_t buffer_bytes = std::size_t{128} << 20,
                                     double load_factor = 0.9);

  // Memory grows with the entries, up to `max_entries` (at least 1) of them: in small pieces, as
  // requests wait for whoever makes a large table anew.
  explicit OffsetMap(std::size_t max_entries);

  // False if the map is full; then nothing changes, even for a key that it knows: the map ends
  // before this record.
  [[nodiscard]] bool put(std::string_view key, std::int64_t offset);
  std::int64_t find(std::string_view key) const;  // kNone for a key that is not there

  std::size_t size() const { return size_; }
  std::size_t max_entries() const { return max_entries_; }

  // Every record up to here has been taken into account; kNone before the first.
  std::int64_t latest_offset() const { return latest_offset_; }
  void set_latest_offset(std::int64_t offset) { latest_offset_ = offset; }

 private:
  struct Slot {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::int64_t offset = kNone;  // kNone: free
  };

  // A table of its own for each part of the keys.
  struct Part {
    std::vector<Slot> slots;
    std::size_t size = 0;
  };

  static std::size_t slot_of(const std::vector<Slot>& slots, std::uint64_t low, std::uint64_t high);
  void make_room(Part& part) const;

  std::size_t max_entries_;
  std::vector<Part> parts_;
  std::size_t max_slots_;  // of a part
  std::size_t size_ = 0;
  std::int64_t latest_offset_ = kNone;
};

}  // namespace understudy::broker
