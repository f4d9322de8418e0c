// FindCoordinator (10): the node that leads a group's partition of the offsets topic.
//
//   v1   key_type: transactions, too (KIP-98)
//   v4   many keys (KIP-699)
//   v6   share groups (KIP-932)
//
// There is no transaction coordinator and no share coordinator: their keys are answered, but never
// with a node.
#include "wire/messages/find_coordinator.h"

#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/error_messages.h"
#include "broker/cluster/changes.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::find_coordinator_response::Coordinator;

enum class KeyType : std::int8_t { kGroup = 0, kTransaction = 1, kShare = 2 };

constexpr NodeId kNoNode = -1;
constexpr std::int32_t kNoPort = -1;
constexpr wire::Version kFirstVersionWithManyKeys = 4;
constexpr wire::Version kFirstVersionWithShareGroups = 6;

Coordinator refuse(const std::string& key, ErrorCode error, std::string message = "") {
  Coordinator coordinator;
  coordinator.key = key;
  coordinator.node_id = kNoNode;
  coordinator.port = kNoPort;
  coordinator.error_code = error;
  coordinator.error_message = std::move(message);
  return coordinator;
}

Coordinator find_group_coordinator(Context& context, NodeId node, const std::string& group_id) {
  const Node* found =
      broker::find_coordinator(context.cluster, node, InternalTopic::kOffsets, group_id);
  if (found == nullptr) return refuse(group_id, ErrorCode::kCoordinatorNotAvailable);
  Coordinator coordinator;
  coordinator.key = group_id;
  coordinator.node_id = found->id;
  coordinator.host = found->host;
  coordinator.port = found->port;
  return coordinator;
}

Coordinator find_one(Context& context, const Request& envelope, KeyType type,
                     const std::string& key) {
  switch (type) {
    case KeyType::kGroup:
      return find_group_coordinator(context, envelope.node, key);
    case KeyType::kTransaction:
      // The topic is made as in Kafka, which is all that there is of transactions.
      broker::find_coordinator(context.cluster, envelope.node, InternalTopic::kTransactions, key);
      return refuse(key, ErrorCode::kCoordinatorNotAvailable,
                    "This broker does not serve transactions.");
    case KeyType::kShare:
      if (envelope.version < kFirstVersionWithShareGroups) {
        return refuse(key, ErrorCode::kInvalidRequest);
      }
      return refuse(key, ErrorCode::kInvalidRequest, "This broker does not serve share groups.");
  }
  return refuse(key, ErrorCode::kInvalidRequest, default_message(ErrorCode::kInvalidRequest));
}

// Before v4: one answer, always with a text, which for success is the error's name.
void answer_single(Coordinator coordinator, wire::FindCoordinatorResponse& response) {
  response.error_code = coordinator.error_code;
  response.error_message = coordinator.error_message->empty()
                               ? default_message(coordinator.error_code)
                               : std::move(*coordinator.error_message);
  response.node_id = coordinator.node_id;
  response.host = std::move(coordinator.host);
  response.port = coordinator.port;
}

}  // namespace

void find_coordinator(Context& context, wire::FindCoordinatorRequest request,
                      Reply<wire::FindCoordinatorResponse> reply) {
  const auto type = static_cast<KeyType>(request.key_type);
  wire::FindCoordinatorResponse response;
  if (reply.request().version < kFirstVersionWithManyKeys) {
    answer_single(find_one(context, reply.request(), type, request.key), response);
  } else {
    for (const std::string& key : request.coordinator_keys) {
      response.coordinators.push_back(find_one(context, reply.request(), type, key));
    }
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
