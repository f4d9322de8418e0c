// Questions about values: are two equal, can a version carry one.
#include <cstring>

#include "wire/engine.h"

namespace understudy::wire {
namespace {

bool equal_arrays(const Type& type, const void* a, const void* b) {
  const std::size_t count = type.count(a);
  if (count != type.count(b)) return false;
  const char* item_a = static_cast<const char*>(type.items(a));
  const char* item_b = static_cast<const char*>(type.items(b));
  const std::size_t stride = type.element->size;
  for (std::size_t i = 0; i < count; ++i) {
    if (!equal(*type.element, item_a + i * stride, item_b + i * stride)) return false;
  }
  return true;
}

using Place = std::optional<std::string>;

Place below(std::string_view name, const Place& inner) {
  if (!inner) return std::nullopt;
  const bool joined = inner->empty() || inner->front() == '[';
  return std::string(name) + (joined ? "" : ".") + *inner;
}

class Checker {
 public:
  Checker(Version version, bool flexible) : version_(version), flexible_(flexible) {}

  Place check_struct(const Struct& schema, const void* object) const {
    if (!flexible_ && !unknown_tags_of(object).empty()) return "unknown_tags";
    for (const Field& field : schema.fields) {
      if (const Place place = check_field(schema, field, object)) return place;
    }
    return std::nullopt;
  }

 private:
  Place check_field(const Struct& schema, const Field& field, const void* object) const {
    const void* value = field.in(object);
    if (!field.versions.contains(version_)) {
      if (field.ignorable || equal(*field.type, value, field.in(schema.blank())))
        return std::nullopt;
      return std::string(field.name);
    }
    const Type* type = field.type;
    if (type->value) {
      value = type->peek(value);
      if (!value && !field.nullable.contains(version_)) return std::string(field.name);
      if (!value) return std::nullopt;
      type = type->value;
    }
    return below(field.name, check_value(*type, value));
  }

  Place check_value(const Type& type, const void* value) const {
    if (type.kind == Kind::kStruct) return check_struct(*type.structure, value);
    if (type.kind == Kind::kString && static_cast<const String*>(value)->size() > 32767) return "";
    if (type.kind != Kind::kArray) return std::nullopt;
    const char* item = static_cast<const char*>(type.items(value));
    const std::size_t count = type.count(value);
    for (std::size_t i = 0; i < count; ++i, item += type.element->size) {
      const Place place = check_value(*type.element, item);
      if (place) return below("[" + std::to_string(i) + "]", place);
    }
    return std::nullopt;
  }

  Version version_;
  bool flexible_;
};

}  // namespace

bool equal(const Struct& schema, const void* a, const void* b) {
  for (const Field& field : schema.fields) {
    if (!equal(*field.type, field.in(a), field.in(b))) return false;
  }
  return unknown_tags_of(a) == unknown_tags_of(b);
}

bool equal(const Type& type, const void* a, const void* b) {
  if (type.value) {
    const void* in_a = type.peek(a);
    const void* in_b = type.peek(b);
    return in_a && in_b ? equal(*type.value, in_a, in_b) : in_a == in_b;
  }
  switch (type.kind) {
    case Kind::kString:
      return *static_cast<const String*>(a) == *static_cast<const String*>(b);
    case Kind::kBytes:
    case Kind::kRecords:
      return *static_cast<const Slice*>(a) == *static_cast<const Slice*>(b);
    case Kind::kStruct:
      return equal(*type.structure, a, b);
    case Kind::kArray:
      return equal_arrays(type, a, b);
    case Kind::kBool:
    case Kind::kInt8:
    case Kind::kInt16:
    case Kind::kUint16:
    case Kind::kInt32:
    case Kind::kUint32:
    case Kind::kInt64:
    case Kind::kFloat64:
    case Kind::kUuid:
      return std::memcmp(a, b, type.size) == 0;
  }
  return false;
}

std::optional<std::string> unwritable(const Struct& schema, const void* message, Version version) {
  const bool flexible = schema.message.flexible.contains(version);
  return Checker(version, flexible).check_struct(schema, message);
}

}  // namespace understudy::wire
