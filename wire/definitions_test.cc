// Compares our declarations with Kafka's own definitions, field by field and in both directions.
// This is how a typo in a row is found, and how a new Kafka release is taken over.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "wire/json.h"
#include "wire/testing/oracles.h"
#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

namespace json = boost::json;
using Definitions = std::map<std::string, json::object>;

std::string text_of(const json::object& object, const char* name, const char* otherwise = "") {
  const json::value* member = object.if_contains(name);
  if (!member || member->is_null()) return otherwise;
  if (member->is_string()) return std::string(member->as_string().c_str());
  return json::serialize(*member);
}

// The files are JSON with whole lines of // comments.
json::object load_definition(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start != std::string::npos && line.compare(start, 2, "//") != 0) text += line + "\n";
  }
  JsonError error;
  const auto value = parse_json(text, error);
  if (!value) {
    ADD_FAILURE() << path << ": " << error.describe();
    return {};
  }
  return value->as_object();
}

// Those that Kafka still encodes. A message without valid versions has no fields to declare.
const Definitions& official() {
  static const Definitions definitions = [] {
    Definitions result;
    const std::string folder = oracle_file("messages");
    if (!std::filesystem::exists(folder)) return result;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".json") continue;
      json::object definition = load_definition(entry.path());
      if (text_of(definition, "validVersions") == "none") continue;
      result[text_of(definition, "name")] = std::move(definition);
    }
    return result;
  }();
  return definitions;
}

// "3", "3-5", "3+" and "none" all in one spelling, so that "3-3" equals "3".
std::string range(const std::string& text) {
  if (text.empty() || text == "none") return "none";
  Versions versions;
  char* end = nullptr;
  versions.first = versions.last = Version(std::strtol(text.c_str(), &end, 10));
  if (*end == '+') versions.last = Versions::kNoLimit;
  if (*end == '-') versions.last = Version(std::strtol(end + 1, &end, 10));
  return to_string(versions);
}

std::string lower_first(std::string name) {
  name[0] = char(std::tolower(static_cast<unsigned char>(name[0])));
  return name;
}

std::string official_default(const json::object& field) {
  const std::string type = text_of(field, "type");
  std::string given = text_of(field, "default");
  // Kafka's generator gives records null whatever the definition says (FieldSpec.fieldDefault).
  // That is of no use where null cannot be written; there ours begin empty.
  if (type == "records") return field.if_contains("nullableVersions") ? "null" : "";
  if (given == "null") return "null";
  if (type == "bool") return given == "true" || given == "True" ? "true" : "false";
  if (type.find("int") == 0 || type.find("uint") == 0) {
    return given.empty() ? "0" : std::to_string(std::stoll(given, nullptr, 0));
  }
  if (type == "float64") return given.empty() ? "0E0" : given;
  return given;
}

bool is_empty(const Type& type, const void* value) {
  switch (type.kind) {
    case Kind::kString:
      return static_cast<const String*>(value)->empty();
    case Kind::kBytes:
    case Kind::kRecords:
      return static_cast<const Slice*>(value)->empty();
    case Kind::kUuid:
      return static_cast<const Uuid*>(value)->is_zero();
    case Kind::kArray:
      return type.count(value) == 0;
    case Kind::kStruct:
      return equal(type, value, type.structure->blank());
    default:
      return false;
  }
}

// A number as text; "null"; "" for the empty value of any other type.
std::string our_default(const Struct& schema, const Field& field) {
  const void* value = field.in(schema.blank());
  const Type* type = field.type;
  if (type->value) {
    value = type->peek(value);
    if (!value) return "null";
    type = type->value;
  }
  const bool is_number = type->kind <= Kind::kFloat64;
  if (!is_number) return is_empty(*type, value) ? "" : "not empty";
  // The JSON of a message that has this one field.
  Field alone = field;
  alone.versions = "0+";
  alone.tag = -1;
  const Struct single{schema.name, {&alone, 1}, schema.blank, schema.make, schema.destroy, {}};
  return json::serialize(to_json(single, schema.blank(), 0).as_object().at(json_name(field)));
}

class Comparison {
 public:
  explicit Comparison(const json::object& definition) {
    if (const json::value* common = definition.if_contains("commonStructs")) {
      for (const json::value& structure : common->as_array()) {
        common_[text_of(structure.as_object(), "name")] = &structure.at("fields").as_array();
      }
    }
  }

  void compare_structs(const Struct& ours, const json::array& theirs) {
    SCOPED_TRACE(ours.name);
    ASSERT_EQ(ours.fields.size(), theirs.size());
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      compare_fields(ours, ours.fields[i], theirs[i].as_object());
    }
  }

  int fields() const { return fields_; }

 private:
  void compare_fields(const Struct& schema, const Field& ours, const json::object& theirs) {
    SCOPED_TRACE(ours.name);
    ++fields_;
    const std::string type = text_of(theirs, "type");
    const std::string tagged = text_of(theirs, "taggedVersions");
    // A field without versions lives in its tagged versions.
    const std::string versions = text_of(theirs, "versions", tagged.c_str());
    EXPECT_EQ(json_name(ours), lower_first(text_of(theirs, "name")));
    EXPECT_EQ(type_name(*ours.type), type);
    EXPECT_EQ(to_string(ours.versions), range(versions));
    EXPECT_EQ(to_string(ours.nullable), range(text_of(theirs, "nullableVersions")));
    EXPECT_EQ(std::to_string(ours.tag), text_of(theirs, "tag", "-1"));
    EXPECT_EQ(ours.ignorable, text_of(theirs, "ignorable") == "true");
    EXPECT_EQ(ours.flexible, text_of(theirs, "flexibleVersions") != "none");
    EXPECT_EQ(our_default(schema, ours), official_default(theirs));
    // A row has one tag for all versions of its field. Kafka has no field that needs more.
    EXPECT_EQ(range(tagged), ours.tag >= 0 ? range(versions) : "none");
    compare_inner(ours, theirs, type);
  }

  void compare_inner(const Field& ours, const json::object& theirs, const std::string& type) {
    const Type* inner = ours.type;
    while (inner->kind == Kind::kArray) inner = inner->element;
    if (inner->kind != Kind::kStruct) {
      EXPECT_EQ(theirs.if_contains("fields"), nullptr);
      return;
    }
    if (const json::value* fields = theirs.if_contains("fields")) {
      return compare_structs(*inner->structure, fields->as_array());
    }
    const auto common = common_.find(type.substr(type.find_first_not_of("[]")));
    ASSERT_NE(common, common_.end());
    compare_structs(*inner->structure, *common->second);
  }

  std::map<std::string, const json::array*> common_;
  int fields_ = 0;
};

TEST(Definitions, EveryOfficialMessageIsDeclaredWithTheSameFields) {
  int fields = 0;
  for (const auto& [name, definition] : official()) {
    SCOPED_TRACE(name);
    const Message* ours = find_message(name);
    ASSERT_NE(ours, nullptr);
    const MessageSpec& spec = ours->schema->message;
    EXPECT_EQ(name_of(ours->type), text_of(definition, "type"));
    EXPECT_EQ(std::to_string(spec.key), text_of(definition, "apiKey", "-1"));
    EXPECT_EQ(to_string(spec.versions), range(text_of(definition, "validVersions")));
    EXPECT_EQ(to_string(spec.flexible), range(text_of(definition, "flexibleVersions")));
    EXPECT_EQ(spec.latest_version_unstable, text_of(definition, "latestVersionUnstable") == "true");
    Comparison comparison(definition);
    comparison.compare_structs(*ours->schema, definition.at("fields").as_array());
    fields += comparison.fields();
  }
  std::cout << official().size() << " messages, " << fields << " fields\n";
  EXPECT_GT(official().size(), 270U);
}

TEST(Definitions, NothingIsDeclaredThatKafkaDoesNotHave) {
  std::set<std::string_view> names;
  for (const Message& message : all_messages()) {
    EXPECT_TRUE(official().contains(std::string(message.schema->name))) << message.schema->name;
    EXPECT_TRUE(names.insert(message.schema->name).second) << message.schema->name << " twice";
  }
}

TEST(Definitions, RequestsAndResponsesAreFoundByKeyAndNamedAfterTheirApi) {
  int apis = 0;
  for (int key = -2; key < 200; ++key) {
    const Struct* request = find_request(ApiKey(key));
    const Struct* response = find_response(ApiKey(key));
    ASSERT_EQ(request == nullptr, response == nullptr) << key;
    if (!request) continue;
    ++apis;
    const std::string api(name_of(ApiKey(key)));
    EXPECT_EQ(request->name, api + "Request");
    EXPECT_EQ(response->name, api + "Response");
    EXPECT_EQ(request->message.versions, response->message.versions);
  }
  const auto requests = std::count_if(all_messages().begin(), all_messages().end(),
                                      [](auto& m) { return m.type == MessageType::kRequest; });
  EXPECT_EQ(apis, requests);
  EXPECT_EQ(find_message("NoSuchRequest"), nullptr);
}

}  // namespace
}  // namespace understudy::wire
