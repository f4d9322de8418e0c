#include "differential/shrink.h"

#include <algorithm>
#include <utility>

namespace understudy::differential {
namespace {

class Shrinker {
 public:
  Shrinker(Script script, const StillFails& still_fails, const ShrinkLimits& limits)
      : script_(std::move(script)), still_fails_(still_fails), plays_left_(limits.plays) {}

  Script run() {
    bool is_smaller = true;
    while (is_smaller && plays_left_ > 0) {
      is_smaller = remove_steps();
      is_smaller |= simplify_steps();
    }
    return std::move(script_);
  }

 private:
  // Keeps the candidate if it still fails.
  bool accept(Script candidate) {
    if (plays_left_ <= 0) return false;
    --plays_left_;
    if (!still_fails_(candidate)) return false;
    script_ = std::move(candidate);
    return true;
  }

  bool remove_steps() {
    bool any = false;
    for (std::size_t size = std::max<std::size_t>(script_.steps.size() / 2, 1);; size /= 2) {
      // From the end, because what a step needs lies before it.
      for (std::size_t end = script_.steps.size(); end > 0;) {
        const std::size_t first = end > size ? end - size : 0;
        Script candidate = script_;
        candidate.steps.erase(candidate.steps.begin() + std::ptrdiff_t(first),
                              candidate.steps.begin() + std::ptrdiff_t(end));
        if (!candidate.steps.empty() && accept(std::move(candidate))) any = true;
        end = first;
      }
      if (size <= 1) return any;
    }
  }

  bool simplify_steps() {
    bool any = false;
    for (std::size_t i = 0; i < script_.steps.size(); ++i) {
      const auto replace = [&](json::value step) {
        Script candidate = script_;
        candidate.steps[i] = std::move(step.as_object());
        return accept(std::move(candidate));
      };
      json::value step = script_.steps[i];
      any |= simplify(step, step, replace);
    }
    return any;
  }

  // Tries simpler forms of `part`, which lies in `whole`; leaves the simplest that still fails.
  template <class Replace>
  bool simplify(json::value& whole, json::value& part, const Replace& replace) {
    bool any = false;
    const auto attempt = [&](json::value& place, json::value simpler) {
      json::value before = std::exchange(place, std::move(simpler));
      if (replace(whole)) return any = true;
      place = std::move(before);
      return false;
    };
    if (part.is_array()) {
      for (std::size_t i = part.get_array().size(); i-- > 0;) {
        json::array fewer = part.get_array();
        fewer.erase(fewer.begin() + std::ptrdiff_t(i));
        attempt(part, std::move(fewer));
      }
      for (json::value& item : part.get_array()) any |= simplify(whole, item, replace);
    } else if (part.is_object()) {
      std::vector<std::string> names;
      for (const auto& member : part.get_object()) names.emplace_back(member.key());
      for (const std::string& name : names) {
        if (name == "api" || name == "request" || name == "restart" || name == "bytes") continue;
        json::object fewer = part.get_object();
        fewer.erase(name);
        attempt(part, std::move(fewer));
      }
      for (auto& member : part.get_object()) any |= simplify(whole, member.value(), replace);
    } else if (part.is_int64() && part.get_int64() != 0) {
      attempt(part, 0);
    }
    return any;
  }

  Script script_;
  const StillFails& still_fails_;
  int plays_left_;
};

}  // namespace

Script shrink(Script script, const StillFails& still_fails, const ShrinkLimits& limits) {
  return Shrinker(std::move(script), still_fails, limits).run();
}

}  // namespace understudy::differential
