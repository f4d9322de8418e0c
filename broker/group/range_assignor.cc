// The assignor "range" (RangeAssignor): assignors.md 3.
#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

#include "broker/cluster/java_string.h"
#include "broker/group/assignor_placement.h"

namespace understudy::broker {
namespace {

// Static members come first, by instance id; then the others, by member id.
std::vector<std::size_t> line_up(const std::vector<AssignorMember>& members) {
  std::vector<std::tuple<bool, std::u16string, std::size_t>> line;
  line.reserve(members.size());
  for (const AssignorMember& member : members) {
    line.emplace_back(!member.instance_id, java_units(member.instance_id.value_or(member.id)),
                      line.size());
  }
  std::ranges::sort(line);
  std::vector<std::size_t> numbers;
  numbers.reserve(line.size());
  for (const auto& [is_dynamic, name, number] : line) numbers.push_back(number);
  return numbers;
}

std::vector<std::vector<std::int32_t>> subscribers_in_line(const AssignorInput& input,
                                                           const Placement& placement) {
  std::vector<std::vector<std::int32_t>> subscribers(placement.topic_count());
  for (const std::size_t number : line_up(input.members)) {
    const auto member = static_cast<std::int32_t>(number);
    for (const wire::Uuid& topic_id : input.members[number].topics) {
      const std::optional<std::size_t> topic = placement.find(topic_id);
      if (!topic) continue;
      std::vector<std::int32_t>& line = subscribers[*topic];
      if (line.empty() || line.back() != member) line.push_back(member);
    }
  }
  return subscribers;
}

// As equal as can be, the first in line have one more.
void cut_into_ranges(Placement& placement, std::size_t topic,
                     const std::vector<std::int32_t>& line) {
  const std::size_t least = placement.owners(topic).size() / line.size();
  std::size_t extras = placement.owners(topic).size() % line.size();
  std::int32_t partition = 0;
  for (const std::int32_t member : line) {
    const std::size_t size = least + (extras > 0 ? 1 : 0);
    if (extras > 0) --extras;
    for (std::size_t i = 0; i < size; ++i) placement.give({topic, partition++}, member);
  }
}

}  // namespace

std::vector<Assignment> assign_ranges(const AssignorInput& input) {
  Placement placement(input);
  const auto subscribers = subscribers_in_line(input, placement);
  for (std::size_t topic = 0; topic < subscribers.size(); ++topic) {
    if (!subscribers[topic].empty()) cut_into_ranges(placement, topic, subscribers[topic]);
  }
  return placement.assignments();
}

}  // namespace understudy::broker
