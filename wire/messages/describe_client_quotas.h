// DescribeClientQuotas (key 48): lists quotas by user, client id and address.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_client_quotas_request {

struct ComponentData {
  WIRE_STRUCT(ComponentData);
  FIELD(String, entity_type, .versions = "0+");
  FIELD(std::int8_t, match_type, .versions = "0+");
  FIELD(Nullable<String>, match, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace describe_client_quotas_request

struct DescribeClientQuotasRequest {
  WIRE_STRUCT(DescribeClientQuotasRequest, .key = 48, .versions = "0-1", .flexible = "1+");
  FIELD(Array<describe_client_quotas_request::ComponentData>, components, .versions = "0+");
  FIELD(bool, strict, .versions = "0+");
  WIRE_END;
};

namespace describe_client_quotas_response {

struct EntityData {
  WIRE_STRUCT(EntityData);
  FIELD(String, entity_type, .versions = "0+");
  FIELD(Nullable<String>, entity_name, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct ValueData {
  WIRE_STRUCT(ValueData);
  FIELD(String, key, .versions = "0+");
  FIELD(double, value, .versions = "0+");
  WIRE_END;
};

struct EntryData {
  WIRE_STRUCT(EntryData);
  FIELD(Array<EntityData>, entity, .versions = "0+");
  FIELD(Array<ValueData>, values, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_client_quotas_response

struct DescribeClientQuotasResponse {
  WIRE_STRUCT(DescribeClientQuotasResponse, .key = 48, .versions = "0-1", .flexible = "1+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Nullable<Array<describe_client_quotas_response::EntryData>>, entries, .versions = "0+",
        .initial = kEmpty);
  WIRE_END;
};

}  // namespace understudy::wire
