// What a mistyped name was meant to be.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace understudy::server {

// How many characters have to be replaced, added or removed to make one word of the other; two
// neighbours that changed places count as one.
std::size_t edit_distance(std::string_view one, std::string_view other);

// "; did you mean --listen?" for a name that is nearly one of the known ones; else nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace understudy::server
