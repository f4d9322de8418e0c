// Base64 as Kafka's JSON uses it: the plain alphabet with padding for bytes, the URL-safe one
// without padding for ids.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::wire {

enum class Base64 { kPlain, kUrlSafe };

std::string base64_encode(std::span<const std::uint8_t> bytes, Base64 alphabet);

// Null for anything that base64_encode() does not produce.
std::optional<std::vector<std::uint8_t>> base64_decode(std::string_view text, Base64 alphabet);

}  // namespace understudy::wire
