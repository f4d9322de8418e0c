// What a walk through a log knows of its transactions: whose data is aborted, and which markers
// have nothing left that they decide (Kafka's CleanedTransactionMetadata).
#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/log/transaction_index.h"
#include "codec/record_batch.h"
#include "wire/result.h"

namespace understudy::broker {

class CleanedTransactions {
 public:
  // The walk starts at `start_offset`. `aborted` are at least the transactions with data or a
  // marker from there on, in any order: those that ended before it are left aside. (Kafka takes
  // them along when it builds its map, if they are in the index of the first segment: its
  // LocalLog.collectAbortedTransactions compares with the log's start instead. Then committed data
  // of the same producer supersedes nothing, and a deleted key can come back. Not imitated.)
  CleanedTransactions(std::vector<AbortedTransaction> aborted, std::int64_t start_offset);

  // A batch of data was met, in the order of the log. Whether it belongs to an aborted transaction,
  // so that nobody ever reads it.
  bool is_aborted(const codec::BatchView& batch);

  // A control batch was met. Whether it can go: the walk met no data of the transaction that it
  // ends. INVALID_RECORD, or what the reader says, for a control record that cannot be read.
  wire::Result<bool> is_marker_of_nothing(const codec::BatchView& batch);

  // The aborted transactions whose data and marker were met since the last call: in the order of
  // their markers, for the index of the segment that now holds the marker.
  std::vector<AbortedTransaction> take_kept() { return std::exchange(kept_, {}); }

 private:
  struct Aborted {
    AbortedTransaction transaction;
    bool has_data = false;
  };

  void begin_up_to(std::int64_t offset);

  std::vector<AbortedTransaction> upcoming_;  // by first offset, the earliest last
  std::unordered_map<std::int64_t, Aborted> aborted_;
  std::set<std::int64_t> with_other_data_;  // producers
  std::vector<AbortedTransaction> kept_;
};

}  // namespace understudy::broker
