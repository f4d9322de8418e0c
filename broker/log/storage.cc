#include "broker/log/storage.h"

#include <vector>

namespace understudy::broker {

class MemorySegment : public SegmentFile {
 public:
  explicit MemorySegment(const MemoryStorage& storage) : storage_(storage) {}

  bool append(const wire::Slice& bytes) override {
    if (storage_.failing_) return false;
    bytes_.insert(bytes_.end(), bytes.data(), bytes.data() + bytes.size());
    return true;
  }

  wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size) const override {
    ASSERT(position + size <= bytes_.size());
    return wire::Slice::copy_of({reinterpret_cast<const char*>(bytes_.data()) + position, size});
  }

  bool truncate(std::uint64_t size) override {
    if (storage_.failing_) return false;
    bytes_.resize(size);
    return true;
  }

  std::uint64_t size_bytes() const override { return bytes_.size(); }

 private:
  const MemoryStorage& storage_;
  std::vector<std::uint8_t> bytes_;
};

std::unique_ptr<SegmentFile> MemoryStorage::create_segment(const std::string&, std::int32_t,
                                                           std::int64_t) {
  if (failing_) return nullptr;
  return std::make_unique<MemorySegment>(*this);
}

}  // namespace understudy::broker
