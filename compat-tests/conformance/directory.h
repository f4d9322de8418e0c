// The files of a data directory: where they are, what they say, and how to spoil them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace understudy::conformance {

// A new directory, under the one that was given with --work-dir, where it is kept, or a temporary
// one that goes with this object.
class OwnedDirectory {
 public:
  explicit OwnedDirectory(const std::string& name);
  OwnedDirectory(const OwnedDirectory&) = delete;
  OwnedDirectory& operator=(const OwnedDirectory&) = delete;
  ~OwnedDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool is_kept_ = false;
};

std::string content_of(const std::filesystem::path& file);
void write_content(const std::filesystem::path& file, std::string_view content);

// The names of what lies in a directory, sorted.
std::vector<std::string> names_in(const std::filesystem::path& directory);

void cut_off(const std::filesystem::path& file, std::uintmax_t size);
void append_to(const std::filesystem::path& file, std::string_view bytes);
// Counted from the beginning, or if it is negative from the end.
void flip_bit_of_byte(const std::filesystem::path& file, std::int64_t position);

// One entry of a producer snapshot of version 1.
struct SnapshotEntry {
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  std::int32_t last_sequence = 0;
  std::int64_t last_offset = 0;
  std::int32_t offset_delta = 0;
  std::int64_t timestamp = 0;
  std::int32_t coordinator_epoch = 0;
  std::int64_t current_txn_first_offset = 0;
};

// By producer id. Throws if the version, the size or the CRC is wrong.
std::map<std::int64_t, SnapshotEntry> read_snapshot(const std::filesystem::path& file);

struct OffsetIndexEntry {
  std::int64_t offset = 0;
  std::int32_t position = 0;
  bool operator==(const OffsetIndexEntry&) const = default;
};
struct TimeIndexEntry {
  std::int64_t timestamp = 0;
  std::int64_t offset = 0;
  bool operator==(const TimeIndexEntry&) const = default;
};
std::vector<OffsetIndexEntry> read_offset_index(const std::filesystem::path& file);
std::vector<TimeIndexEntry> read_time_index(const std::filesystem::path& file);

// A checkpoint file of offsets: what it says of each topic and partition; nothing if it is missing
// or empty. Throws if it is broken.
using OffsetCheckpoint = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;
OffsetCheckpoint read_checkpoint(const std::filesystem::path& file);

// Where a partition lies.
class PartitionDirectory {
 public:
  PartitionDirectory(const std::filesystem::path& data_dir, const std::string& topic,
                     std::int32_t partition = 0);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(std::int64_t offset, std::string_view extension) const;
  std::filesystem::path log(std::int64_t offset = 0) const { return file(offset, "log"); }
  std::vector<std::string> names() const { return names_in(path_); }
  // The files with this extension, sorted.
  std::vector<std::filesystem::path> all(std::string_view extension) const;

 private:
  std::filesystem::path path_;
};

}  // namespace understudy::conformance
