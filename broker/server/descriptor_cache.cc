#include "broker/server/descriptor_cache.h"

#include <utility>

#include "wire/assert.h"

namespace understudy::server {

const std::shared_ptr<Descriptor>& DescriptorCache::Slot::use() {
  if (descriptor_ && cache_.open_.front() != this) {
    cache_.open_.splice(cache_.open_.begin(), cache_.open_, place_);
  }
  return descriptor_;
}

void DescriptorCache::Slot::put(Descriptor descriptor) {
  ASSERT(descriptor);
  clear();
  while (cache_.open_.size() >= cache_.max_) cache_.close_oldest();
  descriptor_ = std::make_shared<Descriptor>(std::move(descriptor));
  place_ = cache_.open_.insert(cache_.open_.begin(), this);
}

void DescriptorCache::Slot::clear() {
  if (!descriptor_) return;
  cache_.open_.erase(place_);
  descriptor_.reset();
}

bool DescriptorCache::close_oldest() {
  if (open_.empty()) return false;
  open_.back()->clear();
  return true;
}

}  // namespace understudy::server
