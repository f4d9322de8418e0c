#include "broker/server/temporary_storage.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "broker/server/storage_paths.h"

namespace understudy::server {
namespace {

using wire::Slice;

std::string default_directory() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

// For the time of one append.
Slice borrowed(std::string_view bytes) {
  return {nullptr, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

TemporaryStorage::TemporaryStorage(Post post, const broker::Clock& clock, Options options)
    : post_(std::move(post)),
      durability_(options.durability),
      files_(std::make_shared<TemporaryFiles>(
          options.directory.empty() ? default_directory() : std::move(options.directory), clock,
          options.open_files_max)) {}

std::unique_ptr<broker::File> TemporaryStorage::create(const std::string& path) {
  if (has_below(contents_, path)) return nullptr;
  auto& content = contents_[path];
  content = make_content(path);
  return std::make_unique<StoredFile>(content, post_);
}

std::unique_ptr<broker::File> TemporaryStorage::open(const std::string& path) {
  const auto found = contents_.find(path);
  if (found == contents_.end()) return nullptr;
  return std::make_unique<StoredFile>(found->second, post_);
}

std::optional<std::string> TemporaryStorage::load(const std::string& path) {
  const auto found = contents_.find(path);
  if (found == contents_.end()) return std::nullopt;
  TemporaryContent& content = *found->second;
  const auto bytes =
      content.read(0, static_cast<std::size_t>(content.size_bytes()), Purpose::kLooking);
  if (!bytes) return std::nullopt;
  return std::string(bytes->view());
}

bool TemporaryStorage::replace(const std::string& path, std::string_view bytes) {
  if (has_below(contents_, path)) return false;
  auto content = make_content(path);
  if (!content->append(borrowed(bytes))) return false;
  content->mark_durable();
  contents_[path] = std::move(content);
  return true;
}

bool TemporaryStorage::rename(const std::string& from, const std::string& to) {
  if (has_below(contents_, to)) return false;
  auto taken = take_path(contents_, from);
  if (taken.empty()) return false;
  contents_.erase(to);
  for (auto& [path, content] : taken) {
    contents_[to + path.substr(from.size())] = std::move(content);
  }
  return true;
}

bool TemporaryStorage::remove(const std::string& path) {
  take_path(contents_, path);
  return true;
}

broker::Storage::Listing TemporaryStorage::list(const std::string& directory) {
  const std::string below = directory.empty() ? "" : directory + "/";
  std::vector<Entry> entries;
  auto place = contents_.lower_bound(below);
  while (place != contents_.end() && place->first.starts_with(below)) {
    std::string name = place->first.substr(below.size());
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) {
      entries.push_back({std::move(name), place->second->size_bytes(), false});
      ++place;
      continue;
    }
    name.resize(slash);
    // On to what comes after all that is in this directory.
    place = contents_.lower_bound(below + name + static_cast<char>('/' + 1));
    entries.push_back({std::move(name), 0, true});
  }
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

void TemporaryStorage::lose_unsynced() {
  std::erase_if(contents_, [](const auto& entry) { return !entry.second->lose_unsynced(); });
}

std::shared_ptr<TemporaryContent> TemporaryStorage::make_content(const std::string& path) const {
  const auto kind =
      is_log_path(path) ? TemporaryContent::Kind::kLog : TemporaryContent::Kind::kOther;
  return std::make_shared<TemporaryContent>(kind, files_);
}

}  // namespace understudy::server
