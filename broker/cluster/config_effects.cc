#include "broker/cluster/config_effects.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "broker/cluster/config_tables.h"

namespace understudy::broker {
namespace {

using Kind = ConfigEffect::Kind;

constexpr std::string_view kProtocolMap = "listener.security.protocol.map";
constexpr std::string_view kReporters = "metric.reporters";
constexpr std::string_view kReporterOfKafka = "org.apache.kafka.common.metrics.JmxReporter";

// What an authorizer reads of the broker's properties; Kafka itself does not know the names.
constexpr std::array<std::string_view, 2> kOfAuthorizers = {"allow.everyone.if.no.acl.found",
                                                            "super.users"};

// Values that are no defaults, and so anyway.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSoAnyway = {{
    {"early.start.listeners", "PLAINTEXT"},
    {"inter.broker.listener.name", "PLAINTEXT"},
    {"process.roles", "broker,controller"},
    {"process.roles", "controller,broker"},
}};

// "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".
bool maps_to_plaintext_alone(std::string_view value) {
  return std::ranges::all_of(split_list(value), [](std::string_view item) {
    return trimmed(item).ends_with(":PLAINTEXT");
  });
}

bool reports_as_kafka(std::string_view value) {
  return std::ranges::all_of(split_list(value), [](std::string_view item) {
    return item.empty() || item == kReporterOfKafka;
  });
}

bool is_so_anyway(const ConfigDef& def, std::string_view value) {
  const auto parsed = parse_config(def, value);
  const auto* const text = std::get_if<std::string>(&parsed);
  if (text == nullptr) return false;
  if (def.name == kProtocolMap && maps_to_plaintext_alone(*text)) return true;
  if (def.name == kReporters && reports_as_kafka(*text)) return true;
  if (std::ranges::count(kSoAnyway, std::pair(def.name, std::string_view(*text))) != 0) return true;
  if (!def.initial) return text->empty();
  return *text == std::get<std::string>(parse_config(def, *def.initial));
}

std::string refusal(std::string_view name, const ConfigEffect& effect) {
  const std::string_view begin =
      effect.kind == Kind::kInstead ? ": " : ": Understudy does not heed this, ";
  return std::string(name).append(begin).append(effect.why);
}

std::string_view first_word(std::string_view name) { return name.substr(0, name.find('.')); }

// Whether a whole family may stand under one name. What is heeded is named, for those who search.
enum class Families : std::uint8_t { kWhole, kOneByOne };

// "`a.b`, `c.*`".
std::string code_list(const std::vector<std::string_view>& names, const ConfigDefs& defs,
                      Families families) {
  constexpr std::ptrdiff_t kFamilyMin = 4;
  std::vector<std::string> shown;
  for (const std::string_view name : names) {
    const std::string_view word = first_word(name);
    const auto is_kin = [&](std::string_view other) { return first_word(other) == word; };
    const auto here = std::ranges::count_if(names, is_kin);
    const auto anywhere = std::ranges::count_if(defs.broker(), [&](const ConfigDef& def) {
      return is_kin(def.name) && def.listing == ConfigListing::kListed;
    });
    const bool is_family = families == Families::kWhole && here >= kFamilyMin && here == anywhere;
    shown.push_back("`" + std::string(is_family ? word : name) + (is_family ? ".*`" : "`"));
  }
  shown.erase(std::ranges::unique(shown).begin(), shown.end());
  std::string text;
  for (const std::string& one : shown) text += (text.empty() ? "" : ", ") + one;
  return text;
}

using ByReason = std::map<std::string_view, std::vector<std::string_view>>;

template <class Def>
void add(std::span<const Def> defs, Kind kind, ByReason& names) {
  for (const Def& def : defs) {
    if (def.effect.kind == kind && def.listing == ConfigListing::kListed) {
      names[def.effect.why].push_back(def.name);
    }
  }
}

std::string folded(std::string_view title, const ByReason& names, const ConfigDefs& defs) {
  std::string text = "<details><summary>";
  text.append(title).append("</summary>\n\n");
  for (const auto& [why, of_reason] : names) {
    text.append("* ");
    if (!why.empty()) text.append(why).append(": ");
    const Families families = why.empty() ? Families::kOneByOne : Families::kWhole;
    text.append(code_list(of_reason, defs, families)).append("\n");
  }
  return text + "\n</details>\n\n";
}

}  // namespace

std::optional<std::string> why_unheeded(const ConfigDefs& defs, std::string_view name,
                                        std::string_view value) {
  const std::string_view base = without_listener(name);
  if (std::ranges::count(kOfAuthorizers, base) != 0) {
    return refusal(name, config_marks::kNoAuthorizer);
  }
  const ConfigDef* const def = defs.find_broker(base);
  return def == nullptr ? std::nullopt : why_unheeded(*def, name, value);
}

std::optional<std::string> why_unheeded(const ConfigDef& def, std::string_view name,
                                        std::string_view value) {
  switch (def.effect.kind) {
    case Kind::kHeeded:
    case Kind::kDescribed:
      return std::nullopt;
    case Kind::kRefused:
      if (is_so_anyway(def, value)) return std::nullopt;
      return refusal(name, def.effect);
    case Kind::kInstead:
      return refusal(name, def.effect);
  }
  return std::nullopt;
}

std::string config_effects_table(const ConfigDefs& defs) {
  const auto named = [&](std::initializer_list<Kind> kinds, const auto& rows) {
    ByReason names;
    for (const Kind kind : kinds) add(rows, kind, names);
    return names;
  };
  std::string text;
  const auto add_part = [&](std::string_view title, std::initializer_list<Kind> kinds) {
    const std::string of(title);
    text += folded(of + ", of topics", named(kinds, defs.topic()), defs);
    text += folded(of + ", of brokers", named(kinds, defs.broker()), defs);
  };
  add_part("Heeded", {Kind::kHeeded});
  add_part("Refused, unless it says what is so anyway", {Kind::kRefused, Kind::kInstead});
  add_part("Checked, stored and described, without effect", {Kind::kDescribed});
  return text;
}

}  // namespace understudy::broker
