// Kafka's ApiError: a code and the sentence that goes with it.
#pragma once

#include <optional>
#include <string>

#include "wire/error_code.h"

namespace understudy::broker {

struct ApiError {
  wire::ErrorCode code = wire::ErrorCode::kNone;
  std::optional<std::string> message = {};

  bool failed() const { return code != wire::ErrorCode::kNone; }
};

// Of a change that was right, with KAFKA_STORAGE_ERROR.
inline constexpr const char* kNotKept = "The change could not be written to the disk.";

}  // namespace understudy::broker
