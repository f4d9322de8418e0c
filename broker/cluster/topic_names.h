// Which names topics may have.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/base/api_error.h"

namespace understudy::broker {

// Why no topic may have this name; nothing if one may.
std::optional<std::string> invalid_topic_name(std::string_view name);

// The name is legal and taken: the files would be those of the metadata log.
ApiError check_reserved_name(std::string_view name);

// Metric names cannot tell '.' and '_' apart: topics whose unified names are the same collide.
bool has_collision_chars(std::string_view name);
std::string unified_topic_name(std::string_view name);

}  // namespace understudy::broker
