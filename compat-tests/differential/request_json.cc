#include "differential/request_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

#include "wire/json.h"

namespace understudy::differential {
namespace {

namespace json = boost::json;

json::value complete_value(const wire::Type& type, wire::Version version,
                           const json::value& partial) {
  const wire::Type& inner = type.value != nullptr ? *type.value : type;
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

}  // namespace

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
  constexpr std::string_view kTags = "_unknownTaggedFields";
  if (const json::value* tags = members->if_contains(kTags); tags && !tags->as_array().empty()) {
    completed[kTags] = *tags;
  }
  return completed;
}

}  // namespace understudy::differential
