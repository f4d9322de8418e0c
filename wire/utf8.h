// What Java makes of bytes that should be UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace understudy::wire {

// `new String(bytes, UTF_8)`, as UTF-8: what is none becomes U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace understudy::wire
