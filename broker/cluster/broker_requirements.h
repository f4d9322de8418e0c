// What a broker's configurations have to satisfy together, and what a running broker can take.
#pragma once

#include <optional>
#include <string>

#include "broker/cluster/config_values.h"

namespace understudy::broker {

// What is wrong with values that are good each by itself; nothing if all is well
// (AbstractKafkaConfig.validateValues).
std::optional<std::string> check_broker_requirements(const BrokerLayers& layers);

// The same with a change of a running broker: the parts of it that are reconfigured have their own
// limits (BrokerReconfigurable.validateReconfiguration).
std::optional<std::string> check_reconfiguration(const BrokerLayers& before,
                                                 const BrokerLayers& after);

}  // namespace understudy::broker
