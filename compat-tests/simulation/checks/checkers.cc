#include "simulation/checks/checkers.h"

#include <utility>

#include "wire/header.h"

namespace understudy::simulation {

void Checkers::request(const Request& request) {
  in_flight_.insert_or_assign(request.connection, request);
  for (const auto& checker : checkers_) checker->request(request);
}

void Checkers::answer(ConnectionId connection, const wire::Slice& frame) {
  const auto entry = in_flight_.extract(connection);
  if (entry.empty()) return;
  const Request& request = entry.mapped();
  wire::ResponseHeader header;
  wire::DecodeError error;
  const auto body_at =
      wire::read_response_header(request.key, request.version, frame, header, error);
  if (!body_at) return findings_.push_back({Check::kAnswer, "an answer without a header"});
  if (header.correlation_id != request.correlation_id) {
    findings_.push_back({Check::kAnswer, "an answer to another request"});
  }
  const wire::Slice body = frame.sub(*body_at, frame.size() - *body_at);
  for (const auto& checker : checkers_) checker->answer(request, body);
}

void Checkers::disconnected(ConnectionId connection) {
  in_flight_.erase(connection);
  for (const auto& checker : checkers_) checker->disconnected(connection);
}

}  // namespace understudy::simulation
