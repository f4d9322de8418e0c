#include "broker/group/consumer_heartbeat_check.h"

#include <algorithm>
#include <utility>

#include "broker/cluster/config_def.h"
#include "broker/group/consumer_member.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

// Clients of version 0 have their first id made by the broker.
constexpr wire::Version kFirstVersionWithOwnIds = 1;

ApiError invalid(const char* message) { return {ErrorCode::kInvalidRequest, message}; }

bool is_blank(const std::string& text) { return trimmed(text).empty(); }
bool is_blank(const std::optional<std::string>& text) { return text && is_blank(*text); }

ApiError check_names(const wire::ConsumerGroupHeartbeatRequest& request, wire::Version version) {
  const bool needs_id = version >= kFirstVersionWithOwnIds || request.member_epoch > 0 ||
                        request.member_epoch == kLeavingEpoch;
  if (needs_id && is_blank(request.member_id)) return invalid("MemberId can't be empty.");
  if (is_blank(request.group_id)) return invalid("GroupId can't be empty.");
  if (is_blank(request.instance_id)) return invalid("InstanceId can't be empty.");
  if (is_blank(request.rack_id)) return invalid("RackId can't be empty.");
  return {};
}

ApiError check_join(const wire::ConsumerGroupHeartbeatRequest& request) {
  if (request.rebalance_timeout_ms == -1) {
    return invalid("RebalanceTimeoutMs must be provided in first request.");
  }
  if (!request.topic_partitions || !request.topic_partitions->empty()) {
    return invalid("TopicPartitions must be empty when (re-)joining.");
  }
  if (!request.subscribed_topic_names && !request.subscribed_topic_regex) {
    return invalid(
        "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
  }
  return {};
}

ApiError check_epoch_of(const wire::ConsumerGroupHeartbeatRequest& request) {
  if (request.member_epoch == kJoiningEpoch) return check_join(request);
  if (request.member_epoch == kAwayEpoch && !request.instance_id) {
    return invalid("InstanceId can't be null.");
  }
  if (request.member_epoch < kAwayEpoch) return invalid("MemberEpoch is invalid.");
  return {};
}

ApiError check_assignor(const wire::ConsumerGroupHeartbeatRequest& request,
                        const std::vector<std::string>& assignors) {
  const auto& wanted = request.server_assignor;
  if (!wanted || std::ranges::count(assignors, *wanted) != 0) return {};
  std::string names;
  for (const std::string& name : assignors) names += (names.empty() ? "" : ", ") + name;
  return {ErrorCode::kUnsupportedAssignor,
          "ServerAssignor " + *wanted + " is not supported. Supported assignors: " + names + "."};
}

}  // namespace

ApiError check_consumer_heartbeat(const wire::ConsumerGroupHeartbeatRequest& request,
                                  wire::Version version,
                                  const std::vector<std::string>& assignors) {
  if (ApiError error = check_names(request, version); error.failed()) return error;
  if (ApiError error = check_epoch_of(request); error.failed()) return error;
  return check_assignor(request, assignors);
}

}  // namespace understudy::broker
