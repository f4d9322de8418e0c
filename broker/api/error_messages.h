// What is said about an error when there is nothing more special to say.
#pragma once

#include <optional>
#include <string>

#include "wire/error_code.h"

namespace understudy::broker {

// A sentence for the errors that administrative answers give without one of their own.
std::string default_message(wire::ErrorCode error);

// A message that quotes what a client has sent, cut to a length that fits into an answer.
std::optional<std::string> fitting(std::optional<std::string> message);

}  // namespace understudy::broker
