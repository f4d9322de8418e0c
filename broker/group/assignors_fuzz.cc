// Any group, with any targets from before: each assignor gives every partition that somebody wants
// to one member that wants it.
//
// The bytes of the input are read one after the other: a choice of the type, the topics, and for
// each member what it subscribes to and what it has. There are zeros behind the end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "broker/group/assignors.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::size_t kTopicsMax = 7;
constexpr std::size_t kMembersMax = 15;

class AnyGroup {
 public:
  AnyGroup(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {
    input.type =
        next() % 2 == 0 ? SubscriptionType::kHomogeneous : SubscriptionType::kHeterogeneous;
    const std::size_t topics = next() % (kTopicsMax + 1);
    for (std::size_t i = 0; i < topics; ++i) input.topics.push_back({id_of(i), next() % 64});
    const std::size_t members = next() % (kMembersMax + 1);
    names_.resize(members);
    subscriptions_.resize(members);
    for (std::size_t i = 0; i < members; ++i) add_member(i);
  }

  AssignorInput input;

 private:
  std::uint8_t next() { return at_ < size_ ? data_[at_++] : std::uint8_t{0}; }

  static wire::Uuid id_of(std::size_t topic) {
    wire::Uuid id;
    // Some share a slot of a table of sixteen.
    id.bytes[15] = static_cast<std::uint8_t>(topic * 8);
    return id;
  }

  void add_member(std::size_t number) {
    names_[number] = "member-" + std::to_string(number);
    const std::uint8_t choice = next();
    if (input.type == SubscriptionType::kHomogeneous && number > 0) {
      subscriptions_[number] = subscriptions_[0];
    } else {
      for (std::size_t i = 0; i < input.topics.size(); ++i) {
        if ((choice >> i) % 2 != 0) subscriptions_[number].push_back(input.topics[i].id);
      }
    }
    AssignorMember& member = input.members.emplace_back();
    member.id = names_[number];
    if (choice >= 0x80) member.instance_id = names_[number];
    member.topics = subscriptions_[number];
    for (std::size_t left = next() % 8; left > 0; --left) member.current.push_back(any_current());
  }

  std::pair<wire::Uuid, std::vector<std::int32_t>> any_current() {
    // One topic more than there are, and partitions that do not exist or occur twice.
    std::pair<wire::Uuid, std::vector<std::int32_t>> current{id_of(next() % (kTopicsMax + 1)), {}};
    for (std::size_t left = next() % 16; left > 0; --left) {
      current.second.push_back(static_cast<std::int32_t>(next() % 68) - 2);
    }
    return current;
  }

  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
  std::vector<std::string> names_;
  std::vector<std::vector<wire::Uuid>> subscriptions_;
};

bool wants(const AssignorMember& member, const wire::Uuid& topic_id) {
  return std::ranges::find(member.topics, topic_id) != member.topics.end();
}

void check_topic(const AssignorInput& input, const std::vector<Assignment>& assignments,
                 const AssignorTopic& topic) {
  bool is_wanted = false;
  std::vector<int> owners(static_cast<std::size_t>(topic.partition_count));
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    is_wanted |= wants(input.members[i], topic.id);
    const auto mine = assignments[i].find(topic.id);
    if (mine == assignments[i].end()) continue;
    ASSERT(wants(input.members[i], topic.id));
    ASSERT(!mine->second.empty());
    ASSERT(std::ranges::is_sorted(mine->second));
    for (const std::int32_t partition : mine->second) {
      ++owners.at(static_cast<std::size_t>(partition));
    }
  }
  for (const int count : owners) ASSERT(count == (is_wanted ? 1 : 0));
}

void check_topics(const AssignorInput& input, const std::vector<Assignment>& assignments) {
  ASSERT(assignments.size() == input.members.size());
  std::size_t count = 0;
  for (const AssignorTopic& topic : input.topics) {
    check_topic(input, assignments, topic);
    for (const Assignment& assignment : assignments) count += assignment.contains(topic.id) ? 1 : 0;
  }
  for (const Assignment& assignment : assignments) count -= assignment.size();
  ASSERT(count == 0);  // nobody has a topic that is gone
}

void check_balance(const std::vector<Assignment>& assignments) {
  const auto [least, most] = std::ranges::minmax_element(assignments, {}, partition_count);
  ASSERT(partition_count(*most) - partition_count(*least) <= 1);
}

void check(const Assignor& assignor, AssignorInput input) {
  const std::vector<Assignment> first = assignor.assign(input);
  check_topics(input, first);
  for (std::size_t i = 0; i < first.size(); ++i) {
    input.members[i].current = in_hash_order(first[i]);
  }
  const std::vector<Assignment> second = assignor.assign(input);
  check_topics(input, second);
  if (input.type == SubscriptionType::kHeterogeneous && assignor.name == "uniform") return;
  ASSERT(second == first);  // what is good stays
  if (assignor.name == "uniform" && !first.empty()) check_balance(first);
}

}  // namespace
}  // namespace understudy::broker

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const understudy::broker::AnyGroup group(data, size);
  for (const auto& assignor : understudy::broker::all_assignors()) {
    understudy::broker::check(assignor, group.input);
  }
  return 0;
}
