#include "wire/base64.h"

#include <cstddef>

namespace understudy::wire {
namespace {

constexpr std::string_view kPlainAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafeAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string_view characters(Base64 alphabet) {
  return alphabet == Base64::kPlain ? kPlainAlphabet : kUrlSafeAlphabet;
}

}  // namespace

std::string base64_encode(std::span<const std::uint8_t> bytes, Base64 alphabet) {
  const std::string_view digits = characters(alphabet);
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) text += digits[bits >> (held - 6) & 63];
  }
  if (held != 0) text += digits[bits << (6 - held) & 63];
  while (alphabet == Base64::kPlain && text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::vector<std::uint8_t>> base64_decode(std::string_view text, Base64 alphabet) {
  const std::string_view digits = characters(alphabet);
  const std::string_view whole = text;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | std::uint32_t(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(std::uint8_t(bits >> held));
  }
  // One spelling for each value: refuses wrong padding and stray bits at the end.
  if (base64_encode(bytes, alphabet) != whole) return std::nullopt;
  return bytes;
}

}  // namespace understudy::wire
