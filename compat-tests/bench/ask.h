// A question and its answer, blocking. What goes wrong is thrown as std::runtime_error.
#pragma once

#include <stdexcept>

#include "wire/engine.h"
#include "wire/header.h"

namespace understudy::bench {

// The frame of the answer, whatever is in it.
wire::Slice exchange(int socket, const wire::Struct& schema, const void* request,
                     wire::Version version);

template <class Response, class Request>
Response ask(int socket, const Request& request, wire::Version version) {
  const wire::Struct& schema = wire::schema_of<Request>;
  const wire::Slice answer = exchange(socket, schema, &request, version);
  wire::DecodeError error;
  wire::ResponseHeader header;
  Response response;
  const auto body_at =
      wire::read_response_header(wire::ApiKey(schema.message.key), version, answer, header, error);
  if (!body_at || !wire::decode(wire::schema_of<Response>, &response, version,
                                answer.sub(*body_at, answer.size() - *body_at), error)) {
    throw std::runtime_error("an answer makes no sense: " + error.describe());
  }
  return response;
}

}  // namespace understudy::bench
