#include "broker/core/error_response.h"

namespace understudy::broker {
namespace {

void set_in_value(const wire::Type& type, void* value, wire::ErrorCode error) {
  if (type.value != nullptr) {
    const void* inside = type.peek(value);
    if (inside != nullptr) set_in_value(*type.value, const_cast<void*>(inside), error);
    return;
  }
  if (type.kind == wire::Kind::kStruct) {
    set_all_error_codes(*type.structure, value, error);
  } else if (type.kind == wire::Kind::kArray && type.element->kind == wire::Kind::kStruct) {
    char* item = static_cast<char*>(const_cast<void*>(type.items(value)));
    for (std::size_t i = 0; i < type.count(value); ++i, item += type.element->size) {
      set_in_value(*type.element, item, error);
    }
  }
}

}  // namespace

void set_all_error_codes(const wire::Struct& schema, void* message, wire::ErrorCode error) {
  for (const wire::Field& field : schema.fields) {
    if (field.name == "error_code") {
      *static_cast<wire::ErrorCode*>(field.in(message)) = error;
    } else {
      set_in_value(*field.type, field.in(message), error);
    }
  }
}

bool set_top_level_error_code(const wire::Struct& schema, void* message, wire::ErrorCode error) {
  for (const wire::Field& field : schema.fields) {
    if (field.name != "error_code") continue;
    *static_cast<wire::ErrorCode*>(field.in(message)) = error;
    return true;
  }
  return false;
}

}  // namespace understudy::broker
