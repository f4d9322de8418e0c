#include "broker/server/file_storage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace understudy::server {
namespace {

using wire::ErrorCode;
using wire::Slice;

// Below this a copy is cheaper than making and unmaking a mapping.
constexpr std::size_t kMappedSizeMin = 64u << 10;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A file without a name in `directory`, or in the kernel's memory if that cannot be had.
Descriptor open_nameless(const std::string& directory) {
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

bool write_all(int fd, const std::uint8_t* data, std::size_t size, std::uint64_t position) {
  while (size > 0) {
    const ssize_t written = ::pwrite(fd, data, size, static_cast<off_t>(position));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<std::size_t>(written);
    position += static_cast<std::uint64_t>(written);
  }
  return true;
}

bool read_all(int fd, std::uint8_t* data, std::size_t size, std::uint64_t position) {
  while (size > 0) {
    const ssize_t got = ::pread(fd, data, size, static_cast<off_t>(position));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<std::size_t>(got);
    position += static_cast<std::uint64_t>(got);
  }
  return true;
}

bool copy_all(int from, int to, std::uint64_t size) {
  const std::size_t chunk = static_cast<std::size_t>(std::min<std::uint64_t>(size, 1u << 20));
  const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(chunk);
  for (std::uint64_t position = 0; position < size;) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, size - position));
    if (!read_all(from, buffer.get(), part, position)) return false;
    if (!write_all(to, buffer.get(), part, position)) return false;
    position += part;
  }
  return true;
}

// Pages of a file in our address space, for as long as a slice of them lives. The file may be
// closed or replaced meanwhile: the mapping keeps its bytes.
class Mapping {
 public:
  Mapping(void* address, std::size_t size) : address_(address), size_(size) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(address_, size_); }

 private:
  void* address_;
  std::size_t size_;
};

class FileSegment;

}  // namespace

class FileStorage::Tails {
 public:
  // Memory for the newest bytes of a segment; none if nobody else's can be written out.
  std::unique_ptr<std::uint8_t[]> take(FileSegment& holder);
  void give_back(FileSegment& holder, std::unique_ptr<std::uint8_t[]> tail);

 private:
  std::vector<std::unique_ptr<std::uint8_t[]>> free_;
  std::vector<FileSegment*> holders_;  // who began first stands first
};

namespace {

class FileSegment : public broker::SegmentFile {
 public:
  FileSegment(const std::string& directory, std::shared_ptr<FileStorage::Tails> tails)
      : directory_(directory), tails_(std::move(tails)) {}
  FileSegment(const FileSegment&) = delete;
  FileSegment& operator=(const FileSegment&) = delete;
  ~FileSegment() override { drop_tail(); }

  bool append(const Slice& bytes) override {
    if (bytes.empty()) return true;
    if (tail_size_ + bytes.size() > FileStorage::kTailSize && !write_tail()) return false;
    if (bytes.size() <= FileStorage::kTailSize / 2) {
      if (!tail_) tail_ = tails_->take(*this);
      if (tail_) {
        std::memcpy(tail_.get() + tail_size_, bytes.data(), bytes.size());
        tail_size_ += bytes.size();
        return true;
      }
    }
    // A tail that has room is still written before what comes after it.
    return write_tail() && write(bytes.data(), bytes.size());
  }

  wire::Result<Slice> read(std::uint64_t position, std::size_t size) const override {
    ASSERT(position <= size_bytes());
    ASSERT(size <= size_bytes() - position);
    if (size == 0) return Slice{};
    if (position >= written_) return read_tail(position, size);
    // What the segment holds stays the same; only where it lies changes.
    if (position + size > written_ && !const_cast<FileSegment*>(this)->write_tail()) {
      return ErrorCode::kKafkaStorageError;
    }
    return size < kMappedSizeMin ? read_copy(position, size) : read_mapped(position, size);
  }

  // The bytes that are kept move to a new file: slices of the old one stay readable, which they
  // would not if its pages were taken away under their mapping.
  bool truncate(std::uint64_t size) override {
    if (size >= size_bytes()) return true;
    if (size >= written_) {
      tail_size_ = static_cast<std::size_t>(size - written_);
      return true;
    }
    Descriptor kept;
    if (size > 0) {
      kept = open_nameless(directory_);
      if (!kept || !copy_all(file_.get(), kept.get(), size)) return false;
    }
    file_ = std::move(kept);
    written_ = size;
    tail_size_ = 0;
    return true;
  }

  std::uint64_t size_bytes() const override { return written_ + tail_size_; }

  // Moves the tail to the file; on failure everything stays as it is.
  bool write_tail() {
    if (tail_size_ == 0) return true;
    if (!write(tail_.get(), tail_size_)) return false;
    tail_size_ = 0;
    return true;
  }

  void drop_tail() {
    if (tail_) tails_->give_back(*this, std::move(tail_));
    tail_size_ = 0;
  }

 private:
  bool write(const std::uint8_t* data, std::size_t size) {
    if (!file_) file_ = open_nameless(directory_);
    // After a failure in the middle the next attempt overwrites what was written of this one.
    if (!file_ || !write_all(file_.get(), data, size, written_)) return false;
    written_ += size;
    return true;
  }

  Slice read_tail(std::uint64_t position, std::size_t size) const {
    std::shared_ptr<std::uint8_t[]> memory = std::make_shared_for_overwrite<std::uint8_t[]>(size);
    const std::uint8_t* data = memory.get();
    std::memcpy(memory.get(), tail_.get() + (position - written_), size);
    return {std::move(memory), data, size};
  }

  wire::Result<Slice> read_copy(std::uint64_t position, std::size_t size) const {
    std::shared_ptr<std::uint8_t[]> memory = std::make_shared_for_overwrite<std::uint8_t[]>(size);
    if (!read_all(file_.get(), memory.get(), size, position)) return ErrorCode::kKafkaStorageError;
    const std::uint8_t* data = memory.get();
    return Slice(std::move(memory), data, size);
  }

  wire::Result<Slice> read_mapped(std::uint64_t position, std::size_t size) const {
    static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t aligned = position - position % page;
    const std::size_t skipped = static_cast<std::size_t>(position - aligned);
    void* address = ::mmap(nullptr, skipped + size, PROT_READ, MAP_SHARED | MAP_POPULATE,
                           file_.get(), static_cast<off_t>(aligned));
    if (address == MAP_FAILED) return ErrorCode::kKafkaStorageError;
    auto mapping = std::make_shared<Mapping>(address, skipped + size);
    return Slice(std::move(mapping), static_cast<const std::uint8_t*>(address) + skipped, size);
  }

  const std::string directory_;
  const std::shared_ptr<FileStorage::Tails> tails_;
  Descriptor file_;
  std::uint64_t written_ = 0;             // bytes of the segment that are in the file
  std::unique_ptr<std::uint8_t[]> tail_;  // what comes after them
  std::size_t tail_size_ = 0;
};

std::string default_directory() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

}  // namespace

std::unique_ptr<std::uint8_t[]> FileStorage::Tails::take(FileSegment& holder) {
  if (holders_.size() == kTailsMax) {
    if (!holders_.front()->write_tail()) return nullptr;
    holders_.front()->drop_tail();
  }
  holders_.push_back(&holder);
  if (free_.empty()) return std::make_unique_for_overwrite<std::uint8_t[]>(kTailSize);
  auto tail = std::move(free_.back());
  free_.pop_back();
  return tail;
}

void FileStorage::Tails::give_back(FileSegment& holder, std::unique_ptr<std::uint8_t[]> tail) {
  std::erase(holders_, &holder);
  free_.push_back(std::move(tail));
}

FileStorage::FileStorage(std::string directory)
    : directory_(directory.empty() ? default_directory() : std::move(directory)),
      tails_(std::make_shared<Tails>()) {}

std::unique_ptr<broker::SegmentFile> FileStorage::create_segment(const std::string&, std::int32_t,
                                                                 std::int64_t) {
  return std::make_unique<FileSegment>(directory_, tails_);
}

std::uint64_t raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  }
  return limit.rlim_cur;
}

}  // namespace understudy::server
