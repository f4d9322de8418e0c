#include "broker/group/assignors.h"

#include <algorithm>
#include <array>

#include "broker/group/assignor_placement.h"

namespace understudy::broker {
namespace {

constexpr std::array kAssignors{
    Assignor{"uniform", assign_uniformly},
    Assignor{"range", assign_ranges},
};

bool nobody_differs(std::size_t member_count, const SubscriberCounts& counts) {
  return std::all_of(counts.begin(), counts.end(), [member_count](const auto& subscribers) {
    return subscribers.second == member_count;
  });
}

}  // namespace

SubscriptionType subscription_type(std::size_t member_count, const SubscriberCounts& names,
                                   const SubscriberCounts& patterns) {
  // A name beside regular expressions makes the group heterogeneous, whoever has it.
  const bool is_homogeneous = patterns.empty()
                                  ? nobody_differs(member_count, names)
                                  : names.empty() && nobody_differs(member_count, patterns);
  return is_homogeneous ? SubscriptionType::kHomogeneous : SubscriptionType::kHeterogeneous;
}

std::span<const Assignor> all_assignors() { return kAssignors; }

const Assignor* find_assignor(std::string_view name) {
  const auto found = std::ranges::find(kAssignors, name, &Assignor::name);
  return found == kAssignors.end() ? nullptr : &*found;
}

std::string_view preferred_assignor(std::span<const std::string_view> votes,
                                    std::string_view otherwise) {
  JavaHashMap<std::string_view, std::size_t> counts;
  for (const std::string_view vote : votes) ++counts[vote];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? otherwise : most->first;
}

}  // namespace understudy::broker
