#include "broker/cluster/unenforced_configs.h"

#include <algorithm>
#include <array>
#include <variant>
#include <vector>

namespace understudy::broker {
namespace {

constexpr std::string_view kProtocolMap = "listener.security.protocol.map";

struct Row {
  std::string_view beginning;
  std::string_view missing;
};

// Whole names, or what the names begin with, where it ends in a dot.
constexpr std::array<Row, 10> kRows = {{
    {"allow.everyone.if.no.acl.found", "authorizer"},
    {"authorizer.", "authorizer"},
    {"connections.max.reauth.ms", "SASL"},
    {"delegation.token.", "delegation tokens"},
    {kProtocolMap, "security protocol but PLAINTEXT"},
    {"principal.builder.class", "authorizer"},
    {"sasl.", "SASL"},
    {"security.", "security protocol but PLAINTEXT"},
    {"ssl.", "TLS"},
    {"super.users", "authorizer"},
}};

const Row* find_row(std::string_view name) {
  const auto found = std::ranges::find_if(kRows, [&](const Row& row) {
    return row.beginning.ends_with('.') ? name.starts_with(row.beginning) : name == row.beginning;
  });
  return found == kRows.end() ? nullptr : &*found;
}

std::string_view without_listener(std::string_view name) {
  constexpr std::string_view kPrefix = "listener.name.";
  if (!name.starts_with(kPrefix)) return name;
  const std::size_t dot = name.find('.', kPrefix.size());
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

bool is_default(const ConfigDef& def, std::string_view value) {
  if (!def.initial) return value.empty();
  const auto given = parse_config(def, value);
  const auto initial = parse_config(def, *def.initial);
  const auto* const text = std::get_if<std::string>(&given);
  return text != nullptr && *text == std::get<std::string>(initial);
}

// "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".
bool maps_to_plaintext_alone(std::string_view value) {
  return std::ranges::all_of(split_list(value), [](std::string_view item) {
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    return item.ends_with(":PLAINTEXT");
  });
}

}  // namespace

std::optional<std::string> why_unenforced(const ConfigDefs& defs, std::string_view name,
                                          std::string_view value) {
  const std::string_view base = without_listener(name);
  const Row* const row = find_row(base);
  if (row == nullptr) return std::nullopt;
  const ConfigDef* const def = defs.find_broker(base);
  if (def != nullptr && is_default(*def, value)) return std::nullopt;
  if (base == kProtocolMap && maps_to_plaintext_alone(value)) return std::nullopt;
  return std::string(name) + ": Understudy does not enforce this yet, it has no " +
         std::string(row->missing);
}

}  // namespace understudy::broker
