#include "broker/core/dispatcher.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "broker/core/error_response.h"
#include "broker/core/request_trace.h"
#include "broker/faults/request_names.h"
#include "wire/assert.h"
#include "wire/header.h"
#include "wire/messages.h"
#include "wire/messages/api_versions.h"

namespace understudy::broker {
namespace {

using wire::ApiKey;
using wire::ErrorCode;
using wire::Slice;

constexpr const char* kNoMemory = "there is no memory for its answer";

std::vector<Slice> frame_of(const Request& request, const wire::Struct& schema,
                            const void* response, wire::Version version) {
  wire::Output out;
  const std::size_t size_at = out.reserve_int32();
  wire::write_response_header(request.api_key, version, request.correlation_id, out);
  wire::encode(schema, response, version, out);
  out.patch_int32(size_at, static_cast<std::int32_t>(out.size() - sizeof(std::int32_t)));
  return out.finish();
}

void cut(std::vector<Slice>& pieces, std::size_t size) {
  for (Slice& piece : pieces) {
    const std::size_t kept = std::min(piece.size(), size);
    piece = piece.sub(0, kept);
    size -= kept;
  }
}

}  // namespace

void Dispatcher::receive(ConnectionId connection, const std::shared_ptr<Session>& session,
                         const Slice& frame) {
  wire::DecodeError error;
  auto parsed = wire::read_request_header(frame, error);
  if (!parsed) {
    parts_.outbox.close(connection, "request header: " + error.describe());
    return;
  }
  auto request = std::make_unique<Request>();
  request->connection = connection;
  request->node = session->peer.node;
  request->session = session;
  request->api_key = parsed->key;
  request->version = parsed->version;
  request->correlation_id = parsed->header.correlation_id;
  if (parsed->header.client_id) request->client_id = std::move(*parsed->header.client_id);
  const Slice body = frame.sub(parsed->body_at, frame.size() - parsed->body_at);
  if (parts_.trace) {
    request->received_ms = parts_.clock.monotonic_ms();
    trace_request(*request, body);
  }
  if (parts_.faults.use_names()) note_names(*request, body);
  if (!parts_.faults.empty() && !faults_on_request(request, body)) return;
  handle(std::move(request), body);
}

void Dispatcher::handle(std::unique_ptr<Request> request, const Slice& body) {
  unserved_.look_at(*request, body);
  const ServedApi* api = parts_.apis.find(request->api_key);
  if (api == nullptr || !api->versions.contains(request->version)) {
    if (request->api_key == ApiKey::kApiVersions) return refuse_api_versions(std::move(request));
    const std::string reason = describe(*request) + ": not served";
    return close(std::move(request), reason);
  }
  wire::DecodeError error;
  if (api->entry->run(parts_.life->context, *this, request, body, error)) return;
  const std::string reason = describe(*request) + ": " + error.describe();
  close(std::move(request), reason);
}

// KIP-511: a client that asks in a newer version is answered ours in the oldest layout.
void Dispatcher::refuse_api_versions(std::unique_ptr<Request> request) {
  const VersionRange& served = parts_.apis.find(ApiKey::kApiVersions)->versions;
  wire::ApiVersionsResponse response;
  response.error_code = ErrorCode::kUnsupportedVersion;
  response.api_keys.push_back({.api_key = static_cast<std::int16_t>(ApiKey::kApiVersions),
                               .min_version = served.min,
                               .max_version = served.max});
  deliver(*request, frame_of(*request, wire::schema_of<wire::ApiVersionsResponse>, &response, 0));
}

// Decoded once more than without such rules, as far as it can be read.
void Dispatcher::note_names(Request& request, const Slice& body) {
  const wire::Struct* const schema = wire::find_request(request.api_key);
  if (schema == nullptr) return;
  const std::unique_ptr<void, void (*)(void*)> message(schema->make(), schema->destroy);
  wire::DecodeError error;
  static_cast<void>(wire::decode(*schema, message.get(), request.version, body, error,
                                 {.trailing = wire::Trailing::kIgnore}));
  request.names = names_in(*schema, message.get(), request.version);
}

// False if the request does not go on now.
bool Dispatcher::faults_on_request(std::unique_ptr<Request>& request, const Slice& body) {
  FaultPlan plan;
  for (const Faults::Strike& strike : parts_.faults.strikes(Seam::kRequest, *request, nullptr)) {
    Faults::note_in(strike, plan);
    if (plan.kind == FaultPlan::Kind::kClose) {
      close(std::move(request), "a fault drops the connection before the request is parsed");
      return false;
    }
    if (strike.action.kind == Action::Kind::kError) {
      const wire::Struct& schema = *wire::find_response(request->api_key);
      const std::unique_ptr<void, void (*)(void*)> response(schema.make(), schema.destroy);
      set_top_level_error_code(schema, response.get(), strike.action.error);
      respond(std::move(request), schema, response.get());
      return false;
    }
  }
  if (plan.delay_ms == 0 && plan.hold == 0) return true;
  const NodeId request_node = request->node;
  const auto parked = std::make_shared<std::unique_ptr<Request>>(std::move(request));
  parts_.life->parked.run_later(request_node, plan,
                                [this, parked, body] { handle(std::move(*parked), body); });
  return false;
}

void Dispatcher::faults_on_response(Request& request, const wire::Struct& schema, void* response) {
  for (const Faults::Strike& strike : parts_.faults.strikes(Seam::kResponse, request, nullptr)) {
    Faults::note_in(strike, request.plan);
    if (strike.action.kind == Action::Kind::kError) {
      set_all_error_codes(schema, response, strike.action.error);
    } else if (strike.action.kind == Action::Kind::kEdit) {
      strike.action.edit(schema, response);
    }
  }
}

void Dispatcher::respond(std::unique_ptr<Request> request, const wire::Struct& schema,
                         void* response) {
  const ConnectionId connection = request->connection;
  try {
    answer(std::move(request), schema, response);
  } catch (const std::bad_alloc&) {
    if (parts_.sessions.is_open(connection)) parts_.outbox.close(connection, kNoMemory);
  }
}

void Dispatcher::answer(std::unique_ptr<Request> request, const wire::Struct& schema,
                        void* response) {
  if (!parts_.faults.empty()) faults_on_response(*request, schema, response);
  auto frame = frame_of(*request, schema, response, request->version);
  if (parts_.trace) trace_answer(*request, schema, response, frame);
  const FaultPlan& plan = request->plan;
  if (plan.delay_ms == 0 && plan.hold == 0) {
    deliver(*request, std::move(frame));
    return;
  }
  const std::shared_ptr<Request> parked = std::move(request);
  parts_.life->parked.run_later(
      parked->node, parked->plan,
      [this, parked, frame = std::move(frame)] { deliver(*parked, frame); });
}

void Dispatcher::deliver(const Request& request, std::vector<Slice> frame) {
  const ConnectionId connection = request.connection;
  if (!parts_.sessions.is_open(connection)) return;
  switch (request.plan.kind) {
    case FaultPlan::Kind::kSend:
      parts_.outbox.respond(connection, std::move(frame));
      break;
    case FaultPlan::Kind::kDrop:
      parts_.outbox.respond_nothing(connection);
      break;
    case FaultPlan::Kind::kCut:
      cut(frame, request.plan.cut_after_bytes);
      parts_.outbox.respond(connection, std::move(frame));
      parts_.outbox.close(connection, "a fault cuts the response of " + describe(request));
      break;
    case FaultPlan::Kind::kClose:
      parts_.outbox.close(connection, "a fault drops the connection at " + describe(request));
      break;
  }
}

void Dispatcher::respond_nothing(std::unique_ptr<Request> request) {
  if (!parts_.sessions.is_open(request->connection)) return;
  if (request->plan.kind == FaultPlan::Kind::kClose) {
    parts_.outbox.close(request->connection,
                        "a fault drops the connection at " + describe(*request));
    return;
  }
  parts_.outbox.respond_nothing(request->connection);
}

void Dispatcher::close(std::unique_ptr<Request> request, const std::string& reason) {
  if (parts_.sessions.is_open(request->connection))
    parts_.outbox.close(request->connection, reason);
}

void Dispatcher::dropped(const Request& request) {
  if (is_dying_ || !parts_.sessions.is_open(request.connection)) return;
  // Only want of memory lets an exception pass through the core. Nobody will answer any more.
  ASSERT(std::uncaught_exceptions() > 0);
  parts_.outbox.close(request.connection, kNoMemory);
}

std::string Dispatcher::topic_name(const wire::Uuid& id) const {
  const Topic* topic = parts_.life->cluster.find_topic(id);
  return topic == nullptr ? std::string() : topic->name;
}

// Decoded once more than without a trace, and shown as far as it can be read.
void Dispatcher::trace_request(const Request& request, const Slice& body) const {
  const wire::Struct* schema = wire::find_request(request.api_key);
  if (schema == nullptr) return parts_.trace(describe(request));
  const std::unique_ptr<void, void (*)(void*)> message(schema->make(), schema->destroy);
  wire::DecodeError error;
  static_cast<void>(wire::decode(*schema, message.get(), request.version, body, error,
                                 {.trailing = wire::Trailing::kIgnore}));
  parts_.trace(broker::trace_request(request, *schema, message.get(), body.size(),
                                     [this](const wire::Uuid& id) { return topic_name(id); }));
}

void Dispatcher::trace_answer(const Request& request, const wire::Struct& schema,
                              const void* response, const std::vector<Slice>& frame) const {
  std::size_t size_bytes = 0;
  for (const Slice& piece : frame) size_bytes += piece.size();
  parts_.trace(broker::trace_answer(request, schema, response, size_bytes,
                                    parts_.clock.monotonic_ms(),
                                    [this](const wire::Uuid& id) { return topic_name(id); }));
}

}  // namespace understudy::broker
