// The effective configuration of one topic, in the types the log needs (Kafka's LogConfig).
//
// How it is made (topic value, broker synonyms, default) is cluster/config_def.h's business.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "codec/compression.h"
#include "codec/record.h"
#include "codec/record_batch.h"

namespace understudy::broker {

struct TopicConfig {
  bool cleanup_delete = true;                              // cleanup.policy holds "delete"
  bool cleanup_compact = false;                            // cleanup.policy holds "compact"
  std::optional<codec::CompressionType> compression_type;  // empty: "producer", kept as it comes
  codec::CompressionLevels compression_levels;
  std::int64_t max_message_bytes = 1048588;
  // Empty before 4.4, which does not check the lengths of compressed records.
  std::optional<std::int32_t> max_decompressed_message_bytes = 2147483639;
  codec::TimestampType message_timestamp_type = codec::TimestampType::kCreateTime;
  std::int64_t message_timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t message_timestamp_after_max_ms = 3'600'000;
  std::int32_t min_insync_replicas = 1;
  std::int64_t segment_bytes = 1'073'741'824;
  std::int64_t segment_ms = 604'800'000;
  std::int64_t segment_jitter_ms = 0;  // a random part of it is taken off segment_ms
  std::int64_t segment_index_bytes = 10'485'760;
  std::int64_t index_interval_bytes = 4096;
  std::int64_t retention_ms = 604'800'000;  // -1: no limit
  std::int64_t retention_bytes = -1;        // -1: no limit
  std::int64_t file_delete_delay_ms = 60'000;
  std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();
  std::int64_t flush_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t delete_retention_ms = 86'400'000;
  double min_cleanable_dirty_ratio = 0.5;
  std::int64_t min_compaction_lag_ms = 0;
  std::int64_t max_compaction_lag_ms = std::numeric_limits<std::int64_t>::max();

  // For whoever reads the records of stored batches.
  codec::RecordReaderOptions reader_options() const {
    return {.max_decompressed_message_bytes = max_decompressed_message_bytes.value_or(
                codec::kDefaultMaxDecompressedMessageBytes)};
  }
};

}  // namespace understudy::broker
