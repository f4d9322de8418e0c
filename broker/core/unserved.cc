#include "broker/core/unserved.h"

#include <memory>
#include <vector>

#include "broker/faults/request_names.h"
#include "wire/engine.h"
#include "wire/messages.h"
#include "wire/messages/find_coordinator.h"

namespace understudy::broker {

using wire::ApiKey;

void Unserved::look_at(const Request& request, const wire::Slice& body) {
  if (!report_) return;
  switch (request.api_key) {
    case ApiKey::kFindCoordinator:
      return look_at_coordinator(request, body);
    case ApiKey::kInitProducerId:
    case ApiKey::kAddPartitionsToTxn:
    case ApiKey::kAddOffsetsToTxn:
    case ApiKey::kEndTxn:
    case ApiKey::kTxnOffsetCommit:
      return look_at_names(Kind::kTransactions, request, body);
    case ApiKey::kShareGroupHeartbeat:
    case ApiKey::kShareGroupDescribe:
    case ApiKey::kShareFetch:
    case ApiKey::kShareAcknowledge:
      return look_at_names(Kind::kShareGroups, request, body);
    default:
      return;
  }
}

void Unserved::look_at_coordinator(const Request& request, const wire::Slice& body) {
  constexpr std::int8_t kTransaction = 1;
  constexpr std::int8_t kShare = 2;
  wire::FindCoordinatorRequest message;
  wire::DecodeError error;
  if (!wire::decode(message, request.version, body, error, {.trailing = wire::Trailing::kIgnore})) {
    return;
  }
  if (message.key_type != kTransaction && message.key_type != kShare) return;
  const RequestNames names =
      names_in(wire::schema_of<wire::FindCoordinatorRequest>, &message, request.version);
  const bool is_share = message.key_type == kShare;
  for (const std::string& name : is_share ? names.groups : names.transactional_ids) {
    note(is_share ? Kind::kShareGroups : Kind::kTransactions, request, name);
  }
}

void Unserved::look_at_names(Kind kind, const Request& request, const wire::Slice& body) {
  const wire::Struct& schema = *wire::find_request(request.api_key);
  const std::unique_ptr<void, void (*)(void*)> message(schema.make(), schema.destroy);
  wire::DecodeError error;
  if (!wire::decode(schema, message.get(), request.version, body, error,
                    {.trailing = wire::Trailing::kIgnore})) {
    return;
  }
  const RequestNames names = names_in(schema, message.get(), request.version);
  for (const std::string& name :
       kind == Kind::kShareGroups ? names.groups : names.transactional_ids) {
    note(kind, request, name);
  }
}

void Unserved::note(Kind kind, const Request& request, const std::string& name) {
  if (name.empty() || told_.size() >= kClientsMax) return;
  if (!told_.emplace(kind, request.client_id).second) return;
  const bool is_share = kind == Kind::kShareGroups;
  report_("client \"" + request.client_id + "\" asks for " +
          (is_share ? "share group '" : "transactions with the transactional id '") + name +
          "': this broker does not serve " + (is_share ? "share groups" : "transactions"));
}

}  // namespace understudy::broker
