#include "differential/compare.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "differential/allowed.h"

namespace understudy::differential {
namespace {

// A member that one side lacks.
const json::value& missing() {
  static const json::value value = "(missing)";
  return value;
}

class Finder {
 public:
  void compare(const json::value& ours, const json::value& theirs) {
    if (ours == theirs) return;
    if (ours.is_object() && theirs.is_object()) {
      compare_objects(ours.get_object(), theirs.get_object());
    } else if (ours.is_array() && theirs.is_array()) {
      compare_arrays(ours.get_array(), theirs.get_array());
    } else {
      found_.push_back({.path = path_, .pattern = pattern_, .ours = ours, .theirs = theirs});
    }
  }

  std::vector<Difference> take() { return std::move(found_); }

 private:
  void compare_objects(const json::object& ours, const json::object& theirs) {
    for (const auto& member : ours) {
      const json::value* other = theirs.if_contains(member.key());
      inside_member(member.key(), member.value(), other != nullptr ? *other : missing());
    }
    for (const auto& member : theirs) {
      if (!ours.contains(member.key())) inside_member(member.key(), missing(), member.value());
    }
  }

  void compare_arrays(const json::array& ours, const json::array& theirs) {
    for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
      inside("[" + std::to_string(i) + "]", "[]", i < ours.size() ? ours[i] : missing(),
             i < theirs.size() ? theirs[i] : missing());
    }
  }

  void inside_member(std::string_view name, const json::value& ours, const json::value& theirs) {
    const std::string step = (path_.empty() ? "" : ".") + std::string(name);
    inside(step, step, ours, theirs);
  }

  void inside(const std::string& step, const std::string& pattern, const json::value& ours,
              const json::value& theirs) {
    const std::size_t path_size = path_.size();
    const std::size_t pattern_size = pattern_.size();
    path_ += step;
    pattern_ += pattern;
    compare(ours, theirs);
    path_.resize(path_size);
    pattern_.resize(pattern_size);
  }

  std::string path_;
  std::string pattern_;
  std::vector<Difference> found_;
};

bool matches(std::string_view wanted, std::string_view text) {
  if (wanted.starts_with('*')) return text.ends_with(wanted.substr(1));
  if (wanted.ends_with('*')) return text.starts_with(wanted.substr(0, wanted.size() - 1));
  return wanted == text;
}

// Calls `change` for the arrays that the pattern "a.b[].c" means.
template <class Change>
void change_at(json::value& value, std::string_view pattern, const Change& change) {
  if (pattern.empty()) {
    if (auto* array = value.if_array()) change(*array);
    return;
  }
  if (pattern.starts_with("[]")) {
    if (auto* array = value.if_array()) {
      for (json::value& item : *array) change_at(item, pattern.substr(2), change);
    }
    return;
  }
  if (pattern.starts_with('.')) pattern.remove_prefix(1);
  const auto end = pattern.find_first_of(".[");
  auto* object = value.if_object();
  if (object == nullptr) return;
  if (json::value* member = object->if_contains(pattern.substr(0, end))) {
    change_at(*member, end == std::string_view::npos ? "" : pattern.substr(end), change);
  }
}

void sort(json::array& array) {
  std::vector<std::pair<std::string, json::value>> keyed;
  for (json::value& item : array) keyed.emplace_back(json::serialize(item), std::move(item));
  // Items of equal text are equal.
  std::sort(keyed.begin(), keyed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < keyed.size(); ++i) array[i] = std::move(keyed[i].second);
}

json::value in_order(const Exchange& exchange) {
  json::value outcome = exchange.outcome;
  for (const Unordered& rule : unordered()) {
    if (rule.api == exchange.api) change_at(outcome, rule.pattern, sort);
  }
  return outcome;
}

// Takes out of `theirs` what `ours` does not have, where that is allowed.
void drop_what_is_missing(const Exchange& exchange, json::value& ours, json::value& theirs) {
  for (const Partial& rule : partial()) {
    if (rule.api != exchange.api) continue;
    std::set<std::string> known;
    const auto key_of = [&](const json::value& item) { return json::serialize(item.at(rule.key)); };
    change_at(ours, rule.pattern, [&](json::array& array) {
      for (const json::value& item : array) known.insert(key_of(item));
    });
    change_at(theirs, rule.pattern, [&](json::array& array) {
      array.erase(
          std::remove_if(array.begin(), array.end(),
                         [&](const json::value& item) { return !known.contains(key_of(item)); }),
          array.end());
    });
  }
}

// Which allowance lets it pass, or nothing.
const Allowance* find_allowance(const Difference& difference, const Exchange& ours,
                                const Exchange& theirs) {
  for (const Allowance& allowance : allowances()) {
    if (allowance.api != "*" && allowance.api != ours.api) continue;
    if (!matches(allowance.pattern, difference.pattern)) continue;
    if (allowance.condition == nullptr || allowance.condition(difference, ours, theirs)) {
      return &allowance;
    }
  }
  return nullptr;
}

// Numbers of few digits are codes, others are offsets, times and counts.
std::string shape_of(const json::value& value) {
  constexpr std::int64_t kCodes = 1000;
  if (value.is_int64() && value.get_int64() >= kCodes) return "number";
  if (value.is_string() || value.is_array() || value.is_object()) {
    return value == missing() ? "(missing)" : std::string(json::to_string(value.kind()));
  }
  return json::serialize(value);
}

}  // namespace

std::vector<Difference> differences_of(const json::value& ours, const json::value& theirs) {
  Finder finder;
  finder.compare(ours, theirs);
  return finder.take();
}

std::string signature(const Difference& difference, const Exchange& exchange) {
  const bool is_code = difference.pattern.ends_with("errorCode");
  return exchange.api + " " + difference.pattern +
         (is_code ? " " + shape_of(difference.ours) + " / " + shape_of(difference.theirs) : "");
}

std::string describe(const Difference& difference, const Exchange& exchange) {
  constexpr std::size_t kShown = 600;
  const auto text = [](const json::value& value) {
    std::string all = json::serialize(value);
    if (all.size() > kShown) all = all.substr(0, kShown) + "...";
    return all;
  };
  return "step " + std::to_string(difference.exchange + 1) + ", " + exchange.api + " v" +
         std::to_string(exchange.version) + ", " + difference.path + ": Understudy " +
         text(difference.ours) + ", Apache Kafka " + text(difference.theirs);
}

Comparison compare(const Transcript& ours, const Transcript& theirs) {
  Comparison comparison;
  comparison.allowed.resize(allowances().size());
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    if (ours[i].outcome == theirs[i].outcome && ours[i].api == theirs[i].api) continue;
    json::value one = in_order(ours[i]);
    json::value other = in_order(theirs[i]);
    drop_what_is_missing(ours[i], one, other);
    for (Difference& difference : differences_of(one, other)) {
      const Allowance* allowance = find_allowance(difference, ours[i], theirs[i]);
      if (allowance != nullptr) {
        ++comparison.allowed[std::size_t(allowance - allowances().data())];
      } else {
        difference.exchange = i;
        comparison.differences.push_back(std::move(difference));
      }
    }
  }
  if (ours.size() != theirs.size()) {
    comparison.differences.push_back({.exchange = std::min(ours.size(), theirs.size()) - 1,
                                      .path = "(number of exchanges)",
                                      .pattern = "(number of exchanges)",
                                      .ours = ours.size(),
                                      .theirs = theirs.size()});
  }
  return comparison;
}

}  // namespace understudy::differential
