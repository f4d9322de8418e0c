// Descriptors of files that can be opened again by their name: of more than a limit the one that
// was not used for the longest time is closed.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "broker/server/descriptor.h"

namespace understudy::server {

class DescriptorCache {
 public:
  // Where one file's descriptor lies, if it is open. Shared, for a sync on another thread may need
  // it after it has left the cache.
  class Slot {
   public:
    explicit Slot(DescriptorCache& cache) : cache_(cache) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() { clear(); }

    // Empty if it is not open. A use: others go first from now on.
    const std::shared_ptr<Descriptor>& use();
    // Others are closed if they are too many.
    void put(Descriptor descriptor);
    void clear();

   private:
    friend class DescriptorCache;
    DescriptorCache& cache_;
    std::shared_ptr<Descriptor> descriptor_;
    std::list<Slot*>::iterator place_;  // of those that are open
  };

  explicit DescriptorCache(std::size_t max) : max_(max < 1 ? 1 : max) {}
  DescriptorCache(const DescriptorCache&) = delete;
  DescriptorCache& operator=(const DescriptorCache&) = delete;

  // False if there is nothing left to close.
  bool close_oldest();

 private:
  const std::size_t max_;
  std::list<Slot*> open_;  // the one used last stands first
};

}  // namespace understudy::server
