// The bytes that a connection owes its peer, in order, written by gathering writes.
#pragma once

#include <cstddef>
#include <vector>

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
  void written(std::size_t size);

  std::vector<wire::Slice> slices_;
  std::size_t first_ = 0;         // index of the first slice that is not written whole
  std::size_t first_offset_ = 0;  // how much of it is written
  std::size_t size_bytes_ = 0;
};

}  // namespace understudy::server
