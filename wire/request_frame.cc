#include "wire/request_frame.h"

#include <utility>

#include "wire/framing.h"
#include "wire/header.h"

namespace understudy::wire {

Slice request_frame(RequestHeader header, const Struct& schema, const void* request,
                    Version version) {
  header.request_api_key = schema.message.key;
  header.request_api_version = version;
  Output out;
  write_request_header(header, out);
  encode(schema, request, version, out);
  return out.joined();
}

Slice with_size(std::span<const std::uint8_t> frame) {
  Output out(kFramePrefixSize + frame.size());
  out.put_int32(static_cast<std::int32_t>(frame.size()));
  out.put(frame.data(), frame.size());
  return out.joined();
}

std::optional<AnswerFrame> read_answer(const Struct& schema, void* response, Version version,
                                       const Slice& frame, DecodeError& error) {
  ResponseHeader header;
  const auto body_at =
      read_response_header(ApiKey(schema.message.key), version, frame, header, error);
  if (!body_at) return std::nullopt;
  AnswerFrame answer{.correlation_id = header.correlation_id,
                     .body = frame.sub(*body_at, frame.size() - *body_at)};
  if (!decode(schema, response, version, answer.body, error)) return std::nullopt;
  return answer;
}

}  // namespace understudy::wire
