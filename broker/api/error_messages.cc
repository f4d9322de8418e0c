#include "broker/api/error_messages.h"

#include <utility>

namespace understudy::broker {
namespace {

// Strings on the wire have at most 32767 bytes; a name that was refused may have as many by itself.
constexpr std::size_t kMessageSizeMax = 2000;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string default_message(wire::ErrorCode error) {
  // Kafka, too, says NONE here.
  return std::string(error == wire::ErrorCode::kNone ? wire::name_of(error)
                                                     : wire::describe(error));
}

std::optional<std::string> fitting(std::optional<std::string> message) {
  if (!message || message->size() <= kMessageSizeMax) return message;
  std::size_t size = kMessageSizeMax;
  while (size > 0 && is_continuation((*message)[size])) --size;
  message->resize(size);
  *message += "...";
  return message;
}

}  // namespace understudy::broker
