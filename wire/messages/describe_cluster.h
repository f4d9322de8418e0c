// DescribeCluster (key 60): tells the cluster id and the brokers.
//  v1   brokers or controllers, as asked (KIP-919)
//  v2   fenced brokers too, if asked (KIP-1073)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct DescribeClusterRequest {
  WIRE_STRUCT(DescribeClusterRequest, .key = 60, .versions = "0-2", .flexible = "0+");
  FIELD(bool, include_cluster_authorized_operations, .versions = "0+");
  FIELD(std::int8_t, endpoint_type, .versions = "1+", .initial = 1);
  FIELD(bool, include_fenced_brokers, .versions = "2+");
  WIRE_END;
};

namespace describe_cluster_response {

struct DescribeClusterBroker {
  WIRE_STRUCT(DescribeClusterBroker);
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::int32_t, port, .versions = "0+");
  FIELD(Nullable<String>, rack, .versions = "0+");
  FIELD(bool, is_fenced, .versions = "2+");
  WIRE_END;
};

}  // namespace describe_cluster_response

struct DescribeClusterResponse {
  WIRE_STRUCT(DescribeClusterResponse, .key = 60, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(std::int8_t, endpoint_type, .versions = "1+", .initial = 1);
  FIELD(String, cluster_id, .versions = "0+");
  FIELD(std::int32_t, controller_id, .versions = "0+", .initial = -1);
  FIELD(Array<describe_cluster_response::DescribeClusterBroker>, brokers, .versions = "0+");
  FIELD(std::int32_t, cluster_authorized_operations, .versions = "0+", .initial = INT32_MIN);
  WIRE_END;
};

}  // namespace understudy::wire
