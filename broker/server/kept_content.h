// The bytes of one file in a data directory. They are written at once: what was appended survives
// the process, and what was synced a power cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "broker/server/append_room.h"
#include "broker/server/descriptor_cache.h"
#include "broker/server/file_storage.h"
#include "broker/server/kept_directory.h"

namespace understudy::server {

class KeptContent : public Content, public std::enable_shared_from_this<KeptContent> {
 public:
  // A file that has not been made yet, ...
  KeptContent(std::shared_ptr<KeptDirectory> directory, std::string path);
  // ... or one that has been there since before the storage was opened: all of it counts as synced.
  // What has its name from this process may lose it to a power cut yet.
  KeptContent(std::shared_ptr<KeptDirectory> directory, std::string path, std::uint64_t size_bytes,
              bool is_name_safe);
  KeptContent(const KeptContent&) = delete;
  KeptContent& operator=(const KeptContent&) = delete;

  bool append(const wire::Slice& bytes) override;
  wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size,
                                 Purpose purpose) override;
  bool truncate(std::uint64_t size) override;
  void keep_room() override { keeps_room_ = true; }
  bool trim() override;
  bool write_again(std::uint64_t position) override;
  std::uint64_t size_bytes() const override { return size_; }
  std::int64_t modified_ms() const override;
  void set_modified_ms(std::int64_t ms) override;
  bool sync() override;
  void start_sync(std::function<void(bool)> ended) override;
  void opened() override { ++open_count_; }
  void closed() override;

  bool is_made() const { return is_made_; }
  bool is_open() const { return open_count_ > 0; }

  // It lies under another path now, ...
  void renamed(std::string path);
  // ... which was made safe.
  void name_synced() { is_name_unsafe_ = false; }
  // It lies under no path any more: what is open can be used as long as its descriptor lasts.
  void removed() { is_removed_ = true; }

  // As a power cut would: cut to what was synced. False if nothing of it ever was.
  bool lose_unsynced();

 private:
  bool refuse(FileOperation operation, int error);
  const std::shared_ptr<Descriptor>* open_descriptor();
  const std::shared_ptr<Descriptor>* descriptor(FileOperation operation);
  bool open_file();
  bool cut_file(std::uint64_t size);
  bool cut_to(int fd, std::uint64_t size);
  int move_to_new_file(const Descriptor& old, std::uint64_t size);
  bool add_sync_targets(std::vector<SyncTarget>& targets);
  KeptDirectory::Begun submit_sync(const std::function<void(bool)>& ended);
  bool note_sync(int error, std::uint64_t covered_size, std::uint64_t name_version);
  void mark_name_unsafe();

  const std::shared_ptr<KeptDirectory> directory_;
  std::string path_;
  DescriptorCache::Slot slot_;
  MappingCount mappings_;
  std::uint64_t size_ = 0;
  AppendRoom room_;
  bool keeps_room_ = false;
  std::uint64_t synced_size_ = 0;
  // Sizes that the syncs under way will have covered, less what was cut since they began.
  std::list<std::uint64_t> covered_sizes_;
  std::size_t open_count_ = 0;
  std::int64_t made_ms_ = 0;
  bool is_made_ = false;  // the directory has a file of this name
  bool is_removed_ = false;
  bool is_torn_ = false;         // the file has bytes after those that count
  bool is_durable_ = false;      // was synced once
  bool is_name_unsafe_ = false;  // a power cut may take the name away
  std::uint64_t name_version_ = 0;
  // After a failure the kernel takes the pages for written and the next sync succeeds, whatever
  // became of them: for as long as the file is open, none is believed any more.
  bool has_sync_failed_ = false;
};

}  // namespace understudy::server
