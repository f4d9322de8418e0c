// Storage that is gone with the process: names in memory, bytes in nameless files.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/server/file_storage.h"
#include "broker/server/temporary_content.h"

namespace understudy::server {

class TemporaryStorage : public broker::Storage {
 public:
  struct Options {
    // Where the files lie; empty: $TMPDIR, else /tmp. A directory that cannot be written to is not
    // an error: the files are then anonymous memory of the kernel (memfd).
    std::string directory = {};
    // What is_synced() says. A sync costs nothing here; what lose_unsynced() spares depends on it.
    Durability durability = Durability::kPageCache;
    // So many files may be open; each partition with more than a few records has one.
    std::size_t open_files_max = std::numeric_limits<std::size_t>::max();
  };

  // The clock says when files were written; it must outlive the storage.
  TemporaryStorage(Post post, const broker::Clock& clock, Options options);
  TemporaryStorage(Post post, const broker::Clock& clock)
      : TemporaryStorage(std::move(post), clock, Options{}) {}

  std::unique_ptr<broker::File> create(const std::string& path) override;
  std::unique_ptr<broker::File> open(const std::string& path) override;
  std::optional<std::string> load(const std::string& path) override;
  bool replace(const std::string& path, std::string_view bytes) override;
  bool rename(const std::string& from, const std::string& to) override;
  bool remove(const std::string& path) override;
  Listing list(const std::string& directory) override;
  bool is_synced() const override { return durability_ == Durability::kFsync; }
  void lose_unsynced() override;
  std::string directory() const override { return files_->directory(); }

 private:
  std::shared_ptr<TemporaryContent> make_content(const std::string& path) const;

  const Post post_;
  const Durability durability_;
  const std::shared_ptr<TemporaryFiles> files_;
  std::map<std::string, std::shared_ptr<TemporaryContent>> contents_;
};

}  // namespace understudy::server
