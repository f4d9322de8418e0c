#include "broker/server/foreign_protocol.h"

#include <algorithm>
#include <array>

namespace understudy::server {
namespace {

constexpr std::array<std::string_view, 8> kHttpBeginnings = {"GET ", "POST", "HEAD", "PUT ",
                                                             "DELE", "OPTI", "CONN", "PRI "};

}  // namespace

std::optional<std::string_view> foreign_protocol(std::int32_t announced) {
  const auto bits = static_cast<std::uint32_t>(announced);
  // A TLS record of the kind "handshake", in any version: 3.0 is SSL 3, 3.1 to 3.4 are TLS.
  if (bits >> 16 == 0x1603) return "a TLS handshake";
  const std::array<char, 4> bytes = {static_cast<char>(bits >> 24), static_cast<char>(bits >> 16),
                                     static_cast<char>(bits >> 8), static_cast<char>(bits)};
  const std::string_view text(bytes.data(), bytes.size());
  if (std::ranges::find(kHttpBeginnings, text) != kHttpBeginnings.end()) return "an HTTP request";
  return std::nullopt;
}

}  // namespace understudy::server
