#include "broker/server/sync_pool.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "broker/server/blocked_signals.h"

namespace understudy::server {
namespace {

int sync_target(const SyncTarget& target, const SyncCall& call) {
  const int fd = target.descriptor->get();
  if (call) return call(fd);
  return target.kind == SyncTarget::Kind::kFile ? ::fdatasync(fd) : ::fsync(fd);
}

}  // namespace

int sync_targets(const std::vector<SyncTarget>& targets, const SyncCall& call) {
  for (const SyncTarget& target : targets) {
    while (sync_target(target, call) != 0) {
      if (errno != EINTR) return errno;
    }
  }
  return 0;
}

SyncPool::~SyncPool() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    jobs_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void SyncPool::submit(std::vector<SyncTarget> targets, std::function<void(int)> done) {
  Job job{std::move(targets), std::move(done)};
  std::size_t waiting = 0;
  std::size_t idle = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting = jobs_.size() + 1;
    idle = idle_count_;
  }
  if (waiting > idle && threads_.size() < kThreadsMax && !start_thread() && threads_.empty()) {
    run(std::move(job));  // slowly, but it is done
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

bool SyncPool::start_thread() {
  const BlockedSignals blocked;
  try {
    threads_.emplace_back([this] { work(); });
    return true;
  } catch (const std::system_error&) {
    return false;  // the machine has no more threads for us
  }
}

void SyncPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_count_;
    changed_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
    --idle_count_;
    if (is_stopping_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    run(std::move(job));
    lock.lock();
  }
}

void SyncPool::run(Job job) const {
  const int error = sync_targets(job.targets, call_);
  job.targets.clear();  // closes what is not needed any more, before anyone hears of the end
  post_([done = std::move(job.done), error] { done(error); });
}

}  // namespace understudy::server
