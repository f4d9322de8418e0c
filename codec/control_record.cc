#include "codec/control_record.h"

#include <array>

namespace understudy::codec {
namespace {

constexpr std::size_t kKeySize = 4;    // version, type
constexpr std::size_t kValueSize = 6;  // version, coordinator epoch

}  // namespace

std::vector<std::uint8_t> build_marker_batch(const MarkerBatch& fields) {
  std::array<std::uint8_t, kKeySize> key{};
  detail::store(key.data() + 2, static_cast<std::int16_t>(fields.marker.type));
  std::array<std::uint8_t, kValueSize> value{};
  detail::store(value.data() + 2, fields.marker.coordinator_epoch);
  BatchFields batch;
  batch.base_offset = fields.base_offset;
  batch.partition_leader_epoch = fields.partition_leader_epoch;
  batch.transactional = true;
  batch.control = true;
  batch.producer_id = fields.producer_id;
  batch.producer_epoch = fields.producer_epoch;
  Record record;
  record.timestamp = fields.timestamp_ms;
  record.key = text_of(key);
  record.value = text_of(value);
  return RecordBatchBuilder(batch).add(record).build();
}

std::optional<ControlType> control_type_of(const RecordView& record) {
  if (!record.key || record.key->size() < kKeySize) return std::nullopt;
  return static_cast<ControlType>(detail::load<std::int16_t>(view_of(*record.key).data() + 2));
}

std::optional<EndTransactionMarker> end_transaction_marker_of(const RecordView& record) {
  const std::optional<ControlType> type = control_type_of(record);
  if (type != ControlType::kAbort && type != ControlType::kCommit) return std::nullopt;
  if (!record.value || record.value->size() < kValueSize) return std::nullopt;
  return EndTransactionMarker{*type, detail::load<std::int32_t>(view_of(*record.value).data() + 2)};
}

}  // namespace understudy::codec
