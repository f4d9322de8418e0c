#include "broker/base/fitting.h"

namespace understudy::broker {
namespace {

constexpr std::size_t kMessageSizeMax = 2000;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string_view first_bytes(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) return text;
  while (size_max > 0 && is_continuation(text[size_max])) --size_max;
  return text.substr(0, size_max);
}

std::optional<std::string> fitting(std::optional<std::string> message) {
  if (!message || message->size() <= kMessageSizeMax) return message;
  message->resize(first_bytes(*message, kMessageSizeMax).size());
  *message += "...";
  return message;
}

}  // namespace understudy::broker
