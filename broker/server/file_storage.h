// What the storages of the edge share, persistent or temporary: a file as the core sees it, on top
// of the bytes that lie under a path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "broker/log/storage.h"
#include "broker/server/descriptor.h"

namespace understudy::server {

// What an acknowledged append survives: a killed process, or a power cut as well.
enum class Durability { kPageCache, kFsync };

// Has a function called soon on the loop's thread, never from within. Called from any thread, for
// as long as the storage lives.
using Post = std::function<void(std::function<void()>)>;

// The bytes under one path, and what is known about how safe they are. They live on when nobody has
// them open.
class Content {
 public:
  virtual ~Content() = default;

  // As those of broker::File.
  [[nodiscard]] virtual bool append(const wire::Slice& bytes) = 0;
  virtual wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size,
                                         Purpose purpose) = 0;
  [[nodiscard]] virtual bool truncate(std::uint64_t size) = 0;
  virtual void keep_room() = 0;
  [[nodiscard]] virtual bool trim() = 0;
  [[nodiscard]] virtual bool write_again(std::uint64_t position) = 0;
  virtual std::uint64_t size_bytes() const = 0;
  virtual std::int64_t modified_ms() const = 0;
  virtual void set_modified_ms(std::int64_t ms) = 0;
  [[nodiscard]] virtual bool sync() = 0;

  // Of all that was appended before. `ended` is called on the loop's thread, unless the storage is
  // gone by then.
  virtual void start_sync(std::function<void(bool)> ended) = 0;

  // A file object more, or one less.
  virtual void opened() {}
  virtual void closed() {}
};

// Syncs that are asked for while one is under way share the next one (group commit), and so do all
// that are asked for in one turn of the loop.
class StoredFile : public broker::File {
 public:
  StoredFile(std::shared_ptr<Content> content, const Post& post);
  StoredFile(const StoredFile&) = delete;
  StoredFile& operator=(const StoredFile&) = delete;
  ~StoredFile() override;

  bool append(const wire::Slice& bytes) override { return content_->append(bytes); }
  wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size) const override {
    return content_->read(position, size, Purpose::kLooking);
  }
  wire::Result<wire::Slice> read_to_send(std::uint64_t position, std::size_t size) const override {
    return content_->read(position, size, Purpose::kSending);
  }
  bool truncate(std::uint64_t size) override { return content_->truncate(size); }
  void keep_room() override { content_->keep_room(); }
  bool trim() override { return content_->trim(); }
  bool write_again(std::uint64_t position) override { return content_->write_again(position); }
  std::uint64_t size_bytes() const override { return content_->size_bytes(); }
  std::int64_t modified_ms() const override { return content_->modified_ms(); }
  void set_modified_ms(std::int64_t ms) override { content_->set_modified_ms(ms); }
  bool sync() override { return content_->sync(); }
  void sync_later(std::function<void(bool)> done) override;

 private:
  using Waiters = std::vector<std::function<void(bool)>>;

  void start_sync();
  void finish_sync(bool succeeded);

  const std::shared_ptr<Content> content_;
  const Post& post_;
  Waiters waiting_;  // for the next sync
  Waiters syncing_;  // for the one under way
  bool is_sync_due_ = false;
  // What is called later finds the file through this, or finds that it is gone.
  const std::shared_ptr<StoredFile*> self_ = std::make_shared<StoredFile*>(this);
};

// Every partition with records has a file, every connection a socket: asks for as many descriptors
// as the machine's hard limit lets us have. Returns that number.
std::uint64_t raise_open_files_limit();

}  // namespace understudy::server
