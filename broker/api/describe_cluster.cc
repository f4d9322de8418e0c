// DescribeCluster (60): the nodes and the cluster's id.
//
//   v1   endpoint_type, and errors that name it (KIP-919)
//   v2   fenced brokers on demand (KIP-1073); there never are any
#include "wire/messages/describe_cluster.h"

#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/authorized_operations.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;
constexpr wire::Version kFirstVersionWithEndpointTypes = 1;

}  // namespace

void describe_cluster(Context& context, wire::DescribeClusterRequest request,
                      Reply<wire::DescribeClusterResponse> reply) {
  wire::DescribeClusterResponse response;
  if (request.endpoint_type != kBrokers) {
    const bool is_known = request.endpoint_type == kControllers;
    response.error_code =
        is_known ? ErrorCode::kMismatchedEndpointType : ErrorCode::kUnsupportedEndpointType;
    if (reply.request().version < kFirstVersionWithEndpointTypes) {
      response.error_code = ErrorCode::kInvalidRequest;
    }
    response.error_message =
        is_known
            ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of "
              "type CONTROLLER"
            : "Unsupported endpoint type " + std::to_string(int{request.endpoint_type});
    return std::move(reply).send(std::move(response));
  }
  const std::vector<Node>& nodes = context.cluster.nodes();
  for (const Node& node : nodes) {
    response.brokers.push_back({.broker_id = node.id,
                                .host = node.host,
                                .port = node.port,
                                .rack = node.rack,
                                .is_fenced = false});
  }
  response.cluster_id = context.cluster.cluster_id();
  response.controller_id = nodes[context.random.below(nodes.size())].id;
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kClusterOperations;
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
