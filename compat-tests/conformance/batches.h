// Record batches as scenarios name them, and batches read back from a broker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/record.h"
#include "codec/record_batch.h"
#include "wire/types.h"

namespace understudy::conformance {

// The producer that scenarios use unless they name another.
inline constexpr std::int64_t kProducerId = 7000;

struct IdempotentOptions {
  std::int64_t producer_id = kProducerId;
  std::optional<std::int64_t> timestamp;  // now, if left out
  std::string value = "v";
};

// One batch of a producer: sequences `first` to `last`, which may straddle the wrap at 2147483647.
wire::Slice idempotent(int producer_epoch, std::int32_t first, std::int32_t last,
                       const IdempotentOptions& options = {});

// What a record is made of, with memory of its own.
struct TestRecord {
  std::int64_t timestamp = 0;
  std::optional<std::string> key = "k";
  std::optional<std::string> value = "v";
};

// So many of them, stamped now.
std::vector<TestRecord> records(int count);

// Any batch. Offset deltas are 0, 1, 2, ... unless given.
wire::Slice batch_of(const codec::BatchFields& fields, const std::vector<TestRecord>& records,
                     const std::vector<std::int32_t>& offset_deltas = {});

// `count` records without producer id, all stamped `timestamp` (now, if left out).
wire::Slice plain(int count, std::optional<std::int64_t> timestamp = {});

// One record whose value is as long as the whole batch needs to have `size` bytes.
wire::Slice batch_of_size(std::size_t size, codec::BatchFields fields = {},
                          std::optional<std::int64_t> timestamp = {});

// A copy in which `change` has altered the header; the CRC is right again afterwards.
template <class Change>
wire::Slice altered(const wire::Slice& batch, Change change) {
  const wire::Slice copy = wire::Slice::copy_of(batch.view());
  codec::MutableBatchView view({copy.mutable_data(), copy.size()});
  change(view);
  view.update_crc();
  return copy;
}

wire::Slice joined(const std::vector<wire::Slice>& batches);

// A batch as it lies in a broker's log; keeps the bytes alive.
class StoredBatch : public codec::BatchView {
 public:
  explicit StoredBatch(wire::Slice bytes)
      : BatchView({bytes.data(), bytes.size()}), slice_(std::move(bytes)) {}

  const wire::Slice& slice() const { return slice_; }

  // Everything behind base_offset and partition_leader_epoch, which the broker assigns.
  std::string_view client_part() const { return slice_.view().substr(16); }

  struct ReadRecord {
    std::int64_t offset = 0;
    std::int64_t timestamp = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
  };
  // Throws if the batch is broken.
  std::vector<ReadRecord> read() const;

 private:
  wire::Slice slice_;
};

struct ReadBatches {
  std::vector<StoredBatch> batches;
  std::size_t torn_bytes = 0;  // of a last batch that is not whole
};

ReadBatches split(const wire::Slice& records);

std::string bytes_of(const std::vector<StoredBatch>& batches);

}  // namespace understudy::conformance
