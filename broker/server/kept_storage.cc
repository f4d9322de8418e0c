#include "broker/server/kept_storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "broker/server/directory_lock.h"
#include "broker/server/storage_paths.h"

namespace understudy::server {
namespace {

// If the process may open as many as it likes.
constexpr std::size_t kOpenFilesMax = 1u << 20;

std::size_t default_open_files_max() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 64;
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur / 2, kOpenFilesMax));
}

struct CloseStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using Stream = std::unique_ptr<DIR, CloseStream>;

enum class Kind { kNothing, kFile, kDirectory, kOther };

struct Status {
  Kind kind = Kind::kNothing;
  std::uint64_t size_bytes = 0;
};

Status status_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return {Kind::kFile, static_cast<std::uint64_t>(status.st_size)};
  return {S_ISDIR(status.st_mode) ? Kind::kDirectory : Kind::kOther, 0};
}

Status status_of(const std::string& full_path) {
  struct stat status{};
  return ::stat(full_path.c_str(), &status) == 0 ? status_of(status) : Status{};
}

}  // namespace

KeptStorage::Opened KeptStorage::open(const std::string& directory, Post post, Options options) {
  LockedDirectory locked = lock_directory(directory);
  if (!locked.lock) return {nullptr, std::move(locked.failure)};
  const std::size_t open_files_max =
      options.open_files_max != 0 ? options.open_files_max : default_open_files_max();
  auto shared = std::make_shared<KeptDirectory>(
      KeptDirectory::Options{.root = std::move(locked.path),
                             .open_files_max = open_files_max,
                             .sync_call = std::move(options.sync_call)},
      std::move(post));
  // Not make_unique: the constructor is private.
  std::unique_ptr<KeptStorage> storage(
      new KeptStorage(std::move(shared), options.durability, std::move(locked.lock)));
  return {std::move(storage), {}};
}

KeptStorage::KeptStorage(std::shared_ptr<KeptDirectory> directory, Durability durability,
                         Descriptor lock)
    : lock_(std::move(lock)), durability_(durability), directory_(std::move(directory)) {
  list("");
}

std::unique_ptr<broker::File> KeptStorage::create(const std::string& path) {
  if (::unlink(directory_->full(path).c_str()) != 0 && errno != ENOENT) {
    refuse(FileOperation::kWrite, path, errno);
    return nullptr;
  }
  forget(path);
  auto content = std::make_shared<KeptContent>(directory_, path);
  contents_[path] = content;
  return std::make_unique<StoredFile>(std::move(content), directory_->post());
}

std::unique_ptr<broker::File> KeptStorage::open(const std::string& path) {
  std::shared_ptr<KeptContent> content = find_content(path);
  if (!content) {
    const std::string full = directory_->full(path);
    const Status status = status_of(full);
    if (status.kind == Kind::kNothing) return nullptr;
    if (status.kind != Kind::kFile) {
      refuse(FileOperation::kOpen, path, EISDIR);
      return nullptr;
    }
    // The file itself is opened when it is used.
    if (::faccessat(AT_FDCWD, full.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
      refuse(FileOperation::kOpen, path, errno);
      return nullptr;
    }
    content = std::make_shared<KeptContent>(directory_, path, status.size_bytes, is_synced());
    contents_[path] = content;
  }
  return std::make_unique<StoredFile>(std::move(content), directory_->post());
}

std::optional<std::string> KeptStorage::load(const std::string& path) {
  const Descriptor opened = directory_->open(path, O_RDONLY);
  struct stat status{};
  if (!opened || ::fstat(opened.get(), &status) != 0) {
    if (errno != ENOENT) refuse(FileOperation::kRead, path, errno);
    return std::nullopt;
  }
  std::string bytes(status_of(status).size_bytes, '\0');
  auto* data = reinterpret_cast<std::uint8_t*>(bytes.data());
  if (!S_ISREG(status.st_mode)) {
    refuse(FileOperation::kRead, path, EISDIR);
    return std::nullopt;
  }
  if (!read_all(opened.get(), data, bytes.size(), 0)) {
    refuse(FileOperation::kRead, path, errno);
    return std::nullopt;
  }
  return bytes;
}

bool KeptStorage::replace(const std::string& path, std::string_view bytes) {
  if (!directory_->replace(path, bytes, durability_)) {
    return refuse(FileOperation::kWrite, path, errno);
  }
  forget(path);
  return true;
}

bool KeptStorage::rename(const std::string& from, const std::string& to) {
  const Kind source = status_of(directory_->full(from)).kind;
  const Kind target = status_of(directory_->full(to)).kind;
  // What was never appended to has no place on the disk.
  const bool is_made = source != Kind::kNothing;
  if (!is_made && !has_path(contents_, from)) return false;
  if (target == Kind::kDirectory) return refuse(FileOperation::kRename, from, EEXIST);
  // A directory, or nothing, does not take the place of a file by itself.
  if (target != Kind::kNothing && source != Kind::kFile) {
    if (::unlink(directory_->full(to).c_str()) != 0) {
      return refuse(FileOperation::kRename, from, errno);
    }
  }
  if (is_made && !rename_file(from, to)) return refuse(FileOperation::kRename, from, errno);
  auto taken = take_path(contents_, from);
  forget(to);
  for (auto& [path, content] : taken) {
    const std::string renamed = to + path.substr(from.size());
    content->renamed(renamed);
    contents_[renamed] = std::move(content);
  }
  if (source == Kind::kDirectory) directory_->directory_renamed(from, to);
  return !is_made || !is_synced() || sync_renamed(from, to);
}

bool KeptStorage::rename_file(const std::string& from, const std::string& to) {
  const std::string source = directory_->full(from);
  const std::string target = directory_->full(to);
  if (::rename(source.c_str(), target.c_str()) == 0) return true;
  if (errno != ENOENT || !directory_->make_directories(std::string(parent_of(to)))) return false;
  return ::rename(source.c_str(), target.c_str()) == 0;
}

// Where appends wait for the disk, so do names.
bool KeptStorage::sync_renamed(const std::string& from, const std::string& to) {
  int error = directory_->sync_directories_of(to);
  if (error == 0 && parent_of(from) != parent_of(to)) error = directory_->sync_directories_of(from);
  if (error != 0) return refuse(FileOperation::kSync, to, error);
  if (const auto content = contents_.find(to); content != contents_.end()) {
    content->second->name_synced();
  }
  return true;
}

bool KeptStorage::remove(const std::string& path) {
  std::error_code error;
  do {
    std::filesystem::remove_all(directory_->full(path), error);
  } while (error.value() == EMFILE && directory_->descriptors().close_oldest());
  if (error) return refuse(FileOperation::kRemove, path, error.value());
  for (const auto& [gone, content] : take_path(contents_, path)) content->removed();
  directory_->directory_removed(path);
  return true;
}

broker::Storage::Listing KeptStorage::list(const std::string& directory) {
  Listing entries;
  Descriptor opened = directory_->open(directory, O_RDONLY | O_DIRECTORY);
  const Stream stream(opened ? ::fdopendir(opened.get()) : nullptr);
  if (!stream) {
    if (errno != ENOENT) entries.is_whole = refuse(FileOperation::kList, directory, errno);
    return entries;
  }
  opened.release();  // the stream's now
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    add_entry(::dirfd(stream.get()), directory, entry->d_name, entries);
    errno = 0;
  }
  if (errno != 0) entries.is_whole = refuse(FileOperation::kList, directory, errno);
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

// Files of our own, and what is neither file nor directory, are left out.
void KeptStorage::add_entry(int directory_fd, const std::string& directory, const char* name,
                            Listing& entries) {
  const std::string_view text = name;
  if (text == "." || text == ".." || (directory.empty() && text == kLockName)) return;
  if (KeptDirectory::is_temporary_name(text)) {
    // Everything here happens on one thread: the process that was writing this has been killed.
    if (::unlinkat(directory_fd, name, 0) != 0) refuse(FileOperation::kRemove, directory, errno);
    return;
  }
  struct stat status{};
  if (::fstatat(directory_fd, name, &status, 0) != 0) {
    if (errno != ENOENT) entries.is_whole = refuse(FileOperation::kList, directory, errno);
    return;
  }
  const auto [kind, size_bytes] = status_of(status);
  if (kind != Kind::kFile && kind != Kind::kDirectory) return;
  entries.push_back({name, size_bytes, kind == Kind::kDirectory});
}

void KeptStorage::lose_unsynced() {
  std::erase_if(contents_, [this](const auto& entry) {
    const auto& [path, content] = entry;
    if (content->lose_unsynced()) return false;
    if (content->is_made() && ::unlink(directory_->full(path).c_str()) != 0) {
      refuse(FileOperation::kRemove, path, errno);
    }
    content->removed();
    return true;
  });
}

// A file that nobody has open and that was never appended to is not there.
std::shared_ptr<KeptContent> KeptStorage::find_content(const std::string& path) {
  const auto found = contents_.find(path);
  if (found == contents_.end()) return nullptr;
  if (found->second->is_made() || found->second->is_open()) return found->second;
  contents_.erase(found);
  return nullptr;
}

void KeptStorage::forget(const std::string& path) {
  const auto found = contents_.find(path);
  if (found == contents_.end()) return;
  found->second->removed();
  contents_.erase(found);
}

// False, always.
bool KeptStorage::refuse(FileOperation operation, const std::string& path, int error) {
  directory_->log_error(operation, path, error);
  return false;
}

}  // namespace understudy::server
