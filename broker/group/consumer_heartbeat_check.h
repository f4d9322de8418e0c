// What is wrong with a ConsumerGroupHeartbeat whatever the group is (GroupCoordinatorService.
// throwIfConsumerGroupHeartbeatRequestIsInvalid).
#pragma once

#include <string>
#include <vector>

#include "broker/base/api_error.h"
#include "wire/messages/consumer_group_heartbeat.h"

namespace understudy::broker {

// `assignors` as configured.
ApiError check_consumer_heartbeat(const wire::ConsumerGroupHeartbeatRequest& request,
                                  wire::Version version, const std::vector<std::string>& assignors);

}  // namespace understudy::broker
