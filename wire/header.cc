#include "wire/header.h"

#include <cstring>

#include "wire/messages.h"

namespace understudy::wire {

Version request_header_version(const Struct& request, Version version) {
  return request.message.flexible.contains(version) ? 2 : 1;
}

Version response_header_version(ApiKey key, Version version) {
  if (key == ApiKey::kApiVersions) return 0;
  const Struct* response = find_response(key);
  return response && response->message.flexible.contains(version) ? 1 : 0;
}

std::optional<ParsedHeader> read_request_header(const Slice& frame, DecodeError& error) {
  std::int16_t start[2];  // key and version come first in every header version
  if (frame.size() < sizeof start) {
    error.reason = "frame ends early";
    error.path = "request header";
    return std::nullopt;
  }
  std::memcpy(start, frame.data(), sizeof start);
  ParsedHeader parsed{.key = ApiKey(big_endian(start[0])), .version = big_endian(start[1])};
  parsed.request = find_request(parsed.key);
  if (!parsed.request) {
    error.reason = "unknown API key";
    error.path = "request header";
    return std::nullopt;
  }
  const Version header_version = request_header_version(*parsed.request, parsed.version);
  const auto used =
      decode_prefix(schema_of<RequestHeader>, &parsed.header, header_version, frame, error);
  if (!used) {
    error.path = "request header: " + error.path;
    return std::nullopt;
  }
  parsed.body_at = *used;
  return parsed;
}

void write_request_header(const RequestHeader& header, Output& out) {
  const Struct* request = find_request(ApiKey(header.request_api_key));
  ASSERT(request != nullptr);
  encode(header, request_header_version(*request, header.request_api_version), out);
}

void write_response_header(ApiKey key, Version version, std::int32_t correlation_id, Output& out) {
  out.put_int32(correlation_id);
  if (response_header_version(key, version) >= 1) out.put_byte(0);  // no tagged fields
}

std::optional<std::size_t> read_response_header(ApiKey key, Version version, const Slice& frame,
                                                ResponseHeader& header, DecodeError& error) {
  const Version header_version = response_header_version(key, version);
  const auto used = decode_prefix(schema_of<ResponseHeader>, &header, header_version, frame, error);
  if (!used) error.path = "response header: " + error.path;
  return used;
}

}  // namespace understudy::wire
