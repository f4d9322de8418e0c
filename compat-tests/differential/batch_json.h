// Record batches as JSON, both ways.
//
// To be sent, {"$batches": [BATCH, ...], "tail": base64}. A batch:
//   producerId, producerEpoch, baseSequence, transactional, control, compression (0 to 4),
//   logAppendTime, deleteHorizon, rawSnappy
//   count      records (1 if left out), with timestamp, the time between two of them (step), and
//              valueSize bytes of value
//   records    in place of count: [{"key", "value", "timestamp", "delta", "headers": [{"key",
//              "value"}], "raw": base64}]
//   lies       header fields that do not fit the records: baseOffset, batchLength,
//              partitionLeaderEpoch, magic, crc, attributes, lastOffsetDelta, baseTimestamp,
//              maxTimestamp, recordCount
//   flip       [[position, xor], ...] on the finished bytes; fixCrc: true puts the CRC right after
//   cut        how many bytes are missing at the end
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

#include "wire/types.h"

namespace understudy::differential {

// Throws std::runtime_error that names a member which there is not.
void check_batches(const boost::json::object& description);

std::string build_batches(const boost::json::object& description);

// What a broker answered: an array of batches with every header field but the CRC (there is
// "crcIsValid"), the records, and at the end {"torn": bytes} if the last one is not whole.
boost::json::array describe_batches(const wire::Slice& records);

}  // namespace understudy::differential
