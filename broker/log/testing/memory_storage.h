// Files in ordinary memory, for tests and simulations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/log/storage.h"
#include "broker/log/testing/path_map.h"

namespace understudy::broker {

class MemoryStorage : public Storage {
 public:
  std::unique_ptr<File> create(const std::string& path) override;
  std::unique_ptr<File> open(const std::string& path) override;
  std::optional<std::string> load(const std::string& path) override;
  [[nodiscard]] bool replace(const std::string& path, std::string_view bytes) override;
  [[nodiscard]] bool rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] bool remove(const std::string& path) override;
  Listing list(const std::string& directory) override;
  bool is_synced() const override { return is_synced_; }
  void lose_unsynced() override;
  std::string directory() const override { return "memory"; }

  // From now on every append, new file and change of a name fails (or works again).
  void fail(bool failing) { fail_between(failing ? 0 : SIZE_MAX, SIZE_MAX); }
  // So many of them from now on work, those until the other number fail: one, as of a bad sector,
  // or all that follow, as of a full disk or a process that was killed there.
  void fail_between(std::size_t first, std::size_t end) {
    changes_ = 0;
    fail_from_ = first;
    fail_until_ = end;
  }
  // Since then.
  std::size_t changes() const { return changes_; }
  // So many listings from now on are whole, and none that follow.
  void fail_listings_after(std::size_t count) { listings_left_ = count; }
  // The same for sync() and sync_later(). What a failed one should have covered no later one does,
  // unless it is written again.
  void fail_syncs(bool failing) { failing_syncs_ = failing; }
  void set_synced(bool is_synced) { is_synced_ = is_synced; }
  void set_modified_ms(std::int64_t ms) { modified_ms_ = ms; }

  // Ends the syncs that were asked for, in their order; their callbacks may ask for more, which
  // wait for the next call. Returns how many ended.
  std::size_t finish_syncs();
  // They end with the process that asked for them.
  void drop_syncs() { pending_syncs_.clear(); }

  struct Content {
    std::vector<std::uint8_t> bytes;
    std::size_t synced_size = 0;
    std::size_t doubtful_from = SIZE_MAX;  // behind it no sync covers anything
    bool is_durable = false;               // made by replace(), or synced once
    std::int64_t modified_ms = 0;
  };

 private:
  friend class MemoryFile;
  bool end_sync(Content& content, std::size_t size) const;
  struct PendingSync {
    std::weak_ptr<void> file;  // the file object that asked
    std::shared_ptr<Content> content;
    std::size_t size;
    std::function<void(bool)> done;
  };

  PathMap<Content> files_;
  std::vector<PendingSync> pending_syncs_;
  bool refuses_change();
  std::size_t changes_ = 0;
  std::size_t fail_from_ = SIZE_MAX;
  std::size_t fail_until_ = SIZE_MAX;
  std::size_t listings_left_ = SIZE_MAX;
  bool failing_syncs_ = false;
  bool is_synced_ = false;
  std::int64_t modified_ms_ = 0;
};

}  // namespace understudy::broker
