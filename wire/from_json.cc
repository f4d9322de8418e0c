#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstring>
#include <limits>

#include "wire/base64.h"
#include "wire/json.h"

namespace understudy::wire {
namespace {

namespace json = boost::json;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

class Reader {
 public:
  Reader(Version version, bool flexible, JsonError& error)
      : version_(version), flexible_(flexible), error_(error) {}

  bool read_struct(const Struct& schema, void* object, const json::value& value) {
    const json::object* members = value.if_object();
    if (!members) return fail("expected an object");
    std::size_t used = 0;
    for (const Field& field : schema.fields) {
      if (!field.versions.contains(version_)) continue;
      const std::string name = json_name(field);
      const json::value* member = members->if_contains(name);
      if (!member && field.tag >= 0) continue;
      ++used;
      const bool nullable = field.nullable.contains(version_);
      const bool read = member ? read_value(*field.type, nullable, field.in(object), *member)
                               : fail("missing field");
      if (!read) return at(name);
    }
    if (const json::value* tags = members->if_contains(kUnknown)) {
      ++used;
      if (!read_tags(schema, unknown_tags_of(object), *tags)) return at(kUnknown);
    }
    return used == members->size() || refuse_stranger(schema, *members);
  }

 private:
  static constexpr std::string_view kUnknown = "_unknownTaggedFields";

  bool fail(std::string reason) {
    error_.reason = std::move(reason);
    return false;
  }

  bool at(std::string_view name) {
    const bool joined = error_.path.empty() || error_.path[0] == '[';
    error_.path = std::string(name) + (joined ? "" : ".") + error_.path;
    return false;
  }

  bool refuse_stranger(const Struct& schema, const json::object& members) {
    for (const auto& member : members) {
      bool known = std::string_view(member.key()) == kUnknown;
      for (const Field& field : schema.fields) {
        known = known || (field.versions.contains(version_) && json_name(field) == member.key());
      }
      if (!known) {
        fail("this version has no such field");
        return at(member.key());
      }
    }
    return true;
  }

  bool read_value(const Type& type, bool nullable, void* target, const json::value& value) {
    if (value.is_null()) {
      if (!nullable) return fail("null where no null is allowed");
      type.reset(target);
      return true;
    }
    if (type.value) return read_value(*type.value, false, type.emplace(target), value);
    switch (type.kind) {
      case Kind::kBool:
        return read_bool(target, value);
      case Kind::kInt8:
        return read_integer<std::int8_t>(target, value);
      case Kind::kInt16:
        return read_integer<std::int16_t>(target, value);
      case Kind::kUint16:
        return read_integer<std::uint16_t>(target, value);
      case Kind::kInt32:
        return read_integer<std::int32_t>(target, value);
      case Kind::kUint32:
        return read_integer<std::uint32_t>(target, value);
      case Kind::kInt64:
        return read_integer<std::int64_t>(target, value);
      case Kind::kFloat64:
        return read_double(target, value);
      case Kind::kUuid:
        return read_uuid(*static_cast<Uuid*>(target), value);
      case Kind::kString:
        return read_string(*static_cast<String*>(target), value);
      case Kind::kBytes:
      case Kind::kRecords:
        return read_bytes(*static_cast<Slice*>(target), value);
      case Kind::kStruct:
        return read_struct(*type.structure, target, value);
      case Kind::kArray:
        return read_array(type, target, value);
    }
    return fail("unknown type");
  }

  bool read_bool(void* target, const json::value& value) {
    if (!value.is_bool()) return fail("expected true or false");
    *static_cast<bool*>(target) = value.get_bool();
    return true;
  }

  template <class Integer>
  bool read_integer(void* target, const json::value& value) {
    if (!value.is_int64()) return fail("expected an integer that fits the type");
    const std::int64_t number = value.get_int64();
    if (number < std::int64_t(std::numeric_limits<Integer>::min()) ||
        number > std::int64_t(std::numeric_limits<Integer>::max())) {
      return fail("expected an integer that fits the type");
    }
    const auto narrow = Integer(number);
    std::memcpy(target, &narrow, sizeof narrow);
    return true;
  }

  bool read_double(void* target, const json::value& value) {
    double number = 0;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (value.is_number()) {
      number = value.to_number<double>();
    } else if (value == "NaN") {
      number = std::numeric_limits<double>::quiet_NaN();
    } else if (value == "Infinity" || value == "-Infinity") {
      number = value == "Infinity" ? kInfinity : -kInfinity;
    } else {
      return fail("expected a number");
    }
    std::memcpy(target, &number, sizeof number);
    return true;
  }

  bool read_uuid(Uuid& target, const json::value& value) {
    const json::string* text = value.if_string();
    const auto bytes = text ? base64_decode(view(*text), Base64::kUrlSafe) : std::nullopt;
    if (!bytes || bytes->size() != target.bytes.size()) return fail("expected an id in base64");
    std::memcpy(target.bytes.data(), bytes->data(), target.bytes.size());
    return true;
  }

  bool read_string(String& target, const json::value& value) {
    const json::string* text = value.if_string();
    if (!text) return fail("expected a string");
    if (text->size() > 32767) return fail("string is longer than 32767 bytes");
    target = view(*text);
    return true;
  }

  bool read_bytes(Slice& target, const json::value& value) {
    const json::string* text = value.if_string();
    auto bytes = text ? base64_decode(view(*text), Base64::kPlain) : std::nullopt;
    if (!bytes) return fail("expected bytes in base64");
    target = Slice::copy_of({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    return true;
  }

  bool read_array(const Type& type, void* target, const json::value& value) {
    const json::array* items = value.if_array();
    if (!items) return fail("expected an array");
    char* item = static_cast<char*>(type.resize(target, items->size()));
    for (std::size_t i = 0; i < items->size(); ++i, item += type.element->size) {
      if (!read_value(*type.element, false, item, (*items)[i])) {
        return at("[" + std::to_string(i) + "]");
      }
    }
    return true;
  }

  bool read_tags(const Struct& schema, UnknownTags& target, const json::value& value) {
    if (!flexible_) return fail("this version has no tagged fields");
    const json::array* items = value.if_array();
    if (!items) return fail("expected an array");
    std::int64_t previous = -1;
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (!read_tag(schema, target, previous, (*items)[i]))
        return at("[" + std::to_string(i) + "]");
    }
    return true;
  }

  bool read_tag(const Struct& schema, UnknownTags& target, std::int64_t& previous,
                const json::value& value) {
    const json::object* pair = value.if_object();
    const json::value* number = pair ? pair->if_contains("tag") : nullptr;
    const json::value* data = pair ? pair->if_contains("data") : nullptr;
    if (!number || !data || pair->size() != 2) return fail("expected an object of tag and data");
    UnknownTag tag;
    if (!read_integer<std::uint32_t>(&tag.tag, *number)) return at("tag");
    if (!read_bytes(tag.data, *data)) return at("data");
    if (tag.tag <= previous) return fail("tags are not in ascending order");
    for (const Field& field : schema.fields) {
      if (field.tag >= 0 && std::uint32_t(field.tag) == tag.tag &&
          field.versions.contains(version_)) {
        return fail("this version knows the tag");
      }
    }
    previous = tag.tag;
    target.add(std::move(tag));
    return true;
  }

  Version version_;
  bool flexible_;
  JsonError& error_;
};

}  // namespace

bool from_json(const Struct& schema, void* message, Version version,
               const boost::json::value& value, JsonError& error) {
  if (!schema.message.versions.contains(version)) {
    error.reason = "version is not supported";
    return false;
  }
  const bool flexible = schema.message.flexible.contains(version);
  return Reader(version, flexible, error).read_struct(schema, message, value);
}

}  // namespace understudy::wire
