// Whether what a metadata log amounts to can be loaded: it was written whole, but perhaps by
// another program, or with other rules.
#pragma once

#include <optional>
#include <string>

#include "broker/cluster/config_def.h"
#include "broker/cluster/metadata_log.h"

namespace understudy::broker {

// What is wrong, for the line that names the file; nothing if all is well. Configurations that the
// release does not have are left alone. Which nodes there are is not asked here.
std::optional<std::string> check_metadata(const MetadataImage& image, const ConfigDefs& defs);

}  // namespace understudy::broker
