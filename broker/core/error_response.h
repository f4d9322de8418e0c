// Error codes put into an answer from outside, for faults.
#pragma once

#include "wire/error_code.h"
#include "wire/schema.h"

namespace understudy::broker {

// Sets every error_code in the message, at any depth.
void set_all_error_codes(const wire::Struct& schema, void* message, wire::ErrorCode error);

// Sets the error_code at the top of the message; false if it has none.
bool set_top_level_error_code(const wire::Struct& schema, void* message, wire::ErrorCode error);

}  // namespace understudy::broker
