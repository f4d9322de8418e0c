// DescribeConfigs (key 32): reads the settings of topics, brokers and other resources.
//  v1   the lowest of Kafka 4; where a value comes from, and synonyms
//  v3   types and documentation (KIP-569)
//  v4   flexible
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_configs_request {

struct DescribeConfigsResource {
  WIRE_STRUCT(DescribeConfigsResource);
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(Nullable<Array<String>>, configuration_keys, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace describe_configs_request

struct DescribeConfigsRequest {
  WIRE_STRUCT(DescribeConfigsRequest, .key = 32, .versions = "1-4", .flexible = "4+");
  FIELD(Array<describe_configs_request::DescribeConfigsResource>, resources, .versions = "0+");
  FIELD(bool, include_synonyms, .versions = "1+");
  FIELD(bool, include_documentation, .versions = "3+");
  WIRE_END;
};

namespace describe_configs_response {

struct DescribeConfigsSynonym {
  WIRE_STRUCT(DescribeConfigsSynonym);
  FIELD(String, name, .versions = "1+");
  FIELD(Nullable<String>, value, .versions = "1+", .nullable = "0+", .initial = kEmpty);
  FIELD(std::int8_t, source, .versions = "1+");
  WIRE_END;
};

struct DescribeConfigsResourceResult {
  WIRE_STRUCT(DescribeConfigsResourceResult);
  FIELD(String, name, .versions = "0+");
  FIELD(Nullable<String>, value, .versions = "0+", .initial = kEmpty);
  FIELD(bool, read_only, .versions = "0+");
  FIELD(std::int8_t, config_source, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(bool, is_sensitive, .versions = "0+");
  FIELD(Array<DescribeConfigsSynonym>, synonyms, .versions = "1+", .ignorable = true);
  FIELD(std::int8_t, config_type, .versions = "3+", .ignorable = true);
  FIELD(Nullable<String>, documentation, .versions = "3+", .nullable = "0+", .initial = kEmpty,
        .ignorable = true);
  WIRE_END;
};

struct DescribeConfigsResult {
  WIRE_STRUCT(DescribeConfigsResult);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(Array<DescribeConfigsResourceResult>, configs, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_configs_response

struct DescribeConfigsResponse {
  WIRE_STRUCT(DescribeConfigsResponse, .key = 32, .versions = "1-4", .flexible = "4+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<describe_configs_response::DescribeConfigsResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
