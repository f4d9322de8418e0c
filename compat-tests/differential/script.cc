#include "differential/script.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <istream>
#include <stdexcept>

#include "differential/request_json.h"
#include "wire/json.h"

namespace understudy::differential {
namespace {

constexpr std::string_view kOrigin = "script";

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error(what); }

void check_frame(const json::object& frame) {
  check_members(frame, "a frame",
                {{"key", json::kind::int64},
                 {"version", json::kind::int64},
                 {"size", json::kind::int64},
                 {"cut", json::kind::int64},
                 {"append", json::kind::string},
                 {"flip", json::kind::array}});
  const json::value* flips = frame.if_contains("flip");
  for (const json::value& flip : flips == nullptr ? json::array() : flips->as_array()) {
    const json::array* pair = flip.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_int64() || !(*pair)[1].is_int64()) {
      refuse("a frame's \"flip\" wants pairs of position and bits");
    }
  }
}

void check_step(const json::object& step) {
  if (const json::value* ending = step.if_contains("restart")) {
    check_members(step, "a restart", {{"restart", json::kind::string}});
    const std::string_view text = view_of(ending->get_string());
    if (text != "clean" && text != "kill") refuse("a restart is \"clean\" or \"kill\"");
    return;
  }
  if (step.contains("bytes")) return check_members(step, "a step", {{"bytes", json::kind::string}});
  json::object request = step;
  if (request["clientId"].is_null()) request.erase("clientId");
  check_members(request, "a request",
                {{"api", json::kind::string},
                 {"version", json::kind::int64},
                 {"request", json::kind::object},
                 {"node", json::kind::int64},
                 {"connection", json::kind::int64},
                 {"clientId", json::kind::string},
                 {"pipelined", json::kind::bool_},
                 {"waits", json::kind::bool_},
                 {"frame", json::kind::object}});
  check_request(text_or(step, "api", ""), int_or(step, "version", 0),
                request.contains("request") ? request.at("request") : json::value(json::object()));
  if (const json::value* frame = step.if_contains("frame")) check_frame(frame->as_object());
}

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

void check_members(const json::object& object, std::string_view where,
                   std::initializer_list<Member> known) {
  for (const auto& member : object) {
    const std::string_view name = member.key();
    const auto* const found = std::ranges::find(known, name, &Member::name);
    std::string text(where);
    if (found == known.end()) refuse(text.append(" has no member \"").append(name).append("\""));
    const json::kind kind = member.value().is_uint64() ? json::kind::int64 : member.value().kind();
    if (found->kind && kind != *found->kind) {
      text.append("'s \"").append(name).append("\" is ").append(json::to_string(kind));
      refuse(text.append(", not ").append(json::to_string(*found->kind)));
    }
  }
}

std::string_view view_of(const json::string& text) { return {text.data(), text.size()}; }

std::string to_text(const Script& script) {
  std::string text = json::serialize(json::object{{kOrigin, script.origin}}) + "\n";
  for (const Step& step : script.steps) text += json::serialize(step) + "\n";
  return text;
}

bool is_well_formed(const Script& script) {
  try {
    std::ranges::for_each(script.steps, check_step);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

Script parse_script(std::istream& in) {
  Script script;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    wire::JsonError error;
    const auto value = wire::parse_json(line, error);
    const std::string where = "line " + std::to_string(number) + ": ";
    if (!value) refuse(where + error.describe());
    const json::object* object = value->if_object();
    if (object == nullptr) refuse(where + "not an object");
    if (object->contains(kOrigin)) {
      script.origin = text_or(*object, kOrigin, "");
      continue;
    }
    if (!is_request(*object) && !is_restart(*object) && !object->contains("bytes")) {
      refuse(where + "no step");
    }
    try {
      check_step(*object);
    } catch (const std::exception& wrong) {
      refuse(where + wrong.what());
    }
    script.steps.push_back(*object);
  }
  if (script.steps.empty()) refuse("there is no step in it");
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
