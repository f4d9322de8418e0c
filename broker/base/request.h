// One request while it is being answered, and the reply that is owed for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/session.h"
#include "wire/api_key.h"
#include "wire/assert.h"
#include "wire/schema.h"

namespace understudy::broker {

// One partition that a Produce or Fetch request names, and for Produce its batch; faults match on
// it.
struct RequestSubject {
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
};

// Whom a request speaks for or about; faults match on it.
struct RequestNames {
  std::vector<std::string> groups;
  std::vector<std::string> members;
  std::vector<std::string> instances;
  std::vector<std::string> transactional_ids;
};

// What faults have decided for the rest of a request's way: wait, then send, drop, cut or close.
struct FaultPlan {
  enum class Kind : std::uint8_t { kSend, kDrop, kCut, kClose };
  Kind kind = Kind::kSend;
  std::size_t cut_after_bytes =
      0;  // kCut: so many bytes of the frame go out, then the connection closes
  std::int64_t delay_ms = 0;
  std::uint64_t hold = 0;  // not 0: waits until the rule with this id releases it
};

struct Request {
  ConnectionId connection = 0;
  NodeId node = -1;                  // the node whose listener accepted the connection
  std::shared_ptr<Session> session;  // null in tests of handlers alone
  wire::ApiKey api_key{};
  wire::Version version = 0;
  std::int32_t correlation_id = 0;
  std::string client_id;

  std::int64_t received_ms = 0;  // by the monotonic clock; noted only while requests are traced

  // Filled only while fault rules exist.
  std::vector<RequestSubject> subjects;
  RequestNames names;
  FaultPlan plan;
};

// Takes finished requests; the core's dispatcher is the one implementation outside of tests.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  // `response` is a message of `schema`; it may be changed (faults), and is not stored.
  virtual void respond(std::unique_ptr<Request> request, const wire::Struct& schema,
                       void* response) = 0;
  // The request is done and gets no answer (Produce with acks = 0).
  virtual void respond_nothing(std::unique_ptr<Request> request) = 0;
  // No answer, and the connection is closed.
  virtual void close(std::unique_ptr<Request> request, const std::string& reason) = 0;
  // The reply was destroyed unanswered. Asserts that this may be: its connection is gone, or the
  // process that received it.
  virtual void dropped(const Request& request) = 0;
};

// An answer that is owed. It can only be moved, and answering consumes it:
// `std::move(reply).send(response)`. Answering twice is a bug; so is destroying it unanswered while
// somebody still waits.
template <class Response>
class Reply {
 public:
  Reply(ReplySink& sink, std::unique_ptr<Request> request)
      : sink_(&sink), request_(std::move(request)) {}
  ~Reply() {
    if (request_ != nullptr) sink_->dropped(*request_);
  }
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) = delete;

  Request& request() { return *request_; }
  const Request& request() const { return *request_; }

  void send(Response response) && { sink_->respond(take(), wire::schema_of<Response>, &response); }
  void nothing() && { sink_->respond_nothing(take()); }
  void close(const std::string& reason) && { sink_->close(take(), reason); }

 private:
  std::unique_ptr<Request> take() {
    ASSERT(request_ != nullptr);
    return std::move(request_);
  }

  ReplySink* sink_;
  std::unique_ptr<Request> request_;
};

}  // namespace understudy::broker
