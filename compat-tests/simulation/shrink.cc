#include "simulation/shrink.h"

#include <algorithm>

namespace understudy::simulation {
namespace {

bool fails(std::uint64_t seed, const Restriction& restriction, Check check) {
  const Schedule schedule = restricted(draw_schedule(seed), restriction);
  const Findings findings =
      check == Check::kDeterminism ? run_twice(schedule).findings : run_schedule(schedule).findings;
  return std::ranges::any_of(findings,
                             [&](const Finding& finding) { return finding.check == check; });
}

// Leaves out one number after the other, as long as it still fails.
void shrink_numbers(std::uint64_t seed, Check check, Restriction& restriction,
                    std::optional<std::set<int>> Restriction::* member, int count) {
  std::set<int> numbers;
  for (int i = 0; i < count; ++i) numbers.insert(i);
  for (bool any = true; any;) {
    any = false;
    for (const int number : std::vector(numbers.begin(), numbers.end())) {
      std::set<int> fewer = numbers;
      fewer.erase(number);
      Restriction tried = restriction;
      tried.*member = fewer;
      if (!fails(seed, tried, check)) continue;
      numbers = fewer;
      restriction = tried;
      any = true;
    }
  }
}

}  // namespace

RunResult run_twice(const Schedule& schedule, const RunOptions& options) {
  RunResult first = run_schedule(schedule, options);
  const RunResult second = run_schedule(schedule);
  if (first.hash != second.hash) {
    first.findings.push_back({Check::kDeterminism, "a second run does not give the same bytes"});
  }
  return first;
}

Restriction shrink(std::uint64_t seed, Check check) {
  const Schedule schedule = draw_schedule(seed);
  Restriction restriction;
  shrink_numbers(seed, check, restriction, &Restriction::troubles, int(schedule.troubles.size()));
  shrink_numbers(seed, check, restriction, &Restriction::clients, int(schedule.clients.size()));
  for (int records = 40; records >= 1; records = records > 8 ? records / 2 : records - 1) {
    Restriction tried = restriction;
    tried.records_max = records;
    if (!fails(seed, tried, check)) continue;
    restriction = tried;
  }
  Restriction calm = restriction;
  calm.is_calm = true;
  if (fails(seed, calm, check)) restriction = calm;
  shrink_numbers(seed, check, restriction, &Restriction::troubles, int(schedule.troubles.size()));
  return restriction;
}

}  // namespace understudy::simulation
