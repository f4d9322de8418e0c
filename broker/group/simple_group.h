// A group that exists because somebody committed offsets in its name: it has no members and no
// protocol.
#pragma once

#include <memory>
#include <string>

#include "broker/group/group.h"

namespace understudy::broker {

std::unique_ptr<Group> make_simple_group(std::string id);

}  // namespace understudy::broker
