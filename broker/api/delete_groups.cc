// DeleteGroups (42): deletes groups without members, and their offsets (KIP-229).
#include "wire/messages/delete_groups.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "broker/api/group_handlers.h"
#include "broker/api/partwise_reply.h"
#include "broker/group/group_coordinator.h"
#include "broker/group/group_listing.h"

namespace understudy::broker {
namespace {

using wire::DeleteGroupsRequest;
using wire::DeleteGroupsResponse;
using wire::ErrorCode;

std::vector<std::string> without_repetitions(std::vector<std::string> names) {
  std::set<std::string> seen;
  std::erase_if(names, [&](const std::string& name) { return !seen.insert(name).second; });
  return names;
}

DeleteGroupsResponse response_of(const std::vector<std::string>& names,
                                 const std::vector<ErrorCode>& errors) {
  DeleteGroupsResponse response;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto& result = response.results.emplace_back();
    result.group_id = names[i];
    result.error_code = errors[i];
  }
  return response;
}

using DeletionReply = PartwiseReply<DeleteGroupsResponse, ErrorCode>;

// All groups of one partition go in one operation. `places` are theirs in the answer.
void delete_of(GroupShard& shard, const std::vector<std::string>& names,
               const std::vector<std::size_t>& places,
               const std::shared_ptr<DeletionReply>& answer) {
  std::vector<CoordinatorRecord> records;
  std::map<std::size_t, ErrorCode> results;
  for (const std::size_t place : places) {
    results[place] = decide_group_deletion(shard, names[place], records);
  }
  shard.shard().write(records, [answer, results](ErrorCode error) {
    for (const auto& [place, result] : results) {
      answer->put(place, error == ErrorCode::kNone ? result : error);
    }
  });
}

}  // namespace

void delete_groups(Context& context, DeleteGroupsRequest request,
                   Reply<DeleteGroupsResponse> reply) {
  const NodeId node = reply.request().node;
  const std::vector<std::string> names = without_repetitions(std::move(request.groups_names));
  const auto answer = DeletionReply::make(
      std::move(reply), names.size(),
      [names](const std::vector<ErrorCode>& errors) { return response_of(names, errors); });
  std::map<PartitionKey, std::pair<GroupShard*, std::vector<std::size_t>>> by_partition;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = context.groups.find(node, names[i]);
    if (!found) {
      answer->put(i, found.error());
      continue;
    }
    auto& [shard, places] = by_partition[(*found)->shard().key()];
    shard = *found;
    places.push_back(i);
  }
  for (const auto& [key, one] : by_partition) delete_of(*one.first, names, one.second, answer);
}

}  // namespace understudy::broker
