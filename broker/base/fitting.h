// Texts that quote what a client has sent, cut to what fits: a string of the protocol has at most
// 32767 bytes, and what is quoted may have as many by itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::broker {

// The largest string that a message can carry.
inline constexpr std::size_t kStringSizeMax = 32'767;

// At most so many bytes of a text, without half a character at the end.
std::string_view first_bytes(std::string_view text, std::size_t size_max);

// An error's message; one that is cut ends with "...".
std::optional<std::string> fitting(std::optional<std::string> message);

}  // namespace understudy::broker
