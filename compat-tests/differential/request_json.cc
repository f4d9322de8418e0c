#include "differential/request_json.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <stdexcept>
#include <string>

#include "differential/batch_json.h"
#include "differential/script.h"
#include "differential/symbols.h"
#include "wire/json.h"
#include "wire/messages.h"

namespace understudy::differential {
namespace {

namespace json = boost::json;

constexpr std::string_view kTags = "_unknownTaggedFields";

const wire::Type& without_null(const wire::Type& type) {
  return type.value != nullptr ? *type.value : type;
}

json::value complete_value(const wire::Type& type, wire::Version version,
                           const json::value& partial) {
  const wire::Type& inner = without_null(type);
  if (inner.kind == wire::Kind::kStruct) return complete(*inner.structure, version, partial);
  const json::array* items = partial.if_array();
  if (inner.kind != wire::Kind::kArray || items == nullptr) return partial;
  json::array completed;
  completed.reserve(items->size());
  for (const json::value& item : *items) {
    completed.push_back(complete_value(*inner.element, version, item));
  }
  return completed;
}

void check_struct(const wire::Struct& schema, const json::value& value, const std::string& where);

void check_value(const wire::Type& type, const json::value& value, const std::string& where) {
  const wire::Type& inner = without_null(type);
  if (value.is_null()) return;
  if (inner.kind == wire::Kind::kStruct) return check_struct(*inner.structure, value, where);
  if (inner.kind == wire::Kind::kRecords && value.is_object()) {
    return check_batches(value.get_object());
  }
  if (const auto* text = value.if_string()) Symbols::check(view_of(*text));
  if (inner.kind != wire::Kind::kArray) return;
  const json::array* items = value.if_array();
  if (items == nullptr) throw std::runtime_error(where + " is no array");
  for (std::size_t i = 0; i < items->size(); ++i) {
    check_value(*inner.element, (*items)[i], where + "[" + std::to_string(i) + "]");
  }
}

void check_struct(const wire::Struct& schema, const json::value& value, const std::string& where) {
  const json::object* members = value.if_object();
  if (members == nullptr) throw std::runtime_error(where + " is no object");
  for (const auto& member : *members) {
    const std::string_view name = member.key();
    if (name == kTags) continue;
    const auto field = std::ranges::find(schema.fields, name, wire::json_name);
    if (field == schema.fields.end()) {
      throw std::runtime_error(where + " has no field \"" + std::string(name) + "\"");
    }
    check_value(*field->type, member.value(), where + "." + std::string(name));
  }
}

}  // namespace

void check_request(const std::string& api, std::int64_t version, const json::value& request) {
  const wire::Message* message = wire::find_message(api + "Request");
  if (message == nullptr) throw std::runtime_error("no API is named '" + api + "'");
  if (version < INT16_MIN || version > INT16_MAX ||
      !message->schema->message.versions.contains(wire::Version(version))) {
    throw std::runtime_error(api + " has no version " + std::to_string(version));
  }
  check_struct(*message->schema, request, "request");
}

json::value complete(const wire::Struct& schema, wire::Version version,
                     const json::value& partial) {
  const json::object* members = partial.if_object();
  if (members == nullptr) return partial;
  json::object completed;
  json::value defaults;
  for (const wire::Field& field : schema.fields) {
    if (!field.versions.contains(version)) continue;
    const std::string name = wire::json_name(field);
    if (const json::value* member = members->if_contains(name)) {
      completed[name] = complete_value(*field.type, version, *member);
    } else if (field.tag < 0) {
      if (defaults.is_null()) defaults = wire::to_json(schema, schema.blank(), version);
      completed[name] = defaults.at(name);
    }
  }
  if (const json::value* tags = members->if_contains(kTags); tags && !tags->as_array().empty()) {
    completed[kTags] = *tags;
  }
  return completed;
}

}  // namespace understudy::differential
