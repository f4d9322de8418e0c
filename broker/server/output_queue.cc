#include "broker/server/output_queue.h"

#include <sys/sendfile.h>
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
// Smaller slices are in memory for sure: no need to look up their file.
constexpr std::size_t kRegionSizeMin = 16u << 10;

std::optional<FileRegion> file_region(const wire::Slice& slice) {
  return slice.size() < kRegionSizeMin ? std::nullopt : region_of(slice);
}

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
    const auto region = file_region(slices_[first_]);
    const Sent sent = region ? send_file(socket, *region) : send_memory(socket);
    if (sent.size < 0 && errno == EINTR) continue;
    if (sent.size < 0) {
      return errno == EAGAIN || errno == EWOULDBLOCK ? Status::kBlocked : Status::kFailed;
    }
    written(static_cast<std::size_t>(sent.size));
    if (static_cast<std::size_t>(sent.size) < sent.tried) return Status::kBlocked;
  }
  return Status::kDone;
}

OutputQueue::Sent OutputQueue::send_memory(int socket) const {
  std::array<iovec, kGatheredMax> parts;
  const std::size_t left = slices_.size() - first_;
  std::size_t count = 0;
  std::size_t offset = first_offset_;
  Sent sent;
  for (; count < std::min(left, kGatheredMax); ++count) {
    const wire::Slice& slice = slices_[first_ + count];
    if (file_region(slice)) break;
    parts[count] = {slice.mutable_data() + offset, slice.size() - offset};
    sent.tried += parts[count].iov_len;
    offset = 0;
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  // What follows goes into the same packet.
  const int more = count < left ? MSG_MORE : 0;
  sent.size = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | more);
  return sent;
}

OutputQueue::Sent OutputQueue::send_file(int socket, const FileRegion& region) const {
  Sent sent{.tried = slices_[first_].size() - first_offset_};
  auto from = static_cast<off_t>(region.position + first_offset_);
  sent.size = ::sendfile(socket, region.fd, &from, sent.tried);
  if (sent.size == 0) {  // the file is shorter than it was
    sent.size = -1;
    errno = EIO;
  }
  return sent;
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
