#include "broker/server/output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace understudy::server {
namespace {

constexpr std::size_t kGatheredMax = 256;
// An idle connection keeps room for so many slices.
constexpr std::size_t kKeptCapacityMax = 16;

}  // namespace

void OutputQueue::push(std::vector<wire::Slice> slices) {
  for (wire::Slice& slice : slices) {
    if (slice.empty()) continue;
    size_bytes_ += slice.size();
    slices_.push_back(std::move(slice));
  }
}

OutputQueue::Status OutputQueue::write_to(int socket) {
  while (size_bytes_ > 0) {
    std::array<iovec, kGatheredMax> parts;
    const std::size_t count = std::min(slices_.size() - first_, kGatheredMax);
    std::size_t offset = first_offset_;
    std::size_t gathered = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const wire::Slice& slice = slices_[first_ + i];
      parts[i] = {slice.mutable_data() + offset, slice.size() - offset};
      gathered += parts[i].iov_len;
      offset = 0;
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      return errno == EAGAIN || errno == EWOULDBLOCK ? Status::kBlocked : Status::kFailed;
    }
    written(static_cast<std::size_t>(sent));
    if (static_cast<std::size_t>(sent) < gathered) return Status::kBlocked;
  }
  return Status::kDone;
}

void OutputQueue::clear() {
  slices_ = {};
  first_ = 0;
  first_offset_ = 0;
  size_bytes_ = 0;
}

void OutputQueue::written(std::size_t size) {
  size_bytes_ -= size;
  if (size_bytes_ == 0) {
    slices_.clear();
    if (slices_.capacity() > kKeptCapacityMax) slices_ = {};
    first_ = 0;
    first_offset_ = 0;
    return;
  }
  while (size > 0) {
    wire::Slice& slice = slices_[first_];
    const std::size_t part = std::min(size, slice.size() - first_offset_);
    size -= part;
    first_offset_ += part;
    if (first_offset_ < slice.size()) break;
    slice = {};  // its memory is free from here on
    ++first_;
    first_offset_ = 0;
  }
}

}  // namespace understudy::server
