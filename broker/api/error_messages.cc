#include "broker/api/error_messages.h"

namespace understudy::broker {
std::string default_message(wire::ErrorCode error) {
  // Kafka, too, says NONE here.
  return std::string(error == wire::ErrorCode::kNone ? wire::name_of(error)
                                                     : wire::describe(error));
}

}  // namespace understudy::broker
