#include "broker/server/kept_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "broker/server/storage_paths.h"
#include "wire/assert.h"

namespace understudy::server {
namespace {

constexpr std::string_view kTemporarySuffix = ".understudy-tmp";

bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

}  // namespace

KeptDirectory::KeptDirectory(Options options, Post post)
    : root_(std::move(options.root)),
      post_(std::move(post)),
      sync_call_(std::move(options.sync_call)),
      descriptors_(options.open_files_max),
      pool_(post_, sync_call_) {
  fill_spares();
}

std::string KeptDirectory::full(std::string_view path) const {
  if (path.empty()) return root_;
  std::string full = root_;
  full += '/';
  full += path;
  return full;
}

void KeptDirectory::log_error(FileOperation operation, std::string_view path, int error) {
  errors_.log_once(operation, full(path), error);
}

Descriptor KeptDirectory::open(const std::string& path, int flags) {
  const std::string full_path = full(path);
  while (true) {
    Descriptor opened(::open(full_path.c_str(), flags | O_CLOEXEC, 0644));
    if (opened) {
      if (spares_.size() < kSparesMax) fill_spares();
      return opened;
    }
    if (errno == EINTR) continue;
    if (errno != EMFILE && errno != ENFILE) return opened;
    const int error = errno;
    if (descriptors_.close_oldest()) continue;
    if (spares_.empty()) {
      errno = error;
      return opened;
    }
    spares_.pop_back();
  }
}

// As far as the machine has any.
void KeptDirectory::fill_spares() {
  while (spares_.size() < kSparesMax) {
    Descriptor spare(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!spare) return;
    spares_.push_back(std::move(spare));
  }
}

Descriptor KeptDirectory::open_new(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_TRUNC;
  Descriptor opened = open(path, kFlags);
  if (opened || errno != ENOENT) return opened;
  if (!make_directories(std::string(parent_of(path)))) return opened;
  return open(path, kFlags);
}

bool KeptDirectory::make_directories(const std::string& directory) {
  if (directory.empty()) return true;
  const std::string full_path = full(directory);
  if (::mkdir(full_path.c_str(), 0755) != 0) {
    if (errno == EEXIST) return true;
    if (errno != ENOENT || !make_directories(std::string(parent_of(directory)))) return false;
    if (::mkdir(full_path.c_str(), 0755) != 0) return false;
  }
  new_directories_.insert(directory);
  return true;
}

bool KeptDirectory::add_directories_of(const std::string& path, std::vector<SyncTarget>& targets) {
  std::string directory(parent_of(path));
  while (true) {
    Descriptor opened = open(directory, O_RDONLY | O_DIRECTORY);
    if (!opened) return false;
    targets.push_back(
        {std::make_shared<Descriptor>(std::move(opened)), SyncTarget::Kind::kDirectory});
    if (!new_directories_.contains(directory)) return true;
    directory = parent_of(directory);
  }
}

void KeptDirectory::directories_synced(const std::string& path) {
  for (std::string directory(parent_of(path)); new_directories_.erase(directory) > 0;) {
    directory = parent_of(directory);
  }
}

int KeptDirectory::sync_directories_of(const std::string& path) {
  std::vector<SyncTarget> targets;
  if (!add_directories_of(path, targets)) return errno;
  const int error = sync(targets);
  if (error == 0) directories_synced(path);
  return error;
}

int KeptDirectory::sync(const std::vector<SyncTarget>& targets) const {
  return sync_targets(targets, sync_call_);
}

void KeptDirectory::directory_renamed(const std::string& from, const std::string& to) {
  std::set<std::string> moved = {to};
  for (const std::string& directory : new_directories_) {
    if (is_below(directory, from)) moved.insert(to + directory.substr(from.size()));
  }
  directory_removed(from);
  new_directories_.merge(moved);
}

void KeptDirectory::directory_removed(const std::string& directory) {
  std::erase_if(new_directories_, [&](const std::string& other) {
    return other == directory || is_below(other, directory);
  });
}

bool KeptDirectory::replace(const std::string& path, std::string_view bytes,
                            Durability durability) {
  const std::string temporary = temporary_name(path);
  int error = 0;
  {
    Descriptor opened = open_new(temporary);
    if (!opened) return false;
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (!write_all(opened.get(), data, bytes.size(), 0)) error = errno;
    if (error == 0 && durability == Durability::kFsync) {
      error = sync({{std::make_shared<Descriptor>(std::move(opened))}});
    }
  }
  if (error == 0 && ::rename(full(temporary).c_str(), full(path).c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(full(temporary).c_str());
  } else if (durability == Durability::kFsync) {
    error = sync_directories_of(path);
  }
  errno = error;
  return error == 0;
}

void KeptDirectory::begin_sync(BeginSync begin) {
  waiting_syncs_.push_back(std::move(begin));
  begin_waiting_syncs();
}

void KeptDirectory::sync_ended() {
  ASSERT(sync_count_ > 0);
  --sync_count_;
  begin_waiting_syncs();
}

void KeptDirectory::begin_waiting_syncs() {
  while (sync_count_ < kSyncsMax && !waiting_syncs_.empty()) {
    BeginSync begin = std::move(waiting_syncs_.front());
    waiting_syncs_.pop_front();
    switch (begin()) {
      case Begun::kBegun:
        ++sync_count_;
        break;
      case Begun::kNothing:
        break;
      case Begun::kLater:  // when one of the others has ended
        waiting_syncs_.push_front(std::move(begin));
        return;
    }
  }
}

std::string KeptDirectory::temporary_name(const std::string& path) {
  return path + std::string(kTemporarySuffix);
}

bool KeptDirectory::is_temporary_name(std::string_view name) {
  return name.ends_with(kTemporarySuffix);
}

}  // namespace understudy::server
