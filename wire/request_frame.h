// A whole request and a whole answer, headers and all: what clients and tests put together and take
// apart. The broker does it in pieces (header.h), because it decides between the two.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "wire/engine.h"
#include "wire/messages/headers.h"

namespace understudy::wire {

// The header with the message's key and this version filled in, then the message. Without the size
// that stands before it on a connection.
Slice request_frame(RequestHeader header, const Struct&, const void* request, Version);

template <class Request>
Slice request_frame(RequestHeader header, const Request& request, Version version) {
  return request_frame(std::move(header), schema_of<Request>, &request, version);
}

// The frame behind its size, as it goes over a connection.
Slice with_size(std::span<const std::uint8_t> frame);

struct AnswerFrame {
  std::int32_t correlation_id = 0;
  Slice body;
};

// Fills a fresh response to a request of that version. Nothing if header or body make no sense, or
// bytes are left over.
std::optional<AnswerFrame> read_answer(const Struct&, void* response, Version, const Slice& frame,
                                       DecodeError&);

template <class Response>
std::optional<AnswerFrame> read_answer(Response& response, Version version, const Slice& frame,
                                       DecodeError& error) {
  return read_answer(schema_of<Response>, &response, version, frame, error);
}

}  // namespace understudy::wire
