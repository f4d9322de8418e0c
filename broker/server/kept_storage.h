// Storage in a directory that is kept: Kafka's own layout, one process at a time.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/server/file_storage.h"
#include "broker/server/kept_content.h"
#include "broker/server/kept_directory.h"

namespace understudy::server {

class KeptStorage : public broker::Storage {
 public:
  struct Options {
    Durability durability = Durability::kPageCache;
    // So many files are open at a time; 0: half of what the process may open, for connections need
    // descriptors, too.
    std::size_t open_files_max = 0;
    SyncCall sync_call = {};
  };
  struct Opened {
    std::unique_ptr<KeptStorage> storage;
    std::string failure;  // if there is none: why, in one sentence that names the directory
  };

  // Makes the directory if there is none. After raise_open_files_limit(), if that is called.
  static Opened open(const std::string& directory, Post post, Options options);
  static Opened open(const std::string& directory, Post post) {
    return open(directory, std::move(post), Options{});
  }

  std::unique_ptr<broker::File> create(const std::string& path) override;
  std::unique_ptr<broker::File> open(const std::string& path) override;
  std::optional<std::string> load(const std::string& path) override;
  bool replace(const std::string& path, std::string_view bytes) override;
  bool rename(const std::string& from, const std::string& to) override;
  bool remove(const std::string& path) override;
  // Also removes what a killed process had half written there.
  Listing list(const std::string& directory) override;
  bool is_synced() const override { return durability_ == Durability::kFsync; }
  void lose_unsynced() override;
  std::string directory() const override { return directory_->root(); }

 private:
  KeptStorage(std::shared_ptr<KeptDirectory> directory, Durability durability, Descriptor lock);

  std::shared_ptr<KeptContent> find_content(const std::string& path);
  // Nobody finds the content of this path any more.
  void forget(const std::string& path);
  bool refuse(FileOperation operation, const std::string& path, int error);
  bool rename_file(const std::string& from, const std::string& to);
  bool sync_renamed(const std::string& from, const std::string& to);
  void add_entry(int directory_fd, const std::string& directory, const char* name,
                 Listing& entries);

  const Descriptor lock_;
  const Durability durability_;
  const std::shared_ptr<KeptDirectory> directory_;
  // Of all that was opened or made, for as long as it is there.
  std::map<std::string, std::shared_ptr<KeptContent>> contents_;
};

}  // namespace understudy::server
