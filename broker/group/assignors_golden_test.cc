// Every line of the golden vectors of Kafka's assignors (compat-tests/golden/README.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/group/assignors.h"
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
  // So many entries that a map for them has this table.
  const auto slots = static_cast<std::size_t>(line.at("capacity").as_int64());
  auto set = JavaHashSet<T>::for_entries(slots * 3 / 8);
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

// An assignor's input, and the memory of what it borrows.
struct Case {
  explicit Case(const json::object& line);

  AssignorInput input;
  std::vector<std::vector<wire::Uuid>> subscriptions;
};

std::string_view text(const json::object& object, std::string_view name) {
  return object.at(name).as_string();
}

std::size_t place(const json::value& number) { return static_cast<std::size_t>(number.as_int64()); }

OrderedAssignment read_current(const json::value& list, const std::vector<AssignorTopic>& topics) {
  OrderedAssignment current;
  for (const json::value& entry : list.as_array()) {
    const json::array& pair = entry.as_array();
    current.emplace_back(topics.at(place(pair[0])).id,
                         json::value_to<std::vector<std::int32_t>>(pair[1]));
  }
  return current;
}

Case::Case(const json::object& line) {
  input.type = text(line, "type") == "homogeneous" ? SubscriptionType::kHomogeneous
                                                   : SubscriptionType::kHeterogeneous;
  for (const json::value& topic : line.at("topics").as_array()) {
    input.topics.push_back({uuid_from(text(topic.as_object(), "id")),
                            static_cast<std::int32_t>(topic.at("partitions").as_int64())});
  }
  const json::array& members = line.at("members").as_array();
  subscriptions.resize(members.size());
  for (const json::value& value : members) {
    const json::object& object = value.as_object();
    std::vector<wire::Uuid>& subscription = subscriptions[input.members.size()];
    for (const json::value& topic : object.at("topics").as_array())
      subscription.push_back(input.topics.at(place(topic)).id);
    AssignorMember& member = input.members.emplace_back();
    member.id = text(object, "id");
    if (object.contains("instance")) member.instance_id = text(object, "instance");
    member.topics = subscription;
    member.current = read_current(object.at("current"), input.topics);
  }
}

// Member, topic's place, partitions: as in the line's "output".
using Readable = std::map<std::string, std::map<std::string, std::vector<std::int32_t>>>;

Readable readable(const AssignorInput& input, const std::vector<Assignment>& assignments) {
  Readable out;
  for (std::size_t i = 0; i < input.members.size(); ++i) {
    auto& member = out[std::string(input.members[i].id)];
    for (const auto& [id, partitions] : assignments.at(i)) {
      const auto topic = std::ranges::find(input.topics, id, &AssignorTopic::id);
      member[std::to_string(topic - input.topics.begin())] = partitions;
    }
  }
  return out;
}

TEST(AssignorVectors, EveryPartitionGoesWhereKafkaPutsIt) {
  std::map<std::string, int> compared;
  for (const json::object& line : assignor_vectors("assignment")) {
    const Assignor* assignor = find_assignor(text(line, "assignor"));
    if (assignor == nullptr) continue;  // "simple", of share groups
    const Case asked(line);
    EXPECT_EQ(readable(asked.input, assignor->assign(asked.input)),
              json::value_to<Readable>(line.at("output")))
        << json::serialize(line);
    ++compared[std::string(text(line, "assignor")) + " " + std::string(text(line, "type"))];
  }
  EXPECT_EQ(compared.size(), 4u);
  for (const auto& [kind, count] : compared) EXPECT_GE(count, 200) << kind;
}

TEST(AssignorVectors, NothingMovesWhenTheSameIsAskedAgain) {
  for (const json::object& line : assignor_vectors("assignment")) {
    if (text(line, "assignor") != "uniform" || text(line, "type") != "homogeneous") continue;
    Case asked(line);
    const Assignor& uniform = *find_assignor("uniform");
    const std::vector<Assignment> first = uniform.assign(asked.input);
    for (std::size_t i = 0; i < first.size(); ++i)
      asked.input.members[i].current = in_hash_order(first[i]);
    EXPECT_EQ(uniform.assign(asked.input), first) << json::serialize(line);
  }
}

}  // namespace
}  // namespace understudy::broker
