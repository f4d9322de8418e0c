// DescribeGroups (15): classic groups with their members.
//
//   v3   authorized operations (KIP-430)
//   v4   static members (KIP-345)
//   v6   a group that does not exist is GROUP_ID_NOT_FOUND, with a text (KIP-1043)
#include "wire/messages/describe_groups.h"

#include <utility>
#include <vector>

#include "broker/api/authorized_operations.h"
#include "broker/api/group_handlers.h"
#include "broker/api/partwise_reply.h"
#include "broker/group/group_coordinator.h"
#include "broker/group/group_listing.h"

namespace understudy::broker {
namespace {

using wire::DescribeGroupsRequest;
using wire::DescribeGroupsResponse;
using wire::ErrorCode;
using wire::describe_groups_response::DescribedGroup;

DescribedGroup refused_description(const std::string& id, ErrorCode error) {
  DescribedGroup described;
  described.group_id = id;
  described.error_code = error;
  return described;
}

}  // namespace

void describe_groups(Context& context, DescribeGroupsRequest request,
                     Reply<DescribeGroupsResponse> reply) {
  const NodeId node = reply.request().node;
  const wire::Version version = reply.request().version;
  const std::int32_t operations =
      context.profile.has_group_configs() ? kGroupOperations : kGroupOperationsWithoutConfigs;
  const auto answer = PartwiseReply<DescribeGroupsResponse, DescribedGroup>::make(
      std::move(reply), request.groups.size(), [](std::vector<DescribedGroup> parts) {
        DescribeGroupsResponse response;
        response.groups = std::move(parts);
        return response;
      });
  for (std::size_t i = 0; i < request.groups.size(); ++i) {
    const std::string& id = request.groups[i];
    const auto found = context.groups.find(node, id);
    if (!found) {
      answer->put(i, refused_description(id, found.error()));
      continue;
    }
    DescribedGroup described = describe_group(**found, id, version);
    if (request.include_authorized_operations && described.error_code == ErrorCode::kNone) {
      described.authorized_operations = operations;
    }
    (*found)->shard().write({}, [answer, i, described](ErrorCode error) {
      const bool is_read = error == ErrorCode::kNone;
      answer->put(i, is_read ? described : refused_description(described.group_id, error));
    });
  }
}

}  // namespace understudy::broker
