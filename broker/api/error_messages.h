// What is said about an error when there is nothing more special to say.
#pragma once

#include <string>

#include "broker/base/fitting.h"
#include "wire/error_code.h"

namespace understudy::broker {

// A sentence for the errors that administrative answers give without one of their own.
std::string default_message(wire::ErrorCode error);

}  // namespace understudy::broker
