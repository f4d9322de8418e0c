// Storage on nameless files: the bytes lie in the page cache and on the disk, not in our memory,
// and nothing is left behind however the process ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "broker/log/storage.h"

namespace understudy::server {

class FileStorage : public broker::Storage {
 public:
  static constexpr std::size_t kTailSize = 16u << 10;
  // So many segments gather at a time; another one takes the place of the one that began first.
  static constexpr std::size_t kTailsMax = 256;

  // `directory` is where the files lie; empty: $TMPDIR, else /tmp. A directory that cannot be
  // written to is not an error: the files are then anonymous memory of the kernel (memfd).
  explicit FileStorage(std::string directory = {});

  std::unique_ptr<broker::SegmentFile> create_segment(const std::string& topic,
                                                      std::int32_t partition,
                                                      std::int64_t base_offset) override;
  std::string directory() const override { return directory_; }

  // What the segments of one storage share.
  class Tails;

 private:
  std::string directory_;
  std::shared_ptr<Tails> tails_;
};

// Every partition with records has a file, every connection a socket: asks for as many descriptors
// as the machine's hard limit lets us have. Returns that number.
std::uint64_t raise_open_files_limit();

}  // namespace understudy::server
