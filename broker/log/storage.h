// Where the bytes of a log live. The core is handed a Storage; the edge implements it with files,
// tests and simulations with memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "wire/result.h"
#include "wire/types.h"

namespace understudy::broker {

// The bytes of one segment, only ever appended to and cut.
class SegmentFile {
 public:
  virtual ~SegmentFile() = default;

  // False: the machine refused (disk full, I/O error); nothing of it counts as written.
  [[nodiscard]] virtual bool append(const wire::Slice& bytes) = 0;

  // Exactly `size` bytes from `position`; the caller stays within size_bytes(). KAFKA_STORAGE_ERROR
  // if the machine fails. The slice stays valid whatever happens to the file later.
  virtual wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size) const = 0;

  // Drops everything from `size` on.
  [[nodiscard]] virtual bool truncate(std::uint64_t size) = 0;

  virtual std::uint64_t size_bytes() const = 0;
};

class Storage {
 public:
  virtual ~Storage() = default;

  // A new, empty segment. Costs nothing until the first append: ten thousand empty partitions are
  // free. Empty on failure.
  virtual std::unique_ptr<SegmentFile> create_segment(const std::string& topic,
                                                      std::int32_t partition,
                                                      std::int64_t base_offset) = 0;

  // The directory that DescribeLogDirs names.
  virtual std::string directory() const = 0;
};

// Segments in ordinary memory, for tests and simulations.
class MemoryStorage : public Storage {
 public:
  std::unique_ptr<SegmentFile> create_segment(const std::string& topic, std::int32_t partition,
                                              std::int64_t base_offset) override;
  std::string directory() const override { return "memory"; }

  // From now on every append and every new segment fails (or works again).
  void fail(bool failing) { failing_ = failing; }

 private:
  friend class MemorySegment;
  bool failing_ = false;
};

}  // namespace understudy::broker
