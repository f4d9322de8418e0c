#include "broker/log/testing/memory_storage.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/assert.h"

namespace understudy::broker {

namespace {

// As on the file systems that people have.
bool has_too_long_name(std::string_view path) {
  static constexpr std::size_t kNameMax = 255;
  for (std::size_t slash = 0; (slash = path.find('/')) != std::string_view::npos;) {
    if (slash > kNameMax) return true;
    path.remove_prefix(slash + 1);
  }
  return path.size() > kNameMax;
}

}  // namespace

class MemoryFile : public File {
 public:
  MemoryFile(MemoryStorage& storage, std::shared_ptr<MemoryStorage::Content> content)
      : storage_(storage), content_(std::move(content)) {}

  bool append(const wire::Slice& bytes) override {
    if (storage_.refuses_change()) return false;
    content_->bytes.insert(content_->bytes.end(), bytes.data(), bytes.data() + bytes.size());
    content_->modified_ms = storage_.modified_ms_;
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
    if (storage_.refuses_change()) return false;
    if (size < content_->bytes.size()) content_->bytes.resize(size);
    content_->synced_size = std::min(content_->synced_size, content_->bytes.size());
    if (size <= content_->doubtful_from) content_->doubtful_from = SIZE_MAX;
    return true;
  }

  bool write_again(std::uint64_t position) override {
    if (storage_.refuses_change()) return false;
    if (position <= content_->doubtful_from) content_->doubtful_from = SIZE_MAX;
    return true;
  }

  std::uint64_t size_bytes() const override { return content_->bytes.size(); }
  std::int64_t modified_ms() const override { return content_->modified_ms; }
  void set_modified_ms(std::int64_t ms) override { content_->modified_ms = ms; }

  bool sync() override { return storage_.end_sync(*content_, content_->bytes.size()); }

  void sync_later(std::function<void(bool)> done) override {
    storage_.pending_syncs_.push_back({alive_, content_, content_->bytes.size(), std::move(done)});
  }

 private:
  MemoryStorage& storage_;
  std::shared_ptr<MemoryStorage::Content> content_;
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

bool MemoryStorage::refuses_change() {
  const std::size_t number = changes_++;
  return number >= fail_from_ && number < fail_until_;
}

std::unique_ptr<File> MemoryStorage::create(const std::string& path) {
  if (refuses_change()) return nullptr;
  auto& content = files_[path];
  content = std::make_shared<Content>();
  content->modified_ms = modified_ms_;
  return std::make_unique<MemoryFile>(*this, content);
}

std::unique_ptr<File> MemoryStorage::open(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return nullptr;
  return std::make_unique<MemoryFile>(*this, found->second);
}

std::optional<std::string> MemoryStorage::load(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  const auto& bytes = found->second->bytes;
  return std::string(bytes.begin(), bytes.end());
}

bool MemoryStorage::replace(const std::string& path, std::string_view bytes) {
  if (refuses_change() || has_too_long_name(path)) return false;
  auto content = std::make_shared<Content>();
  content->bytes.assign(bytes.begin(), bytes.end());
  content->synced_size = bytes.size();
  content->is_durable = true;
  content->modified_ms = modified_ms_;
  files_[path] = std::move(content);
  return true;
}

bool MemoryStorage::rename(const std::string& from, const std::string& to) {
  if (has_too_long_name(to) || !list(to).empty()) return false;
  return !refuses_change() && rename_path(files_, from, to);
}

bool MemoryStorage::remove(const std::string& path) {
  if (refuses_change()) return false;
  remove_path(files_, path);
  return true;
}

Storage::Listing MemoryStorage::list(const std::string& directory) {
  if (listings_left_ == 0) {
    Listing none;
    none.is_whole = false;
    return none;
  }
  if (listings_left_ != SIZE_MAX) --listings_left_;
  return list_path(files_, directory);
}

bool MemoryStorage::end_sync(Content& content, std::size_t size) const {
  if (failing_syncs_) {
    if (content.synced_size < content.bytes.size()) {
      content.doubtful_from = std::min(content.doubtful_from, content.synced_size);
    }
    return false;
  }
  const std::size_t covered = std::min({size, content.bytes.size(), content.doubtful_from});
  content.synced_size = std::max(content.synced_size, covered);
  content.is_durable = true;
  return true;
}

void MemoryStorage::lose_unsynced() {
  std::erase_if(files_, [](auto& file) {
    Content& content = *file.second;
    content.bytes.resize(content.synced_size);
    content.doubtful_from = SIZE_MAX;
    return !content.is_durable;
  });
  pending_syncs_.clear();
}

std::size_t MemoryStorage::finish_syncs() {
  auto ending = std::exchange(pending_syncs_, {});
  for (PendingSync& sync : ending) {
    const bool is_good = end_sync(*sync.content, sync.size);
    if (!sync.file.expired()) sync.done(is_good);
  }
  return ending.size();
}

}  // namespace understudy::broker
