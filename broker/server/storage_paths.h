// Paths inside a storage: "orders-0/00000000000000000000.log".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace understudy::server {

// "" above the top.
std::string_view parent_of(std::string_view path);
std::string_view file_name_of(std::string_view path);

// "x.log", and what a log is called on its way there or away: "x.log.cleaned", "x.log.deleted".
bool is_log_path(std::string_view path);

template <class Value>
bool has_below(const std::map<std::string, Value>& values, const std::string& directory) {
  const std::string below = directory + "/";
  const auto place = values.lower_bound(below);
  return place != values.end() && place->first.starts_with(below);
}

template <class Value>
bool has_path(const std::map<std::string, Value>& values, const std::string& path) {
  return values.contains(path) || has_below(values, path);
}

// Takes out the path and, if it is a directory, all that lies below, in the order of their names.
template <class Value>
std::vector<std::pair<std::string, Value>> take_path(std::map<std::string, Value>& values,
                                                     const std::string& path) {
  std::vector<std::pair<std::string, Value>> taken;
  const auto take = [&](auto place) {
    taken.emplace_back(place->first, std::move(place->second));
    return values.erase(place);
  };
  if (const auto place = values.find(path); place != values.end()) take(place);
  const std::string below = path + "/";
  auto place = values.lower_bound(below);
  while (place != values.end() && place->first.starts_with(below)) place = take(place);
  return taken;
}

}  // namespace understudy::server
