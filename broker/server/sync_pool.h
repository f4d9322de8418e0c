// Threads that wait for the disk, so that the loop need not.
//
// A pool and not io_uring: Asio's io_uring files (Boost 1.81) have no asynchronous sync; their
// sync_data() is a plain fsync() on the caller's thread (io_uring_file_service.ipp). A ring of our
// own would gain nothing: the kernel hands IORING_OP_FSYNC to a pool of threads, too.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/server/descriptor.h"
#include "broker/server/file_storage.h"

namespace understudy::server {

// Takes the place of fdatasync() and fsync(), for tests: 0, or -1 and errno.
using SyncCall = std::function<int(int fd)>;

struct SyncTarget {
  enum class Kind { kFile, kDirectory };
  std::shared_ptr<Descriptor> descriptor;
  Kind kind = Kind::kFile;
};

// Waits until all of them would survive a power cut. 0, or the errno of the first that failed.
int sync_targets(const std::vector<SyncTarget>& targets, const SyncCall& call);

class SyncPool {
 public:
  // The journal of a file system commits many files at a time, if only many ask at a time. Syncs
  // per second after appends of 16 KiB, on a machine with two cores and ext4:
  //   threads    1 file    4 files   12 files
  //      1        4,100      4,300      4,600
  //      2        3,100      7,300      7,700
  //      4        4,400      9,800     12,800
  //      8        4,200     11,100     17,700
  static constexpr std::size_t kThreadsMax = 8;

  SyncPool(Post post, SyncCall call) : post_(std::move(post)), call_(std::move(call)) {}
  SyncPool(const SyncPool&) = delete;
  SyncPool& operator=(const SyncPool&) = delete;
  // Waits for the syncs that have begun; the others never begin.
  ~SyncPool();

  // `done` is called with the errno or 0, on the loop's thread.
  void submit(std::vector<SyncTarget> targets, std::function<void(int)> done);

 private:
  struct Job {
    std::vector<SyncTarget> targets;
    std::function<void(int)> done;
  };

  bool start_thread();
  void work();
  void run(Job job) const;

  const Post post_;
  const SyncCall call_;
  std::vector<std::thread> threads_;  // as many as were ever needed at a time
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::size_t idle_count_ = 0;
  bool is_stopping_ = false;
};

}  // namespace understudy::server
