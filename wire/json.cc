#include "wire/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <cstring>

#include "wire/base64.h"
#include "wire/utf8.h"

namespace understudy::wire {
namespace {

namespace json = boost::json;

template <class T>
T load(const void* value) {
  T result;
  std::memcpy(&result, value, sizeof result);
  return result;
}

json::value of_bytes(const Slice& slice) {
  return json::string(base64_encode({slice.data(), slice.size()}, Base64::kPlain));
}

// JSON has no such numbers; Kafka's JSON library writes them as text.
json::value of_double(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

class Writer {
 public:
  Writer(Version version, bool flexible) : version_(version), flexible_(flexible) {}

  json::value of_struct(const Struct& schema, const void* object) const {
    json::object result;
    for (const Field& field : schema.fields) {
      if (!field.versions.contains(version_)) continue;
      const void* value = field.in(object);
      if (field.tag >= 0 && equal(*field.type, value, field.in(schema.blank()))) continue;
      result[json_name(field)] = of_value(*field.type, value);
    }
    const UnknownTags& unknown = unknown_tags_of(object);
    if (flexible_ && !unknown.empty()) result["_unknownTaggedFields"] = of_tags(unknown);
    return result;
  }

 private:
  static json::value of_tags(const UnknownTags& tags) {
    json::array result;
    for (const UnknownTag& tag : tags) {
      result.push_back(json::object{{"tag", tag.tag}, {"data", of_bytes(tag.data)}});
    }
    return result;
  }

  json::value of_value(const Type& type, const void* value) const {
    if (type.value) {
      const void* inside = type.peek(value);
      return inside ? of_value(*type.value, inside) : json::value(nullptr);
    }
    switch (type.kind) {
      case Kind::kBool:
        return load<bool>(value);
      case Kind::kInt8:
        return load<std::int8_t>(value);
      case Kind::kInt16:
        return load<std::int16_t>(value);
      case Kind::kUint16:
        return load<std::uint16_t>(value);
      case Kind::kInt32:
        return load<std::int32_t>(value);
      case Kind::kUint32:
        return load<std::uint32_t>(value);
      case Kind::kInt64:
        return load<std::int64_t>(value);
      case Kind::kFloat64:
        return of_double(load<double>(value));
      case Kind::kUuid:
        return json::string(to_string(*static_cast<const Uuid*>(value)));
      case Kind::kString:
        return json::string(replace_invalid_utf8(*static_cast<const String*>(value)));
      case Kind::kBytes:
      case Kind::kRecords:
        return of_bytes(*static_cast<const Slice*>(value));
      case Kind::kStruct:
        return of_struct(*type.structure, value);
      case Kind::kArray:
        return of_array(type, value);
    }
    return nullptr;
  }

  json::value of_array(const Type& type, const void* value) const {
    json::array result;
    const std::size_t count = type.count(value);
    const char* item = static_cast<const char*>(type.items(value));
    for (std::size_t i = 0; i < count; ++i, item += type.element->size) {
      result.push_back(of_value(*type.element, item));
    }
    return result;
  }

  Version version_;
  bool flexible_;
};

}  // namespace

boost::json::value to_json(const Struct& schema, const void* message, Version version) {
  const bool flexible = schema.message.flexible.contains(version);
  return Writer(version, flexible).of_struct(schema, message);
}

}  // namespace understudy::wire
