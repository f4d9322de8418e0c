// The aborted transactions whose marker lies in one segment (Kafka's TransactionIndex, the file
// .txnindex).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/log/storage.h"

namespace understudy::broker {

struct AbortedTransaction {
  std::int64_t producer_id = -1;
  std::int64_t first_offset = -1;
  std::int64_t last_offset = -1;         // of its marker
  std::int64_t last_stable_offset = -1;  // after it
  bool operator==(const AbortedTransaction&) const = default;
};

class TransactionIndex {
 public:
  static constexpr std::size_t kEntrySize = 34;

  // In the order of their markers.
  const std::vector<AbortedTransaction>& entries() const { return entries_; }

  // Appends to the file too, which is made by the first entry.
  [[nodiscard]] bool add(Storage& storage, const std::string& path,
                         const AbortedTransaction& transaction);
  // What the file holds. False if it is not in the format; a missing file holds nothing.
  [[nodiscard]] bool load(Storage& storage, const std::string& path);
  void clear() { entries_.clear(); }

 private:
  std::vector<AbortedTransaction> entries_;
};

}  // namespace understudy::broker
