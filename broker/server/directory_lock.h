// A data directory belongs to one process.
#pragma once

#include <string>

#include "broker/server/descriptor.h"

namespace understudy::server {

struct LockedDirectory {
  std::string path;     // absolute
  Descriptor lock;      // released when it is closed, also by a kill
  std::string failure;  // if there is no lock: why, in one sentence that names the directory
};

// Makes the directory if there is none.
LockedDirectory lock_directory(const std::string& directory);

inline constexpr const char* kLockName = ".lock";

}  // namespace understudy::server
