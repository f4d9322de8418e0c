// Security properties that are described and not enforced: nothing here encrypts, logs in or
// authorizes. A test that sets one would pass and prove nothing, so they are refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/cluster/config_def.h"

namespace understudy::broker {

// Why this value of a broker property (or of a listener's: listener.name.x....) is refused, in a
// sentence. Nothing if the property has nothing to do with security, or if the value says what is
// done anyway: the default, or PLAINTEXT for every listener.
std::optional<std::string> why_unenforced(const ConfigDefs& defs, std::string_view name,
                                          std::string_view value);

}  // namespace understudy::broker
