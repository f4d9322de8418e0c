// A member of a classic group (ClassicGroupMember).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/base/request.h"
#include "broker/group/one_timer.h"
#include "wire/messages_fwd.h"
#include "wire/types.h"

namespace understudy::broker {

// An assignor that a member offers, and what it tells the leader about itself. The bytes are the
// member's own; the broker looks into them only to learn which topics a consumer wants.
struct ClassicProtocol {
  std::string name;
  wire::Bytes metadata;
  bool operator==(const ClassicProtocol&) const = default;
};

// What is known of a member in plain values; the log has the same of a group that is synced, with
// one protocol.
struct ClassicMemberDetails {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;  // "/1.2.3.4"
  std::int32_t rebalance_timeout_ms = 0;
  std::int32_t session_timeout_ms = 0;
  std::vector<ClassicProtocol> protocols;  // the first is preferred
  wire::Bytes assignment;

  bool is_static() const { return instance_id.has_value(); }
  bool supports(std::string_view protocol) const { return find_protocol(protocol) != nullptr; }
  // Null if the member does not offer it.
  const ClassicProtocol* find_protocol(std::string_view name) const {
    for (const ClassicProtocol& protocol : protocols) {
      if (protocol.name == name) return &protocol;
    }
    return nullptr;
  }
};

// A reply that waits for the rest of the group.
template <class Response>
class ParkedReply {
 public:
  bool is_waiting() const { return reply_.has_value(); }
  // Whoever waited before gets no answer: the client has asked again, over another connection as a
  // rule (ClassicGroup.updateMember).
  void park(Reply<Response> reply) {
    if (std::optional<Reply<Response>> before = take()) std::move(*before).nothing();
    reply_.emplace(std::move(reply));
  }
  std::optional<Reply<Response>> take() {
    std::optional<Reply<Response>> taken;
    if (reply_) taken.emplace(std::move(*reply_));
    reply_.reset();
    return taken;
  }

 private:
  std::optional<Reply<Response>> reply_;
};

// The member of a living group: what it waits for, too.
struct ClassicMember : ClassicMemberDetails {
  explicit ClassicMember(ClassicMemberDetails details) : ClassicMemberDetails(std::move(details)) {}

  bool is_new = false;  // its first join has not been answered yet
  ParkedReply<wire::JoinGroupResponse> join;
  ParkedReply<wire::SyncGroupResponse> sync;
  OneTimer session;

  // Whether silence is no sign that it is gone: it waits for us. A new member may be gone all the
  // same, as nobody notices a closed connection while its join is parked.
  bool has_satisfied_heartbeat() const {
    return !is_new && (join.is_waiting() || sync.is_waiting());
  }
};

}  // namespace understudy::broker
