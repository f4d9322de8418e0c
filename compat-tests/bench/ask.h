// A question and its answer, blocking. What goes wrong is thrown as std::runtime_error.
#pragma once

#include <stdexcept>

#include "wire/engine.h"
#include "wire/request_frame.h"

namespace understudy::bench {

// Sends a request's frame and waits for that of the answer, whatever is in it.
wire::Slice exchange(int socket, const wire::Slice& request);

template <class Request>
wire::Slice exchange(int socket, const Request& request, wire::Version version) {
  return exchange(
      socket, wire::request_frame({.correlation_id = 7, .client_id = "bench"}, request, version));
}

template <class Response, class Request>
Response ask(int socket, const Request& request, wire::Version version) {
  const wire::Slice answer = exchange(socket, request, version);
  wire::DecodeError error;
  Response response;
  if (!wire::read_answer(response, version, answer, error)) {
    throw std::runtime_error("an answer makes no sense: " + error.describe());
  }
  return response;
}

}  // namespace understudy::bench
