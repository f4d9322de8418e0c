// Where logs lie: a directory of files. The core is handed a Storage; the edge implements it with
// real files (persistent or temporary), tests and simulations with memory.
//
// Paths are relative to the storage's directory: "orders-0/00000000000000000000.log". What the
// machine refuses is logged by the implementation; the core only learns that it failed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/result.h"
#include "wire/types.h"

namespace understudy::broker {

// One file, only ever appended to and cut.
class File {
 public:
  virtual ~File() = default;

  // False: the machine refused (disk full, I/O error); nothing of it counts as written.
  [[nodiscard]] virtual bool append(const wire::Slice& bytes) = 0;

  // Exactly `size` bytes from `position`; the caller stays within size_bytes(). KAFKA_STORAGE_ERROR
  // if the machine fails. The slice stays valid whatever happens to the file later.
  virtual wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size) const = 0;

  // The same for bytes that are passed on and mostly not looked at: a storage of files lets the
  // kernel send them from where they lie. An I/O error may show only when they are sent.
  virtual wire::Result<wire::Slice> read_to_send(std::uint64_t position, std::size_t size) const {
    return read(position, size);
  }

  // Drops everything from `size` on.
  [[nodiscard]] virtual bool truncate(std::uint64_t size) = 0;

  // Many appends will follow: a storage may make the file longer ahead of its content, by zeros,
  // which a killed process leaves behind.
  virtual void keep_room() {}
  // No more will follow for now: the file is as long as its content.
  [[nodiscard]] virtual bool trim() { return true; }

  // Writes what lies from `position` on once more, as it is. After a sync that failed the machine
  // takes for written what it is not, and the next sync would succeed without it.
  [[nodiscard]] virtual bool write_again(std::uint64_t position) = 0;

  virtual std::uint64_t size_bytes() const = 0;

  // When it was last written, or what was set since. Milliseconds since the Unix epoch.
  virtual std::int64_t modified_ms() const = 0;
  // Best effort: an operating system may refuse.
  virtual void set_modified_ms(std::int64_t ms) = 0;

  // Waits until everything appended so far would survive a power cut. After a failure nobody knows
  // what of it would.
  [[nodiscard]] virtual bool sync() = 0;

  // The same without waiting. `done` is called with the outcome, later and on the thread that runs
  // the core, never from within this call, and not at all once the file object is gone.
  virtual void sync_later(std::function<void(bool)> done) = 0;
};

class Storage {
 public:
  struct Entry {
    std::string name;
    std::uint64_t size_bytes = 0;
    bool is_directory = false;
  };
  // In the order of the names. Not whole: the machine fails to list some or all; nobody is to take
  // what is missing for something that is not there.
  struct Listing : std::vector<Entry> {
    Listing() = default;
    Listing(std::vector<Entry> entries) : std::vector<Entry>(std::move(entries)) {}  // NOLINT
    bool is_whole = true;
  };

  virtual ~Storage() = default;

  // A new, empty file in the place of any that has this path; directories above it are made. It
  // costs nothing until its first append: ten thousand empty partitions are free, and a file that
  // was never appended to need not be there after a restart. Empty on failure.
  virtual std::unique_ptr<File> create(const std::string& path) = 0;

  // A file that is there; it may be appended to. Empty if there is none, or it cannot be opened.
  virtual std::unique_ptr<File> open(const std::string& path) = 0;

  // A whole small file; nothing if there is none, or it cannot be read.
  virtual std::optional<std::string> load(const std::string& path) = 0;
  // A small file is from now on these bytes: a reader sees the old ones or the new ones,
  // never a mixture. Where appends wait for the disk, this does too.
  [[nodiscard]] virtual bool replace(const std::string& path, std::string_view bytes) = 0;

  // A file or a directory; what had the new name before makes room, unless it is a directory. False
  // as well if there is none.
  [[nodiscard]] virtual bool rename(const std::string& from, const std::string& to) = 0;
  // A file, or a directory with all that is in it. True as well if there is none.
  [[nodiscard]] virtual bool remove(const std::string& path) = 0;

  // What a directory holds ("": the top one); nothing if there is none. Files of the storage itself
  // (a lock, half-written replacements) are not listed.
  virtual Listing list(const std::string& directory) = 0;

  // Whether an acknowledged append has to survive a power cut: acks = all waits for sync_later().
  virtual bool is_synced() const = 0;

  // As a power cut would: bytes that no sync covered are gone, and files of which nothing was
  // synced with them. What replace() wrote stays. No File of this storage may be alive.
  virtual void lose_unsynced() = 0;

  // The directory that DescribeLogDirs names.
  virtual std::string directory() const = 0;
};

}  // namespace understudy::broker
