// One note of the module sync_recorder about a file: what is on the disk for sure.
#pragma once

#include <cstdint>

namespace understudy::durability {

struct SyncNote {
  enum Kind : std::uint64_t {
    kSynced = 1,  // the first `size` bytes are on the disk
    kCut = 2,     // what lay behind `size` was dropped; anything written there is new
  };
  std::uint64_t kind;
  std::uint64_t device;
  std::uint64_t inode;
  std::uint64_t size;
};

// The environment variable that names the file to which notes are appended.
inline constexpr const char* kSyncNotesVariable = "UNDERSTUDY_SYNC_NOTES";

}  // namespace understudy::durability
