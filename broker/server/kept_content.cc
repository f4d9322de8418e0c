#include "broker/server/kept_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "broker/server/system_clock.h"
#include "wire/assert.h"

namespace understudy::server {

using wire::ErrorCode;
using wire::Slice;

KeptContent::KeptContent(std::shared_ptr<KeptDirectory> directory, std::string path)
    : directory_(std::move(directory)),
      path_(std::move(path)),
      slot_(directory_->descriptors()),
      made_ms_(wall_clock_ms()) {}

KeptContent::KeptContent(std::shared_ptr<KeptDirectory> directory, std::string path,
                         std::uint64_t size_bytes, bool is_name_safe)
    : directory_(std::move(directory)),
      path_(std::move(path)),
      slot_(directory_->descriptors()),
      size_(size_bytes),
      room_(size_bytes),
      synced_size_(size_bytes),
      is_made_(true),
      is_durable_(true),
      is_name_unsafe_(!is_name_safe),
      name_version_(is_name_safe ? 0 : 1) {}

bool KeptContent::append(const Slice& bytes) {
  if (bytes.empty()) return true;
  if (!is_made_ && !open_file()) return false;
  const auto* file = descriptor(FileOperation::kWrite);
  if (file == nullptr) return false;
  const int fd = (*file)->get();
  if (is_torn_ && !cut_to(fd, size_)) return false;
  const bool is_written = keeps_room_ ? room_.append(fd, bytes.data(), bytes.size(), size_)
                                      : write_all(fd, bytes.data(), bytes.size(), size_);
  if (is_written) {
    size_ += bytes.size();
    return true;
  }
  const int error = errno;
  is_torn_ = true;
  cut_to(fd, size_);  // if it fails, it is tried again before anything else is written
  return refuse(FileOperation::kWrite, error);
}

// Bytes that were refused must not come back after those that are written next, as if they had
// been accepted.
bool KeptContent::cut_to(int fd, std::uint64_t size) {
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) return refuse(FileOperation::kCut, errno);
  room_.set_file_size(size);
  is_torn_ = false;
  return true;
}

wire::Result<Slice> KeptContent::read(std::uint64_t position, std::size_t size, Purpose purpose) {
  ASSERT(position <= size_);
  ASSERT(size <= size_ - position);
  if (size == 0) return Slice{};
  const auto* file = descriptor(FileOperation::kRead);
  if (file == nullptr) return ErrorCode::kKafkaStorageError;
  auto slice = read_slice(*file, mappings_, position, size, purpose);
  if (slice) return *std::move(slice);
  refuse(FileOperation::kRead, errno);
  return ErrorCode::kKafkaStorageError;
}

bool KeptContent::truncate(std::uint64_t size) {
  if (size >= size_) return true;
  if (!cut_file(size)) return false;
  size_ = size;
  is_torn_ = false;
  synced_size_ = std::min(synced_size_, size);
  for (std::uint64_t& covered : covered_sizes_) covered = std::min(covered, size);
  return true;
}

bool KeptContent::trim() {
  if (!is_made_ || is_removed_) return true;
  if (!is_torn_ && room_.file_size() <= size_) return true;
  const auto* file = descriptor(FileOperation::kCut);
  if (file == nullptr) return false;
  struct stat status{};
  const bool knows_times = ::fstat((*file)->get(), &status) == 0;
  // No slice has pages of the room: the file may be cut there whatever is mapped.
  if (!cut_to((*file)->get(), size_)) return false;
  // Nothing was written: see modified_ms().
  const std::array<timespec, 2> times = {{{0, UTIME_OMIT}, status.st_mtim}};
  if (knows_times) static_cast<void>(::futimens((*file)->get(), times.data()));
  return true;
}

// Byte for byte over what is there: whatever stops it on the way, the file stays as it was.
bool KeptContent::write_again(std::uint64_t position) {
  static constexpr std::uint64_t kChunk = 1u << 20;
  if (!is_made_) return true;
  std::vector<std::uint8_t> chunk(std::min(kChunk, size_ - std::min(position, size_)));
  while (position < size_) {
    const auto* file = descriptor(FileOperation::kWrite);
    if (file == nullptr) return false;
    const int fd = (*file)->get();
    const auto size = static_cast<std::size_t>(std::min(kChunk, size_ - position));
    if (!read_all(fd, chunk.data(), size, position) ||
        !write_all(fd, chunk.data(), size, position)) {
      return refuse(FileOperation::kWrite, errno);
    }
    position += size;
  }
  mark_name_unsafe();
  return true;
}

std::int64_t KeptContent::modified_ms() const {
  struct stat status{};
  if (!is_made_ || is_removed_ || ::stat(directory_->full(path_).c_str(), &status) != 0) {
    return made_ms_;
  }
  return std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

void KeptContent::set_modified_ms(std::int64_t ms) {
  if (!is_made_ || is_removed_) return;
  const timespec modified{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  const std::array<timespec, 2> times = {{{0, UTIME_OMIT}, modified}};
  static_cast<void>(::utimensat(AT_FDCWD, directory_->full(path_).c_str(), times.data(), 0));
}

bool KeptContent::sync() {
  if (!is_made_) return true;
  if (has_sync_failed_) return false;
  std::vector<SyncTarget> targets;
  if (!add_sync_targets(targets)) return refuse(FileOperation::kSync, errno);
  return note_sync(directory_->sync(targets), size_, name_version_);
}

void KeptContent::start_sync(std::function<void(bool)> ended) {
  directory_->begin_sync([weak = weak_from_this(), ended = std::move(ended)] {
    const auto content = weak.lock();
    return content ? content->submit_sync(ended) : KeptDirectory::Begun::kNothing;
  });
}

KeptDirectory::Begun KeptContent::submit_sync(const std::function<void(bool)>& ended) {
  using Begun = KeptDirectory::Begun;
  const auto end = [&](bool succeeded) {
    directory_->post()([ended, succeeded] { ended(succeeded); });
    return Begun::kNothing;
  };
  if (!is_made_ || has_sync_failed_) return end(!is_made_);
  std::vector<SyncTarget> targets;
  if (!add_sync_targets(targets)) {
    const int error = errno;
    if (is_out_of_descriptors(error) && directory_->is_any_sync_under_way()) return Begun::kLater;
    return end(refuse(FileOperation::kSync, error));
  }
  const auto covered = covered_sizes_.insert(covered_sizes_.end(), size_);
  const std::uint64_t version = is_name_unsafe_ ? name_version_ : 0;
  directory_->pool().submit(
      std::move(targets), [directory = std::weak_ptr(directory_), weak = weak_from_this(), covered,
                           version, ended](int error) {
        const auto content = weak.lock();
        bool succeeded = error == 0;
        if (content) {
          const std::uint64_t covered_size = *covered;
          content->covered_sizes_.erase(covered);
          succeeded = content->note_sync(error, covered_size, version);
        }
        if (const auto alive = directory.lock()) alive->sync_ended();
        ended(succeeded);
      });
  return Begun::kBegun;
}

void KeptContent::closed() {
  --open_count_;
  if (open_count_ > 0) return;
  static_cast<void>(trim());  // if it fails, that is logged; a recovery knows the zeros of segments
  slot_.clear();
  has_sync_failed_ = false;
}

void KeptContent::renamed(std::string path) {
  path_ = std::move(path);
  mark_name_unsafe();
}

bool KeptContent::lose_unsynced() {
  if (!is_durable_) return false;
  // If it cannot be cut it stays longer than a power cut would leave it; that is logged.
  static_cast<void>(truncate(synced_size_));
  slot_.clear();
  return true;
}

// False, always.
bool KeptContent::refuse(FileOperation operation, int error) {
  directory_->log_error(operation, path_, error);
  return false;
}

// Null, and errno, if the file cannot be opened (again).
const std::shared_ptr<Descriptor>* KeptContent::open_descriptor() {
  if (const auto& open = slot_.use()) return &open;
  errno = ENOENT;
  Descriptor opened;
  if (is_made_ && !is_removed_) opened = directory_->open(path_, O_RDWR);
  if (!opened) return nullptr;
  slot_.put(std::move(opened));
  return &slot_.use();
}

// Null, and logged, if the file cannot be opened (again).
const std::shared_ptr<Descriptor>* KeptContent::descriptor(FileOperation operation) {
  const auto* file = open_descriptor();
  if (file == nullptr) refuse(operation, errno);
  return file;
}

bool KeptContent::open_file() {
  errno = ENOENT;
  Descriptor opened;
  if (!is_removed_) opened = directory_->open_new(path_);
  if (!opened) return refuse(FileOperation::kWrite, errno);
  slot_.put(std::move(opened));
  is_made_ = true;
  mark_name_unsafe();
  return true;
}

// If slices of the file are mapped, it must stay as it is: the bytes that are kept move to another,
// which takes its name.
bool KeptContent::cut_file(std::uint64_t size) {
  const auto* file = descriptor(FileOperation::kCut);
  if (file == nullptr) return false;
  if (!mappings_.any()) return cut_to((*file)->get(), size);
  if (is_removed_) return refuse(FileOperation::kCut, ENOENT);
  const std::shared_ptr<Descriptor> old = *file;
  const int error = move_to_new_file(*old, size);
  return error == 0 || refuse(FileOperation::kCut, error);
}

int KeptContent::move_to_new_file(const Descriptor& old, std::uint64_t size) {
  // What was safe stays so, and what a sync under way is going to make safe.
  const bool must_sync = is_durable_ || !covered_sizes_.empty();
  const std::string temporary = KeptDirectory::temporary_name(path_);
  auto opened = std::make_shared<Descriptor>(directory_->open_new(temporary));
  if (!*opened) return errno;
  int error = 0;
  if (!copy_all(old.get(), opened->get(), size)) error = errno;
  if (error == 0 && must_sync) error = directory_->sync({{opened}});
  const std::string from = directory_->full(temporary);
  if (error == 0 && ::rename(from.c_str(), directory_->full(path_).c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(from.c_str());
    return error;
  }
  slot_.put(std::move(*opened));
  room_.set_file_size(size);
  mappings_ = MappingCount();
  mark_name_unsafe();
  if (must_sync) {
    synced_size_ = size;
    is_durable_ = true;
    has_sync_failed_ = false;
    if (directory_->sync_directories_of(path_) == 0) is_name_unsafe_ = false;
  }
  return 0;
}

// False, and errno, if one of them cannot be opened.
bool KeptContent::add_sync_targets(std::vector<SyncTarget>& targets) {
  const auto* file = open_descriptor();
  if (file == nullptr) return false;
  targets.push_back({*file});
  return !is_name_unsafe_ || is_removed_ || directory_->add_directories_of(path_, targets);
}

// A sync ended that began when the file had this size; if the name was synced too, this one.
bool KeptContent::note_sync(int error, std::uint64_t covered_size, std::uint64_t name_version) {
  if (error != 0) {
    has_sync_failed_ = true;
    return refuse(FileOperation::kSync, error);
  }
  if (has_sync_failed_) return false;
  synced_size_ = std::max(synced_size_, covered_size);
  is_durable_ = true;
  if (is_name_unsafe_ && name_version == name_version_) {
    is_name_unsafe_ = false;
    directory_->directories_synced(path_);
  }
  return true;
}

void KeptContent::mark_name_unsafe() {
  is_name_unsafe_ = true;
  ++name_version_;
}

}  // namespace understudy::server
