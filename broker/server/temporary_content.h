// Bytes that are gone with the process: in a nameless file, so that they lie in the page cache and
// on the disk and not in our memory, and nothing is left behind however the process ends. The
// newest ones are gathered in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/server/append_room.h"
#include "broker/server/descriptor.h"
#include "broker/server/file_storage.h"
#include "broker/server/storage_errors.h"

namespace understudy::server {

class TemporaryContent;

// What the contents of one storage share: where their files lie, and the memory in which logs
// gather what is appended.
class TemporaryFiles {
 public:
  static constexpr std::size_t kTailSize = 16u << 10;
  // So many logs gather at a time; another one takes the place of the one that began first.
  static constexpr std::size_t kTailsMax = 256;

  // Of more than `open_max` files none is opened, as if the process had no descriptor left.
  TemporaryFiles(std::string directory, const broker::Clock& clock, std::size_t open_max)
      : directory_(std::move(directory)), clock_(clock), open_max_(open_max) {}

  const std::string& directory() const { return directory_; }
  std::int64_t now_ms() const { return clock_.wall_ms(); }
  StorageErrors& errors() { return errors_; }

  // Null, and errno, if the machine refuses.
  std::shared_ptr<Descriptor> open_nameless();

  // Empty memory of kTailSize; false if nobody else's can be written out.
  bool take_tail(TemporaryContent& holder, std::vector<std::uint8_t>& tail);
  void give_tail_back(TemporaryContent& holder, std::vector<std::uint8_t>& tail);

 private:
  const std::string directory_;
  const broker::Clock& clock_;
  const std::size_t open_max_;
  // Shared, for what is read and not sent yet keeps a file open.
  const std::shared_ptr<std::size_t> open_count_ = std::make_shared<std::size_t>(0);
  StorageErrors errors_;
  std::vector<std::vector<std::uint8_t>> free_tails_;
  std::vector<TemporaryContent*> holders_;  // who began first stands first
};

class TemporaryContent : public Content {
 public:
  // There are many logs, and they are large. The other files are few or small: each may keep its
  // first bytes, or the newest ones, in memory of its own.
  enum class Kind { kLog, kOther };
  static constexpr std::size_t kOtherTailSizeMax = 64u << 10;

  TemporaryContent(Kind kind, std::shared_ptr<TemporaryFiles> files);
  TemporaryContent(const TemporaryContent&) = delete;
  TemporaryContent& operator=(const TemporaryContent&) = delete;
  ~TemporaryContent() override { drop_tail(); }

  bool append(const wire::Slice& bytes) override;
  wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size,
                                 Purpose purpose) override;
  bool truncate(std::uint64_t size) override;
  // Nobody sees how long the file is: it always has room.
  void keep_room() override {}
  bool trim() override { return true; }
  bool write_again(std::uint64_t) override { return true; }  // no sync is asked of the kernel
  std::uint64_t size_bytes() const override { return written_ + tail_.size(); }
  std::int64_t modified_ms() const override { return modified_ms_; }
  void set_modified_ms(std::int64_t ms) override { modified_ms_ = ms; }
  // There is nothing to wait for; what a power cut is said to have spared is remembered.
  bool sync() override;
  void start_sync(std::function<void(bool)> ended) override;

  // Made as a whole: kept whatever happens.
  void mark_durable() { static_cast<void>(sync()); }
  // As a power cut would. False if nothing of it was ever synced.
  bool lose_unsynced();

  // Moves the tail to the file; on failure everything stays as it is.
  bool write_tail();
  void drop_tail();

 private:
  bool has_tail();
  bool write(const std::uint8_t* data, std::size_t size);
  wire::Slice read_tail(std::uint64_t position, std::size_t size) const;
  bool move_to_new_file(std::uint64_t size);

  const Kind kind_;
  const std::shared_ptr<TemporaryFiles> files_;
  std::shared_ptr<Descriptor> file_;
  MappingCount mappings_;
  std::uint64_t written_ = 0;  // bytes that are in the file
  AppendRoom room_;
  std::vector<std::uint8_t> tail_;  // what comes after them
  bool is_tail_taken_ = false;
  std::uint64_t synced_size_ = 0;
  bool is_durable_ = false;
  std::int64_t modified_ms_ = 0;
};

}  // namespace understudy::server
