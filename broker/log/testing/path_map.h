// The names of a directory in memory: files by path, and directories that exist while something
// lies in them. For storages that are made to fail.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/log/storage.h"

namespace understudy::broker {

// A Content has `bytes`.
template <class Content>
using PathMap = std::map<std::string, std::shared_ptr<Content>>;

inline bool is_at_or_below(const std::string& path, const std::string& directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

// A file, or a directory with all that is below. Whether there was one.
template <class Content>
bool rename_path(PathMap<Content>& files, const std::string& from, const std::string& to) {
  std::vector<std::pair<std::string, std::shared_ptr<Content>>> moved;
  for (auto file = files.lower_bound(from); file != files.end();) {
    if (!file->first.starts_with(from)) break;
    if (!is_at_or_below(file->first, from)) {
      ++file;
      continue;
    }
    moved.emplace_back(to + file->first.substr(from.size()), std::move(file->second));
    file = files.erase(file);
  }
  for (auto& [path, content] : moved) files[path] = std::move(content);
  return !moved.empty();
}

template <class Content>
void remove_path(PathMap<Content>& files, const std::string& path) {
  std::erase_if(files, [&](const auto& file) { return is_at_or_below(file.first, path); });
}

// What lies in a directory ("" is the top), sorted by name.
template <class Content>
std::vector<Storage::Entry> list_path(const PathMap<Content>& files, const std::string& directory) {
  const std::string below = directory.empty() ? "" : directory + "/";
  std::vector<Storage::Entry> entries;
  for (auto file = files.lower_bound(below); file != files.end(); ++file) {
    if (!file->first.starts_with(below)) break;
    std::string name = file->first.substr(below.size());
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) {
      entries.push_back({std::move(name), file->second->bytes.size(), false});
      continue;
    }
    name.resize(slash);
    if (entries.empty() || entries.back().name != name) {
      entries.push_back({std::move(name), 0, true});
    }
  }
  std::ranges::sort(entries, {}, &Storage::Entry::name);
  return entries;
}

}  // namespace understudy::broker
