// AlterClientQuotas (key 49): sets and removes quotas.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace alter_client_quotas_request {

struct EntityData {
  WIRE_STRUCT(EntityData);
  FIELD(String, entity_type, .versions = "0+");
  FIELD(Nullable<String>, entity_name, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct OpData {
  WIRE_STRUCT(OpData);
  FIELD(String, key, .versions = "0+");
  FIELD(double, value, .versions = "0+");
  FIELD(bool, remove, .versions = "0+");
  WIRE_END;
};

struct EntryData {
  WIRE_STRUCT(EntryData);
  FIELD(Array<EntityData>, entity, .versions = "0+");
  FIELD(Array<OpData>, ops, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_client_quotas_request

struct AlterClientQuotasRequest {
  WIRE_STRUCT(AlterClientQuotasRequest, .key = 49, .versions = "0-1", .flexible = "1+");
  FIELD(Array<alter_client_quotas_request::EntryData>, entries, .versions = "0+");
  FIELD(bool, validate_only, .versions = "0+");
  WIRE_END;
};

namespace alter_client_quotas_response {

struct EntityData {
  WIRE_STRUCT(EntityData);
  FIELD(String, entity_type, .versions = "0+");
  FIELD(Nullable<String>, entity_name, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct EntryData {
  WIRE_STRUCT(EntryData);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<EntityData>, entity, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_client_quotas_response

struct AlterClientQuotasResponse {
  WIRE_STRUCT(AlterClientQuotasResponse, .key = 49, .versions = "0-1", .flexible = "1+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<alter_client_quotas_response::EntryData>, entries, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
