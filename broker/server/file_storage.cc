#include "broker/server/file_storage.h"

#include <sys/resource.h>

#include <utility>

namespace understudy::server {
namespace {

StoredFile* file_if_alive(const std::weak_ptr<StoredFile*>& self) {
  const auto file = self.lock();
  return file ? *file : nullptr;
}

}  // namespace

StoredFile::StoredFile(std::shared_ptr<Content> content, const Post& post)
    : content_(std::move(content)), post_(post) {
  content_->opened();
}

StoredFile::~StoredFile() { content_->closed(); }

// The sync itself starts in a turn of its own: what else is asked for in this one joins it.
void StoredFile::sync_later(std::function<void(bool)> done) {
  waiting_.push_back(std::move(done));
  if (std::exchange(is_sync_due_, true)) return;
  post_([self = std::weak_ptr(self_)] {
    if (StoredFile* file = file_if_alive(self)) file->start_sync();
  });
}

void StoredFile::start_sync() {
  syncing_ = std::exchange(waiting_, {});
  const std::shared_ptr<Content> content = content_;  // the callback may destroy this file
  content->start_sync([self = std::weak_ptr(self_)](bool succeeded) {
    if (StoredFile* file = file_if_alive(self)) file->finish_sync(succeeded);
  });
}

void StoredFile::finish_sync(bool succeeded) {
  const Waiters ending = std::exchange(syncing_, {});
  is_sync_due_ = !waiting_.empty();
  if (is_sync_due_) start_sync();
  const std::weak_ptr<StoredFile*> self = self_;
  for (const auto& done : ending) {
    if (self.expired()) return;  // the one before let the file go
    done(succeeded);
  }
}

std::uint64_t raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  }
  return limit.rlim_cur;
}

}  // namespace understudy::server
