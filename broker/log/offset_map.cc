#include "broker/log/offset_map.h"

#include <algorithm>
#include <utility>

#include "wire/assert.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace understudy::broker {
namespace {

constexpr std::size_t kFirstSlots = 64;

XXH128_hash_t hash_of(std::string_view key) { return XXH3_128bits(key.data(), key.size()); }

}  // namespace

std::size_t OffsetMap::max_entries_for(std::size_t buffer_bytes, double load_factor) {
  const double entries =
      static_cast<double>(buffer_bytes) / static_cast<double>(kEntrySize) * load_factor;
  return std::max<std::size_t>(1, static_cast<std::size_t>(entries));
}

// At most nine of ten slots are taken, so that a search for a key that is not there ends soon.
OffsetMap::OffsetMap(std::size_t max_entries)
    : max_entries_(max_entries), max_slots_(max_entries + max_entries / 9 + 1) {
  ASSERT(max_entries >= 1);
  slots_.resize(std::min(kFirstSlots, max_slots_));
}

bool OffsetMap::put(std::string_view key, std::int64_t offset) {
  ASSERT(offset >= 0);
  if (size_ >= max_entries_) return false;
  if (size_ + 1 > slots_.size() / 4 * 3 && slots_.size() < max_slots_) grow();
  const XXH128_hash_t hash = hash_of(key);
  Slot& slot = slots_[slot_of(hash.low64, hash.high64)];
  if (slot.offset == kNone) ++size_;
  slot = {hash.low64, hash.high64, offset};
  latest_offset_ = offset;
  return true;
}

std::int64_t OffsetMap::find(std::string_view key) const {
  const XXH128_hash_t hash = hash_of(key);
  return slots_[slot_of(hash.low64, hash.high64)].offset;
}

// The slot of this hash, or the free one where it would go: there always is one.
std::size_t OffsetMap::slot_of(std::uint64_t low, std::uint64_t high) const {
  std::size_t at = low % slots_.size();
  while (slots_[at].offset != kNone && (slots_[at].low != low || slots_[at].high != high)) {
    at = at + 1 == slots_.size() ? 0 : at + 1;
  }
  return at;
}

void OffsetMap::grow() {
  const std::vector<Slot> old =
      std::exchange(slots_, std::vector<Slot>(std::min(slots_.size() * 2, max_slots_)));
  for (const Slot& slot : old) {
    if (slot.offset != kNone) slots_[slot_of(slot.low, slot.high)] = slot;
  }
}

}  // namespace understudy::broker
