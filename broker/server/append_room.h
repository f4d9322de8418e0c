// The room behind the last byte of a file that is appended to.
//
// The file system finds memory and blocks for an append page by page. Where the file has been made
// longer before, by zeros, it has them already: in appends of 4 to 64 KiB that saves a third to a
// half of the cost (ext4). Kafka's log.preallocate does the same for a whole segment at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace understudy::server {

class AppendRoom {
 public:
  // Much longer steps make small appends slower than without: the pages come in larger pieces, and
  // the kernel walks through all of a piece for each of them.
  static constexpr std::size_t kStep = 64u << 10;
  // Most files stay small, and have no room.
  static constexpr std::uint64_t kFileSizeMin = 256u << 10;

  explicit AppendRoom(std::uint64_t file_size = 0) : end_(file_size) {}

  // As write_all(), at the end of the file's content. Makes one to two steps of room where there is
  // none; that the room was refused (a full disk) is no failure as long as the data was written.
  [[nodiscard]] bool append(int fd, const std::uint8_t* data, std::size_t size,
                            std::uint64_t position);

  // The file has this size now.
  void set_file_size(std::uint64_t size) { end_ = size; }
  std::uint64_t file_size() const { return end_; }

 private:
  std::uint64_t end_;
};

}  // namespace understudy::server
