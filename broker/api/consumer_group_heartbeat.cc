// ConsumerGroupHeartbeat (68): a member of a consumer group joins, keeps up and leaves (KIP-848).
//
//   v1   regular expressions, and members choose their ids themselves (KIP-848 as of 4.0)
#include "wire/messages/consumer_group_heartbeat.h"

#include <utility>

#include "broker/api/error_messages.h"
#include "broker/api/group_handlers.h"
#include "broker/group/consumer_groups.h"
#include "broker/group/consumer_heartbeat_check.h"
#include "broker/group/group_coordinator.h"

namespace understudy::broker {

void consumer_group_heartbeat(Context& context, wire::ConsumerGroupHeartbeatRequest request,
                              Reply<wire::ConsumerGroupHeartbeatResponse> reply) {
  const BrokerConfig& config = context.cluster.configs().of(reply.request().node);
  const auto refuse = [&](wire::ErrorCode code, std::optional<std::string> message) {
    std::move(reply).send({.error_code = code, .error_message = fitting(std::move(message))});
  };
  if (!config.has_consumer_protocol) {
    return refuse(wire::ErrorCode::kUnsupportedVersion, std::nullopt);
  }
  const ApiError error =
      check_consumer_heartbeat(request, reply.request().version, config.group_consumer_assignors);
  if (error.failed()) return refuse(error.code, error.message);
  const auto shard = context.groups.find(reply.request().node, request.group_id);
  if (!shard) return refuse(shard.error(), default_message(shard.error()));
  (*shard)->consumer().heartbeat(request, std::move(reply));
}

}  // namespace understudy::broker
