// DescribeLogDirs (key 35): tells what lies in each log directory and how large it is.
//  v1   the lowest of Kafka 4
//  v2   flexible
//  v3   an error for the whole response
//  v4   total and free bytes of the volume (KIP-827)
//  v5   whether a directory is cordoned (KIP-1066)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_log_dirs_request {

struct DescribableLogDirTopic {
  WIRE_STRUCT(DescribableLogDirTopic);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_log_dirs_request

struct DescribeLogDirsRequest {
  WIRE_STRUCT(DescribeLogDirsRequest, .key = 35, .versions = "1-5", .flexible = "2+");
  FIELD(Nullable<Array<describe_log_dirs_request::DescribableLogDirTopic>>, topics,
        .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

namespace describe_log_dirs_response {

struct DescribeLogDirsPartition {
  WIRE_STRUCT(DescribeLogDirsPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int64_t, partition_size, .versions = "0+");
  FIELD(std::int64_t, offset_lag, .versions = "0+");
  FIELD(bool, is_future_key, .versions = "0+");
  WIRE_END;
};

struct DescribeLogDirsTopic {
  WIRE_STRUCT(DescribeLogDirsTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<DescribeLogDirsPartition>, partitions, .versions = "0+");
  WIRE_END;
};

struct DescribeLogDirsResult {
  WIRE_STRUCT(DescribeLogDirsResult);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(String, log_dir, .versions = "0+");
  FIELD(Array<DescribeLogDirsTopic>, topics, .versions = "0+");
  FIELD(std::int64_t, total_bytes, .versions = "4+", .initial = -1, .ignorable = true);
  FIELD(std::int64_t, usable_bytes, .versions = "4+", .initial = -1, .ignorable = true);
  FIELD(bool, is_cordoned, .versions = "5+", .ignorable = true);
  WIRE_END;
};

}  // namespace describe_log_dirs_response

struct DescribeLogDirsResponse {
  WIRE_STRUCT(DescribeLogDirsResponse, .key = 35, .versions = "1-5", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "3+", .ignorable = true);
  FIELD(Array<describe_log_dirs_response::DescribeLogDirsResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
