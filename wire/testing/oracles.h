// Where the oracles are: Kafka's own message definitions, and golden vectors made by its classes
// (compat-tests/golden). For tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace understudy::wire {

// The absence of a file is a failure, not a reason to skip.
inline std::string oracle_file(const std::string& name) {
  const char* folder = std::getenv("UNDERSTUDY_ORACLES");
  const std::string path = (folder ? std::string(folder) + "/" : "oracles/") + name;
  if (!std::filesystem::exists(path)) {
    ADD_FAILURE() << path << " is not there. ctest makes it; to run this program by hand, set "
                  << "UNDERSTUDY_ORACLES to the folder that `scripts/golden --make` prints.";
  }
  return path;
}

// The golden vectors of every run, or those that UNDERSTUDY_GOLDEN names.
inline std::string golden_file() {
  const char* chosen = std::getenv("UNDERSTUDY_GOLDEN");
  return chosen && *chosen ? chosen : oracle_file("seed-1.jsonl.gz");
}

}  // namespace understudy::wire
