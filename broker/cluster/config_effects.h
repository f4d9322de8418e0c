// Configurations that Kafka heeds and Understudy does not: what a test sets must have an effect, or
// the test would pass and prove nothing. So they are refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/cluster/config_def.h"

namespace understudy::broker {

// Why this value of a broker property (or of a listener's: listener.name.x....) is refused, in a
// sentence. Nothing if the property is heeded or only described, or if the value says what is so
// anyway: the default, or PLAINTEXT for every listener.
std::optional<std::string> why_unheeded(const ConfigDefs& defs, std::string_view name,
                                        std::string_view value);
// The same of one configuration, whatever it is of.
std::optional<std::string> why_unheeded(const ConfigDef& def, std::string_view name,
                                        std::string_view value);

// All configurations by what comes of them, in Markdown: for the README.
std::string config_effects_table(const ConfigDefs& defs);

}  // namespace understudy::broker
