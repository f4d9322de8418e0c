// WriteTxnMarkers (key 27): lets the leaders of partitions write the end of a transaction; sent by
// brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace write_txn_markers_request {

struct WritableTxnMarkerTopic {
  WIRE_STRUCT(WritableTxnMarkerTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<std::int32_t>, partition_indexes, .versions = "0+");
  WIRE_END;
};

struct WritableTxnMarker {
  WIRE_STRUCT(WritableTxnMarker);
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int16_t, producer_epoch, .versions = "0+");
  FIELD(bool, transaction_result, .versions = "0+");
  FIELD(Array<WritableTxnMarkerTopic>, topics, .versions = "0+");
  FIELD(std::int32_t, coordinator_epoch, .versions = "0+");
  FIELD(std::int8_t, transaction_version, .versions = "2+", .ignorable = true);
  WIRE_END;
};

}  // namespace write_txn_markers_request

struct WriteTxnMarkersRequest {
  WIRE_STRUCT(WriteTxnMarkersRequest, .key = 27, .versions = "1-2", .flexible = "1+");
  FIELD(Array<write_txn_markers_request::WritableTxnMarker>, markers, .versions = "0+");
  WIRE_END;
};

namespace write_txn_markers_response {

struct WritableTxnMarkerPartitionResult {
  WIRE_STRUCT(WritableTxnMarkerPartitionResult);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

struct WritableTxnMarkerTopicResult {
  WIRE_STRUCT(WritableTxnMarkerTopicResult);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<WritableTxnMarkerPartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

struct WritableTxnMarkerResult {
  WIRE_STRUCT(WritableTxnMarkerResult);
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(Array<WritableTxnMarkerTopicResult>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace write_txn_markers_response

struct WriteTxnMarkersResponse {
  WIRE_STRUCT(WriteTxnMarkersResponse, .key = 27, .versions = "1-2", .flexible = "1+");
  FIELD(Array<write_txn_markers_response::WritableTxnMarkerResult>, markers, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
