// Ids that the broker gives to members.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/random.h"

namespace understudy::broker {

// A random id as java.util.UUID prints it, behind the client's id or the instance id:
// "console-consumer-0f8e…" (ClassicGroup.generateMemberId). A prefix that leaves no room for it is
// cut, where Kafka fails.
std::string new_member_id(Random& random, std::string_view prefix);

}  // namespace understudy::broker
