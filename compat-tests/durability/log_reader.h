// Reads partitions back with requests of its own, and believes nothing: checksums, structure and
// offsets are looked at as a careful consumer does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "durability/history.h"
#include "durability/topology.h"
#include "support/raw_client.h"

namespace understudy::durability {

struct FetchedPart {
  wire::ErrorCode error = wire::ErrorCode::kNone;
  std::int64_t high_watermark = -1;
  std::int64_t log_start_offset = -1;
  wire::Slice records;
};

FetchedPart fetch(support::RawClient& client, const Place& place, std::int64_t offset,
                  std::int32_t max_bytes = 4 << 20);

// Adds what a Fetch returned, from `offset` on, and returns the offset to go on with: `offset`
// itself if there was nothing, or nothing readable.
std::int64_t add_batches(const wire::Slice& records, std::int64_t offset, LogCopy& log);

// Reads from `offset` (and from there on adds to `log`) to the high watermark. Returns where it
// stopped. What is wrong stands in log.unreadable.
std::int64_t read_to_end(support::RawClient& client, const Place& place, std::int64_t offset,
                         LogCopy& log);

// DescribeProducers; throws std::runtime_error on an error.
std::vector<ProducerRow> describe_producers(support::RawClient& client, const Place& place);

// The same partitions, read by librdkafka's consumer with its checksums on. Nothing if all is as in
// `logs`; else what differs first.
std::optional<std::string> compare_with_librdkafka(const std::string& bootstrap,
                                                   const std::vector<Place>& places,
                                                   const std::vector<LogCopy>& logs);

}  // namespace understudy::durability
