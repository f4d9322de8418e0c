// Every line of the golden vectors of Kafka's assignors (compat-tests/golden/README.md).
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "broker/group/java_hash_map.h"
#include "broker/group/testing/assignor_vectors.h"

namespace understudy::broker {
namespace {

namespace json = boost::json;

template <class T>
T read_key(std::string_view text) = delete;
template <>
std::string read_key(std::string_view text) {
  return std::string(text);
}
template <>
std::int32_t read_key(std::string_view text) {
  return std::stoi(std::string(text));
}
template <>
wire::Uuid read_key(std::string_view text) {
  return uuid_from(text);
}
template <>
PartitionKey read_key(std::string_view text) {
  const std::size_t colon = text.find(':');
  return {uuid_from(text.substr(0, colon)), std::stoi(std::string(text.substr(colon + 1)))};
}

template <class T>
std::vector<T> read_keys(const json::value& list) {
  std::vector<T> keys;
  for (const json::value& key : list.as_array()) {
    keys.push_back(read_key<T>(key.is_int64() ? std::to_string(key.as_int64())
                                              : std::string(key.as_string())));
  }
  return keys;
}

template <class T>
void check_order(const json::object& line) {
  // So many elements that a copy of them has this table.
  const auto slots = static_cast<std::size_t>(line.at("capacity").as_int64());
  auto set = JavaHashSet<T>::for_copy_of(slots * 3 / 8);
  for (const T& key : read_keys<T>(line.at("inserted"))) set.try_emplace(key);
  std::vector<T> walked;
  for (const auto& [key, in] : set) walked.push_back(key);
  EXPECT_EQ(walked, read_keys<T>(line.at("order"))) << json::serialize(line);
}

TEST(AssignorVectors, HashMapsAreWalkedAsJavaWalksThem) {
  const std::vector<json::object> lines = assignor_vectors("hashOrder");
  EXPECT_EQ(lines.size(), 65u);
  for (const json::object& line : lines) {
    const std::string_view of = line.at("of").as_string();
    if (of == "string") {
      check_order<std::string>(line);
    } else if (of == "int") {
      check_order<std::int32_t>(line);
    } else if (of == "uuid") {
      check_order<wire::Uuid>(line);
    } else {
      ASSERT_EQ(of, "topicIdPartition");
      check_order<PartitionKey>(line);
    }
  }
}

}  // namespace
}  // namespace understudy::broker
