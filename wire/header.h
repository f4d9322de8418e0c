// The headers of requests and responses: which version goes with a body, and how they are read and
// written around it.
#pragma once

#include <optional>

#include "wire/api_key.h"
#include "wire/engine.h"
#include "wire/messages/headers.h"

namespace understudy::wire {

// 2 if the request's version is flexible, else 1. A version that nobody has (a newer client's
// ApiVersions, say) counts as flexible if the newest is, a negative one as not flexible.
Version request_header_version(const Struct& request, Version version);

// 1 if the response's version is flexible, else 0. An ApiVersions response always has 0, because
// the client cannot know yet whether the broker speaks flexible versions (KIP-511).
Version response_header_version(ApiKey key, Version version);

struct ParsedHeader {
  RequestHeader header = {};
  ApiKey key{};
  Version version = 0;              // of the body, not checked yet
  const Struct* request = nullptr;  // the body's schema
  std::size_t body_at = 0;          // where the body begins in the frame
};

// Reads the header of a frame (without its size prefix). Refuses an API that has no valid version;
// whether the broker serves it, and this version of it, is not asked here. A null client id stays
// null.
std::optional<ParsedHeader> read_request_header(const Slice& frame, DecodeError& error);

// For clients and tests.
void write_request_header(const RequestHeader& header, Output& out);

void write_response_header(ApiKey key, Version version, std::int32_t correlation_id, Output& out);

// Reads the header of a response to (key, version); says where the body begins.
std::optional<std::size_t> read_response_header(ApiKey key, Version version, const Slice& frame,
                                                ResponseHeader& header, DecodeError& error);

}  // namespace understudy::wire
