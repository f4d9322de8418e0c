#include "broker/log/offset_map.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/assert.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace understudy::broker {
namespace {

constexpr std::size_t kFirstSlots = 64;
// A table of so many entries is made anew in a millisecond.
constexpr std::size_t kEntriesPerPart = 16'384;

XXH128_hash_t hash_of(std::string_view key) { return XXH3_128bits(key.data(), key.size()); }

}  // namespace

std::size_t OffsetMap::max_entries_for(std::size_t buffer_bytes, double load_factor) {
  // As Kafka's cleaner no more than an array holds; a factor may be any number.
  constexpr std::size_t kBytesMax = std::numeric_limits<std::int32_t>::max();
  const std::size_t slots = std::min(buffer_bytes, kBytesMax) / kEntrySize;
  const double entries = static_cast<double>(slots) * std::min(load_factor, 1.0);
  return entries >= 1 ? static_cast<std::size_t>(entries) : 1;
}

// At most nine of ten slots are taken, so that a search for a key that is not there ends soon. Keys
// do not fall into the parts quite evenly: a tenth more.
OffsetMap::OffsetMap(std::size_t max_entries)
    : max_entries_(max_entries), parts_(1 + max_entries / kEntriesPerPart) {
  ASSERT(max_entries >= 1);
  const std::size_t per_part = max_entries / parts_.size() + 1;
  max_slots_ = per_part + per_part / 9 + 1 + (parts_.size() > 1 ? per_part / 10 : 0);
}

bool OffsetMap::put(std::string_view key, std::int64_t offset) {
  ASSERT(offset >= 0);
  if (size_ >= max_entries_) return false;
  const XXH128_hash_t hash = hash_of(key);
  Part& part = parts_[hash.high64 % parts_.size()];
  make_room(part);
  // One slot stays free, or searches would not end.
  if (part.size + 1 >= part.slots.size()) return false;
  Slot& slot = part.slots[slot_of(part.slots, hash.low64, hash.high64)];
  if (slot.offset == kNone) {
    ++size_;
    ++part.size;
  }
  slot = {hash.low64, hash.high64, offset};
  latest_offset_ = offset;
  return true;
}

std::int64_t OffsetMap::find(std::string_view key) const {
  const XXH128_hash_t hash = hash_of(key);
  const Part& part = parts_[hash.high64 % parts_.size()];
  if (part.size == 0) return kNone;
  return part.slots[slot_of(part.slots, hash.low64, hash.high64)].offset;
}

// The slot of this hash, or the free one where it would go: there always is one.
std::size_t OffsetMap::slot_of(const std::vector<Slot>& slots, std::uint64_t low,
                               std::uint64_t high) {
  std::size_t at = low % slots.size();
  while (slots[at].offset != kNone && (slots[at].low != low || slots[at].high != high)) {
    at = at + 1 == slots.size() ? 0 : at + 1;
  }
  return at;
}

void OffsetMap::make_room(Part& part) const {
  const std::size_t slots = part.slots.size();
  if (part.size + 1 <= slots / 4 * 3 || slots >= max_slots_) return;
  const std::vector<Slot> old = std::exchange(
      part.slots, std::vector<Slot>(std::min(std::max(slots * 2, kFirstSlots), max_slots_)));
  for (const Slot& slot : old) {
    if (slot.offset != kNone) part.slots[slot_of(part.slots, slot.low, slot.high)] = slot;
  }
}

}  // namespace understudy::broker
