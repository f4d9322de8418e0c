// The bytes that a connection owes its peer, in order: what lies in memory is written by gathering
// writes, what lies in a file is sent from there.
#pragma once

#include <cstddef>
#include <vector>

#include "broker/server/descriptor.h"
#include "wire/types.h"

namespace understudy::server {

class OutputQueue {
 public:
  enum class Status {
    kDone,     // nothing is left
    kBlocked,  // the peer does not read fast enough
    kFailed,   // the connection is broken
  };

  void push(std::vector<wire::Slice> slices);

  // Writes to the socket what it takes without waiting.
  Status write_to(int socket);

  // Forgets what was not written.
  void clear();

  std::size_t size_bytes() const { return size_bytes_; }
  bool empty() const { return size_bytes_ == 0; }

 private:
  // How much of the first slices was written; negative, and errno, if nothing was.
  struct Sent {
    std::ptrdiff_t size = 0;
    std::size_t tried = 0;
  };
  Sent send_memory(int socket) const;
  Sent send_file(int socket, const FileRegion& region) const;
  void written(std::size_t size);

  std::vector<wire::Slice> slices_;
  std::size_t first_ = 0;         // index of the first slice that is not written whole
  std::size_t first_offset_ = 0;  // how much of it is written
  std::size_t size_bytes_ = 0;
};

}  // namespace understudy::server
