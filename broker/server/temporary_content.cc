#include "broker/server/temporary_content.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "wire/assert.h"

namespace understudy::server {
namespace {

using wire::ErrorCode;
using wire::Slice;

// A file without a name in `directory`, or in the kernel's memory if that cannot be had.
Descriptor open_nameless_file(const std::string& directory) {
  Descriptor file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  // Some file systems have no O_TMPFILE: a name that is taken away at once does the same.
  std::string name = directory + "/understudy-XXXXXX";
  file = Descriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (file) {
    ::unlink(name.c_str());
    return file;
  }
  return Descriptor(::memfd_create("understudy-segment", MFD_CLOEXEC));
}

}  // namespace

std::shared_ptr<Descriptor> TemporaryFiles::open_nameless() {
  if (*open_count_ >= open_max_) {
    errno = EMFILE;
    return nullptr;
  }
  Descriptor file = open_nameless_file(directory_);
  if (!file) return nullptr;
  ++*open_count_;
  return {new Descriptor(std::move(file)), [count = open_count_](Descriptor* gone) {
            delete gone;
            --*count;
          }};
}

bool TemporaryFiles::take_tail(TemporaryContent& holder, std::vector<std::uint8_t>& tail) {
  if (holders_.size() == kTailsMax) {
    if (!holders_.front()->write_tail()) return false;
    holders_.front()->drop_tail();
  }
  holders_.push_back(&holder);
  if (free_tails_.empty()) {
    tail.reserve(kTailSize);
  } else {
    tail = std::move(free_tails_.back());
    free_tails_.pop_back();
  }
  return true;
}

void TemporaryFiles::give_tail_back(TemporaryContent& holder, std::vector<std::uint8_t>& tail) {
  std::erase(holders_, &holder);
  tail.clear();
  free_tails_.push_back(std::exchange(tail, {}));
}

TemporaryContent::TemporaryContent(Kind kind, std::shared_ptr<TemporaryFiles> files)
    : kind_(kind), files_(std::move(files)), modified_ms_(files_->now_ms()) {}

bool TemporaryContent::append(const Slice& bytes) {
  if (bytes.empty()) return true;
  const std::size_t tail_size_max =
      kind_ == Kind::kLog ? TemporaryFiles::kTailSize : kOtherTailSizeMax;
  if (tail_.size() + bytes.size() > tail_size_max && !write_tail()) return false;
  modified_ms_ = files_->now_ms();
  if (bytes.size() <= tail_size_max / 2 && has_tail()) {
    tail_.insert(tail_.end(), bytes.data(), bytes.data() + bytes.size());
    return true;
  }
  // A tail that has room is still written before what comes after it.
  return write_tail() && write(bytes.data(), bytes.size());
}

wire::Result<Slice> TemporaryContent::read(std::uint64_t position, std::size_t size,
                                           Purpose purpose) {
  ASSERT(position <= size_bytes());
  ASSERT(size <= size_bytes() - position);
  if (size == 0) return Slice{};
  if (position >= written_) return read_tail(position, size);
  // What is held stays the same; only where it lies changes.
  if (position + size > written_ && !write_tail()) return ErrorCode::kKafkaStorageError;
  auto slice = read_slice(file_, mappings_, position, size, purpose);
  if (slice) return *std::move(slice);
  files_->errors().log_once(FileOperation::kRead, files_->directory(), errno);
  return ErrorCode::kKafkaStorageError;
}

bool TemporaryContent::truncate(std::uint64_t size) {
  if (size >= size_bytes()) return true;
  if (size >= written_) {
    tail_.resize(static_cast<std::size_t>(size - written_));
  } else {
    if (!move_to_new_file(size)) {
      files_->errors().log_once(FileOperation::kCut, files_->directory(), errno);
      return false;
    }
    written_ = size;
    tail_.clear();
  }
  synced_size_ = std::min(synced_size_, size);
  return true;
}

// If slices of the file are mapped, it must stay as it is: the bytes that are kept move to another.
bool TemporaryContent::move_to_new_file(std::uint64_t size) {
  if (size > 0 && !mappings_.any()) {
    if (::ftruncate(file_->get(), static_cast<off_t>(size)) != 0) return false;
    room_.set_file_size(size);
    return true;
  }
  std::shared_ptr<Descriptor> kept;
  if (size > 0) {
    kept = files_->open_nameless();
    if (kept == nullptr || !copy_all(file_->get(), kept->get(), size)) return false;
  }
  file_ = std::move(kept);
  room_.set_file_size(size);
  mappings_ = MappingCount();
  return true;
}

bool TemporaryContent::sync() {
  synced_size_ = size_bytes();
  is_durable_ = true;
  return true;
}

void TemporaryContent::start_sync(std::function<void(bool)> ended) { ended(sync()); }

bool TemporaryContent::lose_unsynced() {
  if (!is_durable_) return false;
  // If it cannot be cut it stays longer than a power cut would leave it; that was logged.
  static_cast<void>(truncate(synced_size_));
  return true;
}

bool TemporaryContent::write_tail() {
  if (tail_.empty()) return true;
  if (!write(tail_.data(), tail_.size())) return false;
  tail_.clear();
  return true;
}

void TemporaryContent::drop_tail() {
  if (std::exchange(is_tail_taken_, false)) files_->give_tail_back(*this, tail_);
}

bool TemporaryContent::has_tail() {
  if (kind_ == Kind::kOther || is_tail_taken_) return true;
  is_tail_taken_ = files_->take_tail(*this, tail_);
  return is_tail_taken_;
}

// After a failure in the middle the next attempt overwrites what was written of this one.
bool TemporaryContent::write(const std::uint8_t* data, std::size_t size) {
  if (file_ == nullptr) file_ = files_->open_nameless();
  if (file_ == nullptr || !room_.append(file_->get(), data, size, written_)) {
    files_->errors().log_once(FileOperation::kWriteTemporary, files_->directory(), errno);
    return false;
  }
  written_ += size;
  return true;
}

Slice TemporaryContent::read_tail(std::uint64_t position, std::size_t size) const {
  const std::string_view tail(reinterpret_cast<const char*>(tail_.data()), tail_.size());
  return Slice::copy_of(tail.substr(static_cast<std::size_t>(position - written_), size));
}

}  // namespace understudy::server
