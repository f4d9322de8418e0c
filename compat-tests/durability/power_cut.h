// What a power cut leaves of a directory: the bytes that were synced, and of the others anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "durability/sync_note.h"

namespace understudy::durability {

class PowerCut {
 public:
  // `notes` is the file that sync_recorder appends to; it need not be there yet.
  PowerCut(std::filesystem::path directory, std::filesystem::path notes);

  // Spares everything but the records of partitions: what a broker needs to start at all is there.
  void spare_all_but_records() { strikes_records_only_ = true; }

  // The process is gone: destroys what it had not synced, in one of the ways in which a machine
  // does: cut off, replaced by zeros or garbage sector by sector, or the whole file gone. Says what
  // was done, a line per file. What is left is on the disk now.
  std::vector<std::string> strike(std::mt19937_64& random);

  // How many bytes of a file are on the disk for sure; nothing if the file itself is not.
  struct Known {
    bool is_synced = false;
    std::uint64_t size = 0;
  };
  Known known(const std::filesystem::path& file) const;

  // Reads the notes that were added; strike() does it first.
  void read_notes();

 private:
  using Id = std::pair<std::uint64_t, std::uint64_t>;  // device and inode

  std::filesystem::path directory_;
  std::filesystem::path notes_;
  std::map<Id, std::uint64_t> synced_;
  bool strikes_records_only_ = false;
};

}  // namespace understudy::durability
