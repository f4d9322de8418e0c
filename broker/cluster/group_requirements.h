// What the broker's configurations of groups have to satisfy (GroupCoordinatorConfig).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/cluster/config_values.h"

namespace understudy::broker {

// What is wrong, in a sentence; nothing if all is well.
std::optional<std::string> check_group_requirements(const BrokerLayers& layers);

// "uniform" or "range" for an assignor's name or the name of Kafka's class. Empty: none that is
// here.
std::string_view assignor_named(std::string_view name);

// The elements of a list, without blanks around them.
std::vector<std::string> list_elements(std::string_view text);

}  // namespace understudy::broker
