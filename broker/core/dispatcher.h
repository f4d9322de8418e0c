// From a frame to a handler, and from an answer to a frame, with the faults on both ways.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/api/table.h"
#include "broker/base/clock.h"
#include "broker/base/outbox.h"
#include "broker/base/request.h"
#include "broker/core/life.h"
#include "broker/core/sessions.h"
#include "broker/core/unserved.h"
#include "broker/faults/faults.h"

namespace understudy::broker {

class Dispatcher : public ReplySink {
 public:
  struct Parts {
    const ServedApis& apis;
    const Clock& clock;
    Outbox& outbox;
    const Sessions& sessions;
    Faults& faults;
    std::optional<Life>& life;  // none: the broker could not start again
    // A line for each request and each answer; empty: none is made.
    std::function<void(const std::string&)> trace;
    // Messages for the person who runs the broker; empty: nobody does.
    std::function<void(const std::string&)> report = {};
  };

  explicit Dispatcher(Parts parts) : parts_(std::move(parts)), unserved_(parts_.report) {}

  // A whole request, without its size prefix, from an open connection.
  void receive(ConnectionId connection, const std::shared_ptr<Session>& session,
               const wire::Slice& frame);

  // Until it returns, replies may be destroyed unanswered: the process that owes them dies.
  template <class Ending>
  void while_dying(const Ending& ending) {
    is_dying_ = true;
    ending();
    is_dying_ = false;
  }

  void respond(std::unique_ptr<Request> request, const wire::Struct& schema,
               void* response) override;
  void respond_nothing(std::unique_ptr<Request> request) override;
  void close(std::unique_ptr<Request> request, const std::string& reason) override;
  void dropped(const Request& request) override;

 private:
  void handle(std::unique_ptr<Request> request, const wire::Slice& body);
  void refuse_api_versions(std::unique_ptr<Request> request);
  static void note_names(Request& request, const wire::Slice& body);
  bool faults_on_request(std::unique_ptr<Request>& request, const wire::Slice& body);
  void faults_on_response(Request& request, const wire::Struct& schema, void* response);
  void answer(std::unique_ptr<Request> request, const wire::Struct& schema, void* response);
  void deliver(const Request& request, std::vector<wire::Slice> frame);
  void trace_request(const Request& request, const wire::Slice& body) const;
  void trace_answer(const Request& request, const wire::Struct& schema, const void* response,
                    const std::vector<wire::Slice>& frame) const;
  std::string topic_name(const wire::Uuid& id) const;

  const Parts parts_;
  Unserved unserved_;
  bool is_dying_ = false;
};

}  // namespace understudy::broker
