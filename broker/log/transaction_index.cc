#include "broker/log/transaction_index.h"

#include <array>

#include "codec/record_batch.h"

namespace understudy::broker {
namespace {

using codec::detail::store;

constexpr std::int16_t kVersion = 0;

}  // namespace

bool TransactionIndex::add(Storage& storage, const std::string& path,
                           const AbortedTransaction& transaction) {
  std::array<std::uint8_t, kEntrySize> bytes{};
  store(bytes.data(), kVersion);
  store(bytes.data() + 2, transaction.producer_id);
  store(bytes.data() + 10, transaction.first_offset);
  store(bytes.data() + 18, transaction.last_offset);
  store(bytes.data() + 26, transaction.last_stable_offset);
  auto file = entries_.empty() ? storage.create(path) : storage.open(path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (file == nullptr || !file->append(wire::Slice::copy_of(text))) return false;
  entries_.push_back(transaction);
  return true;
}

bool TransactionIndex::load(Storage& storage, const std::string& path) {
  entries_.clear();
  const auto bytes = storage.load(path);
  if (!bytes) return true;
  if (bytes->size() % kEntrySize != 0) return false;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes->data());
  for (const std::uint8_t* at = data; at != data + bytes->size(); at += kEntrySize) {
    const AbortedTransaction entry{
        codec::detail::load<std::int64_t>(at + 2), codec::detail::load<std::int64_t>(at + 10),
        codec::detail::load<std::int64_t>(at + 18), codec::detail::load<std::int64_t>(at + 26)};
    // The first offset comes before the marker, and markers come one after the other.
    const bool is_sound = codec::detail::load<std::int16_t>(at) == kVersion &&
                          entry.first_offset >= 0 && entry.first_offset < entry.last_offset &&
                          (entries_.empty() || entries_.back().last_offset < entry.last_offset);
    if (!is_sound) {
      entries_.clear();
      return false;
    }
    entries_.push_back(entry);
  }
  return true;
}

}  // namespace understudy::broker
