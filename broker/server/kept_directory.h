// What the files of one data directory share: where it lies, the descriptors that are open, the
// syncs under way, and what has still to be logged or synced.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/server/descriptor_cache.h"
#include "broker/server/file_storage.h"
#include "broker/server/storage_errors.h"
#include "broker/server/sync_pool.h"

namespace understudy::server {

// Paths are relative to the root, as everywhere in a storage; the caller logs errors.
class KeptDirectory {
 public:
  struct Options {
    std::string root;
    std::size_t open_files_max;
    SyncCall sync_call;
  };

  KeptDirectory(Options options, Post post);

  const std::string& root() const { return root_; }
  const Post& post() const { return post_; }
  DescriptorCache& descriptors() { return descriptors_; }
  SyncPool& pool() { return pool_; }

  std::string full(std::string_view path) const;
  void log_error(FileOperation operation, std::string_view path, int error);

  // open() with these flags; closes files that are not in use if the process has too many, and has
  // some descriptors in reserve for when there is none to close. Empty, and errno, if it fails.
  Descriptor open(const std::string& path, int flags);
  // A file that is made or emptied; the directories above it are made.
  Descriptor open_new(const std::string& path);
  bool make_directories(const std::string& directory);

  // What has to be synced for `path` to be found after a power cut: the directory it is in, and
  // those above it as far as they are new. False, and errno, if one cannot be opened.
  bool add_directories_of(const std::string& path, std::vector<SyncTarget>& targets);
  void directories_synced(const std::string& path);
  // The same, waited for. 0 or the errno.
  int sync_directories_of(const std::string& path);
  int sync(const std::vector<SyncTarget>& targets) const;
  // Directories that are new have another name from now on, or none.
  void directory_renamed(const std::string& from, const std::string& to);
  void directory_removed(const std::string& directory);

  // A small file is from now on these bytes; errno if not.
  bool replace(const std::string& path, std::string_view bytes, Durability durability);

  // Each sync under way holds descriptors: no more than so many at a time, and no more than there
  // are descriptors for. The others wait for their turn. What is kBegun is ended by sync_ended().
  enum class Begun {
    kBegun,
    kNothing,  // the outcome is known already
    kLater,    // there is no descriptor left; while others are under way only
  };
  using BeginSync = std::function<Begun()>;
  void begin_sync(BeginSync begin);
  bool is_any_sync_under_way() const { return sync_count_ > 0; }
  void sync_ended();

  // What is being written before it takes its place.
  static std::string temporary_name(const std::string& path);
  static bool is_temporary_name(std::string_view name);

 private:
  static constexpr std::size_t kSyncsMax = 4 * SyncPool::kThreadsMax;
  // Enough for one sync: a file, its directory, and the one above that.
  static constexpr std::size_t kSparesMax = 3;

  void begin_waiting_syncs();
  void fill_spares();

  const std::string root_;
  const Post post_;
  const SyncCall sync_call_;
  StorageErrors errors_;
  DescriptorCache descriptors_;
  std::set<std::string> new_directories_;  // whose names a power cut may take away
  std::vector<Descriptor> spares_;         // to be closed when there is no other left
  std::deque<BeginSync> waiting_syncs_;
  std::size_t sync_count_ = 0;
  SyncPool pool_;  // the first to go: its threads end
};

}  // namespace understudy::server
