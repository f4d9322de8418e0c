#include "differential/script.h"

#include <boost/json/serialize.hpp>
#include <istream>
#include <stdexcept>

#include "wire/json.h"

namespace understudy::differential {
namespace {

constexpr std::string_view kOrigin = "script";

void collect_names(const json::value& value, std::set<std::string>& names) {
  if (const auto* text = value.if_string()) {
    if (text->starts_with('@')) names.emplace(view_of(*text));
  } else if (const auto* array = value.if_array()) {
    for (const json::value& item : *array) collect_names(item, names);
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) collect_names(member.value(), names);
  }
}

}  // namespace

std::string_view view_of(const json::string& text) { return {text.data(), text.size()}; }

std::string to_text(const Script& script) {
  std::string text = json::serialize(json::object{{kOrigin, script.origin}}) + "\n";
  for (const Step& step : script.steps) text += json::serialize(step) + "\n";
  return text;
}

Script parse_script(std::istream& in) {
  Script script;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    wire::JsonError error;
    const auto value = wire::parse_json(line, error);
    if (!value || !value->is_object()) {
      throw std::runtime_error("line " + std::to_string(number) + ": " +
                               (value ? "not an object" : error.describe()));
    }
    const json::object& object = value->get_object();
    if (object.contains(kOrigin)) {
      script.origin = text_or(object, kOrigin, "");
    } else if (is_request(object) || is_restart(object) || object.contains("bytes")) {
      script.steps.push_back(object);
    } else {
      throw std::runtime_error("line " + std::to_string(number) + ": no step");
    }
  }
  return script;
}

bool is_request(const Step& step) { return step.contains("api"); }
bool is_restart(const Step& step) { return step.contains("restart"); }

std::size_t request_count(const Script& script) {
  std::size_t count = 0;
  for (const Step& step : script.steps) count += is_restart(step) ? 0 : 1;
  return count;
}

std::set<std::string> topic_names(const Script& script) {
  std::set<std::string> names;
  for (const Step& step : script.steps) collect_names(step, names);
  return names;
}

std::set<std::string> topic_names(const Step& step) {
  std::set<std::string> names;
  collect_names(step, names);
  return names;
}

std::int64_t int_or(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return otherwise;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
  return otherwise;
}

bool is_set(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string text_or(const json::object& object, std::string_view name, std::string_view otherwise) {
  const json::value* value = object.if_contains(name);
  return std::string(value != nullptr && value->is_string() ? view_of(value->get_string())
                                                            : otherwise);
}

}  // namespace understudy::differential
