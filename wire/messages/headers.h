// What stands before every request and response. Version 2 of the request header and version 1 of
// the response header go with flexible bodies; see header.h for which one applies.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct RequestHeader {
  WIRE_STRUCT(RequestHeader, .versions = "1-2", .flexible = "2+");
  FIELD(std::int16_t, request_api_key, .versions = "0+");
  FIELD(std::int16_t, request_api_version, .versions = "0+", .about = "The version of the body.");
  FIELD(std::int32_t, correlation_id, .versions = "0+",
        .about = "Comes back in the response; any value is allowed.");
  FIELD(Nullable<String>, client_id, .versions = "1+", .initial = kEmpty, .flexible = "none",
        .about = "Keeps its int16 length in every version.");
  WIRE_END;
};

struct ResponseHeader {
  WIRE_STRUCT(ResponseHeader, .versions = "0-1", .flexible = "1+");
  FIELD(std::int32_t, correlation_id, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
