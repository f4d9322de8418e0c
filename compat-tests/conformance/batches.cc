#include "conformance/batches.h"

#include <stdexcept>

#include "conformance/broker.h"

namespace understudy::conformance {

namespace {

// From `first` to `last` in a circle of 2^31 numbers.
std::int32_t sequence_count(std::int32_t first, std::int32_t last) {
  const std::int64_t distance = std::int64_t{last} - first;
  return std::int32_t((distance < 0 ? distance + (std::int64_t{1} << 31) : distance) + 1);
}

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text;
}

std::optional<std::string> copy_of(const std::optional<std::string_view>& text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace

wire::Slice idempotent(int producer_epoch, std::int32_t first, std::int32_t last,
                       const IdempotentOptions& options) {
  const TestRecord record{.timestamp = options.timestamp.value_or(now_ms()),
                          .value = options.value};
  return batch_of({.producer_id = options.producer_id,
                   .producer_epoch = std::int16_t(producer_epoch),
                   .base_sequence = first},
                  std::vector<TestRecord>(std::size_t(sequence_count(first, last)), record));
}

wire::Slice batch_of(const codec::BatchFields& fields, const std::vector<TestRecord>& records,
                     const std::vector<std::int32_t>& offset_deltas) {
  codec::RecordBatchBuilder builder(fields);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const codec::Record record{.timestamp = records[i].timestamp,
                               .key = view_of(records[i].key),
                               .value = view_of(records[i].value),
                               .headers = {}};
    builder.add(record, offset_deltas.empty() ? std::int32_t(i) : offset_deltas.at(i));
  }
  return builder.build_slice();
}

std::vector<TestRecord> records(int count) {
  return std::vector<TestRecord>(std::size_t(count), TestRecord{.timestamp = now_ms()});
}

wire::Slice plain(int count, std::optional<std::int64_t> timestamp) {
  return batch_of({},
                  std::vector<TestRecord>(std::size_t(count),
                                          TestRecord{.timestamp = timestamp.value_or(now_ms())}));
}

wire::Slice batch_of_size(std::size_t size, codec::BatchFields fields,
                          std::optional<std::int64_t> timestamp) {
  const TestRecord record{.timestamp = timestamp.value_or(now_ms())};
  std::size_t value_size = size - codec::kBatchHeaderSize;
  for (;;) {
    TestRecord padded = record;
    padded.value = std::string(value_size, 'v');
    wire::Slice batch = batch_of(fields, {padded});
    if (batch.size() == size) return batch;
    if (batch.size() < size) throw std::logic_error("no batch has this size");
    value_size -= batch.size() - size;
  }
}

wire::Slice joined(const std::vector<wire::Slice>& batches) {
  std::string bytes;
  for (const wire::Slice& batch : batches) bytes += batch.view();
  return wire::Slice::copy_of(bytes);
}

std::vector<StoredBatch::ReadRecord> StoredBatch::read() const {
  std::vector<ReadRecord> records;
  codec::RecordReader reader(*this);
  while (const codec::RecordView* record = reader.next()) {
    records.push_back({.offset = record->offset,
                       .timestamp = record->timestamp,
                       .key = copy_of(record->key),
                       .value = copy_of(record->value)});
  }
  if (!reader.verdict().ok()) throw std::runtime_error("a stored batch cannot be read");
  return records;
}

ReadBatches split(const wire::Slice& records) {
  ReadBatches found;
  codec::BatchCursor cursor({records.data(), records.size()});
  std::size_t at = 0;
  codec::BatchCursor::Step step;
  while ((step = cursor.next()) == codec::BatchCursor::Step::kBatch) {
    found.batches.emplace_back(records.sub(at, cursor.batch().size()));
    at += cursor.batch().size();
  }
  if (step == codec::BatchCursor::Step::kError) {
    throw std::runtime_error("what was fetched is no sequence of batches");
  }
  found.torn_bytes = records.size() - at;
  return found;
}

std::string bytes_of(const std::vector<StoredBatch>& batches) {
  std::string bytes;
  for (const StoredBatch& batch : batches) bytes += batch.slice().view();
  return bytes;
}

}  // namespace understudy::conformance
