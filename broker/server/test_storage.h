// What tests of the storages share: a loop that runs when asked, a directory of their own, a disk
// that is full.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <iterator>
#include <mutex>
#include <string>
#include <utility>

#include "broker/server/file_storage.h"
#include "broker/server/kept_storage.h"

namespace understudy::server {

inline std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 257);
  return text;
}

inline std::string three_times(const std::string& text) {
  std::string thrice = text;
  thrice += text;
  thrice += text;
  return thrice;
}

inline std::size_t open_files() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

inline bool append(broker::File& file, std::string_view text) {
  return file.append(wire::Slice::copy_of(text));
}

inline std::string content_of(const broker::File& file) {
  const auto bytes = file.read(0, static_cast<std::size_t>(file.size_bytes()));
  return bytes ? std::string(bytes->view()) : "cannot be read";
}

// In the place of the thread that runs the core.
class TestLoop {
 public:
  Post post() {
    return [this](std::function<void()> task) {
      {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
      }
      changed_.notify_all();
    };
  }

  // What is there, and what that brings. Returns how many tasks there were.
  std::size_t run_ready() {
    std::size_t count = 0;
    while (run_one()) ++count;
    return count;
  }

  void run_until(const std::function<bool()>& is_over) {
    while (!is_over()) {
      if (run_one()) continue;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !tasks_.empty(); });
    }
  }

 private:
  bool run_one() {
    std::function<void()> task;
    {
      const std::lock_guard lock(mutex_);
      if (tasks_.empty()) return false;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
};

// Its path is there for as long as it lives.
class TestDirectory {
 public:
  TestDirectory() {
    std::string name = testing::TempDir() + "understudy-storage-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = std::filesystem::canonical(name).string();
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A limit on the size of files stands for a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit tight{size, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

// In the place of fdatasync() and fsync(): counts them, and lets them wait or fail.
class TestDisk {
 public:
  SyncCall call() {
    return [this](int fd) {
      struct stat status{};
      ::fstat(fd, &status);
      std::unique_lock lock(mutex_);
      ++waiting_count_;
      waiting_count_max_ = std::max(waiting_count_max_, waiting_count_);
      changed_.notify_all();
      changed_.wait(lock, [this] { return !is_held_; });
      --waiting_count_;
      ++(S_ISDIR(status.st_mode) ? directory_count_ : file_count_);
      errno = error_;
      return error_ == 0 ? 0 : -1;
    };
  }

  void hold() { set(is_held_, true); }
  void release() { set(is_held_, false); }
  void fail(int error) { set(error_, error); }
  void wait_for_sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_count_ > 0; });
  }

  std::size_t file_count() { return get(file_count_); }
  std::size_t directory_count() { return get(directory_count_); }
  std::size_t at_a_time() { return get(waiting_count_max_); }

 private:
  template <class T>
  void set(T& member, T value) {
    const std::lock_guard lock(mutex_);
    member = value;
    changed_.notify_all();
  }
  std::size_t get(const std::size_t& member) {
    const std::lock_guard lock(mutex_);
    return member;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;
  int error_ = 0;
  std::size_t waiting_count_ = 0;
  std::size_t waiting_count_max_ = 0;
  std::size_t file_count_ = 0;
  std::size_t directory_count_ = 0;
};

}  // namespace understudy::server
