#include "simulation/disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "simulation/hash.h"
#include "wire/assert.h"

namespace understudy::simulation {

class DiskFile : public broker::File {
 public:
  DiskFile(Disk& disk, std::shared_ptr<Disk::Content> content)
      : disk_(disk), content_(std::move(content)) {}

  bool append(const wire::Slice& bytes) override {
    const auto add = [&](std::size_t size) {
      content_->bytes.insert(content_->bytes.end(), bytes.data(), bytes.data() + size);
      content_->modified_ms = disk_.clock_.wall_ms();
    };
    if (!disk_.may_change(Disk::Need::kRoom, [&] { add(disk_.random_.below(bytes.size() + 1)); }))
      return false;
    add(bytes.size());
    return true;
  }

  // A copy: appends may move the bytes.
  wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size) const override {
    ASSERT(position <= content_->bytes.size());
    ASSERT(size <= content_->bytes.size() - position);
    if (size == 0) return wire::Slice{};
    return wire::Slice::copy_of(
        {reinterpret_cast<const char*>(content_->bytes.data()) + position, size});
  }

  bool truncate(std::uint64_t size) override {
    if (!disk_.may_change(Disk::Need::kNothing, [] {})) return false;
    if (size < content_->bytes.size()) content_->bytes.resize(size);
    content_->synced_size = std::min(content_->synced_size, content_->bytes.size());
    if (size <= content_->doubtful_from) content_->doubtful_from = SIZE_MAX;
    return true;
  }

  bool write_again(std::uint64_t position) override {
    if (!disk_.may_change(Disk::Need::kNothing, [] {})) return false;
    if (position <= content_->doubtful_from) content_->doubtful_from = SIZE_MAX;
    return true;
  }

  std::uint64_t size_bytes() const override { return content_->bytes.size(); }
  std::int64_t modified_ms() const override { return content_->modified_ms; }
  void set_modified_ms(std::int64_t ms) override { content_->modified_ms = ms; }

  bool sync() override {
    return disk_.is_dead_ || disk_.end_sync(*content_, content_->bytes.size());
  }

  void sync_later(std::function<void(bool)> done) override {
    if (disk_.is_dead_) return;
    disk_.pending_syncs_.push_back({alive_, content_, content_->bytes.size(), std::move(done)});
    disk_.on_sync_asked_();
  }

  static void cover(Disk::Content& content, std::size_t size) {
    const std::size_t covered = std::min({size, content.bytes.size(), content.doubtful_from});
    content.synced_size = std::max(content.synced_size, covered);
    content.is_durable = true;
    content.before.reset();
  }

 private:
  Disk& disk_;
  std::shared_ptr<Disk::Content> content_;
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

bool Disk::end_sync(Content& content, std::size_t size) const {
  if (!failing_syncs_) {
    DiskFile::cover(content, size);
  } else if (durability_ == Durability::kFsync && content.synced_size < content.bytes.size()) {
    content.doubtful_from = std::min(content.doubtful_from, content.synced_size);
  }
  return !failing_syncs_;
}

bool Disk::may_change(Need need, const std::function<void()>& half) {
  if (is_dead_ || (is_full_ && need == Need::kRoom)) return false;
  if (changes_to_death_ == 0) return true;
  --changes_to_death_;
  if (changes_to_death_ > 0) return true;
  half();
  is_dead_ = true;
  throw Died{};
}

void Disk::revive() {
  is_dead_ = false;
  changes_to_death_ = 0;
  pending_syncs_.clear();
}

std::unique_ptr<broker::File> Disk::create(const std::string& path) {
  if (!may_change(Need::kRoom, [] {})) return nullptr;
  auto& content = files_[path];
  content = std::make_shared<Content>();
  content->modified_ms = clock_.wall_ms();
  return std::make_unique<DiskFile>(*this, content);
}

std::unique_ptr<broker::File> Disk::open(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return nullptr;
  return std::make_unique<DiskFile>(*this, found->second);
}

std::optional<std::string> Disk::load(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  return bytes_of(path);
}

bool Disk::replace(const std::string& path, std::string_view bytes) {
  if (durability_ == Durability::kFsync && failing_syncs_) return false;
  const auto put = [&] {
    auto content = std::make_shared<Content>();
    content->bytes.assign(bytes.begin(), bytes.end());
    content->modified_ms = clock_.wall_ms();
    auto& place = files_[path];
    if (durability_ == Durability::kFsync) {
      DiskFile::cover(*content, bytes.size());
    } else if (place != nullptr) {
      content->before = place->before != nullptr && !place->is_durable ? place->before : place;
    }
    place = std::move(content);
  };
  if (!may_change(Need::kRoom, [&] {
        if (random_.below(2) == 0) put();
      })) {
    return false;
  }
  put();
  return true;
}

bool Disk::rename(const std::string& from, const std::string& to) {
  return may_change(Need::kNothing, [] {}) && broker::rename_path(files_, from, to);
}

bool Disk::remove(const std::string& path) {
  if (!may_change(Need::kNothing, [] {})) return false;
  broker::remove_path(files_, path);
  return true;
}

broker::Storage::Listing Disk::list(const std::string& directory) {
  return broker::list_path(files_, directory);
}

void Disk::lose_unsynced() {
  pending_syncs_.clear();
  for (auto file = files_.begin(); file != files_.end();) {
    auto& content = file->second;
    if (content->before != nullptr && random_.below(2) == 0) content = content->before;
    content->before.reset();
    file = tear(file->first, *content) ? std::next(file) : files_.erase(file);
  }
}

// False if nothing of the file is left, not even its name.
bool Disk::tear(const std::string& path, Content& content) {
  if (!content.is_durable && random_.below(3) == 0) return false;
  if (content.synced_size < content.bytes.size()) tear_tail(path, content);
  // What is there after the cut is on the disk.
  content.synced_size = content.bytes.size();
  content.doubtful_from = SIZE_MAX;
  content.is_durable = true;
  return true;
}

void Disk::tear_tail(const std::string& path, Content& content) {
  const std::size_t tail = content.bytes.size() - content.synced_size;
  const auto cut_at = [&] { return content.synced_size + random_.below(tail + 1); };
  const auto zero = [&](std::size_t from, std::size_t to) {
    std::fill(content.bytes.begin() + std::ptrdiff_t(from),
              content.bytes.begin() + std::ptrdiff_t(to), std::uint8_t{0});
  };
  switch (random_.below(8)) {
    case 0:
      return;  // all of it made it
    case 1:
    case 2:
    case 3:
      content.bytes.resize(content.synced_size);
      return;
    case 4:
    case 5:
      content.bytes.resize(cut_at());
      return;
    case 6:
      zero(cut_at(), content.bytes.size());
      return;
    default: {
      // A sector in the middle did not make it, what comes behind it did. Only records are written
      // in more than one go without a sync in between.
      const std::size_t from = cut_at();
      const bool is_records = path.ends_with(".log") && !path.starts_with("__");
      zero(from, is_records ? std::min(from + 64, content.bytes.size()) : content.bytes.size());
    }
  }
}

void Disk::finish_sync() {
  if (pending_syncs_.empty()) return;
  PendingSync sync = std::move(pending_syncs_.front());
  pending_syncs_.erase(pending_syncs_.begin());
  const bool is_good = end_sync(*sync.content, sync.size);
  if (!sync.file.expired()) sync.done(is_good);
}

bool Disk::is_sync_pending(const std::string& path) const {
  const auto found = files_.find(path);
  return found != files_.end() && std::ranges::any_of(pending_syncs_, [&](const PendingSync& sync) {
           return !sync.file.expired() && sync.content == found->second;
         });
}

std::uint64_t Disk::durable_size(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end() || !found->second->is_durable) return 0;
  return found->second->synced_size;
}

std::string Disk::bytes_of(const std::string& path) const {
  const auto& bytes = files_.at(path)->bytes;
  return {bytes.begin(), bytes.end()};
}

std::uint64_t Disk::hash() const {
  Hash hash;
  for (const auto& [path, content] : files_) {
    hash.add(path);
    hash.add({reinterpret_cast<const char*>(content->bytes.data()), content->bytes.size()});
  }
  return hash.value();
}

}  // namespace understudy::simulation
