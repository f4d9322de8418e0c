// A disk in memory that treats what it is given as badly as real ones do.
//
// A power cut tears what no sync has covered: it is gone, there in part, there with zeros in it, or
// there. A file that was replaced may be the old or the new one. The process may die in the middle
// of any change, then a part of an append is there. Taking a name away, renaming and cutting a file
// are taken to last, as a journal makes them.
//
// As Linux does, it takes the bytes of a failed sync for written: later syncs succeed without them,
// until they are written again. That is so with Durability::kFsync alone; else nothing was promised
// of a disk that failed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/log/storage.h"
#include "broker/log/testing/path_map.h"

namespace understudy::simulation {

// Thrown out of the core in the middle of a change: the process is no more.
struct Died {};

enum class Durability : std::uint8_t { kPageCache, kFsync };

class Disk : public broker::Storage {
 public:
  Disk(const broker::Clock& clock, Durability durability, std::uint64_t seed)
      : clock_(clock), durability_(durability), random_(seed) {}

  std::unique_ptr<broker::File> create(const std::string& path) override;
  std::unique_ptr<broker::File> open(const std::string& path) override;
  std::optional<std::string> load(const std::string& path) override;
  [[nodiscard]] bool replace(const std::string& path, std::string_view bytes) override;
  [[nodiscard]] bool rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] bool remove(const std::string& path) override;
  Listing list(const std::string& directory) override;
  bool is_synced() const override { return durability_ == Durability::kFsync; }
  void lose_unsynced() override;
  std::string directory() const override { return "disk"; }

  // While it is full, nothing is written.
  void set_full(bool is_full) { is_full_ = is_full; }
  bool is_full() const { return is_full_; }
  void fail_syncs(bool failing) { failing_syncs_ = failing; }
  bool fails_syncs() const { return failing_syncs_; }

  // The process dies in the n-th change from now on; 0: it lives.
  void die_in(std::uint64_t changes) { changes_to_death_ = changes; }
  // Since a death nothing of the dead process reaches the disk.
  void revive();

  // Called when a sync is asked for, so that somebody ends it.
  void on_sync_asked(std::function<void()> listener) { on_sync_asked_ = std::move(listener); }
  // Ends the oldest sync; nothing if none is under way.
  void finish_sync();
  bool has_pending_syncs() const { return !pending_syncs_.empty(); }
  bool is_sync_pending(const std::string& path) const;

  // How many bytes of a file would survive a power cut for sure.
  std::uint64_t durable_size(const std::string& path) const;
  std::string bytes_of(const std::string& path) const;

  // Of every file's name and bytes.
  std::uint64_t hash() const;

 private:
  friend class DiskFile;
  struct Content {
    std::vector<std::uint8_t> bytes;
    std::size_t synced_size = 0;
    std::size_t doubtful_from = SIZE_MAX;  // a failed sync was to cover what begins here
    bool is_durable = false;
    std::int64_t modified_ms = 0;
    // What a power cut may put back in its place.
    std::shared_ptr<Content> before = nullptr;
  };
  struct PendingSync {
    std::weak_ptr<void> file;
    std::shared_ptr<Content> content;
    std::size_t size;
    std::function<void(bool)> done;
  };

  enum class Need : std::uint8_t { kRoom, kNothing };
  // False if the machine refuses the change. `half` does a part of it, before the process dies.
  bool may_change(Need need, const std::function<void()>& half);
  // A sync of the first `size` bytes ends.
  bool end_sync(Content& content, std::size_t size) const;
  bool tear(const std::string& path, Content& content);
  void tear_tail(const std::string& path, Content& content);

  const broker::Clock& clock_;
  const Durability durability_;
  broker::Random random_;
  broker::PathMap<Content> files_;
  std::vector<PendingSync> pending_syncs_;
  std::function<void()> on_sync_asked_ = [] {};
  bool is_full_ = false;
  bool failing_syncs_ = false;
  bool is_dead_ = false;
  std::uint64_t changes_to_death_ = 0;
};

}  // namespace understudy::simulation
