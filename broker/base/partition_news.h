// What has changed about partitions, for those who wait for it.
//
// A function that changes a partition reports it here itself. Listeners are called once,
// when the outermost call into the core is about to return: no listener runs in the middle of other
// work, and no caller has to remember to wake a waiting request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "broker/base/ids.h"

namespace understudy::broker {

// Called in the order of the changes. What a listener changes itself is reported after that.
class PartitionListener {
 public:
  virtual ~PartitionListener() = default;

  // Its log end, log start or high watermark moved, or it went offline.
  virtual void progressed(const PartitionKey& key) = 0;
  // It has a leader: the first one (`before` is -1), another one, or the same one after its log was
  // read again from the files.
  virtual void led_by(const PartitionKey& key, NodeId before, NodeId now) = 0;
  // Its topic was deleted.
  virtual void removed(const PartitionKey& key) = 0;
};

class PartitionNews {
 public:
  // The listener has to outlive all calls.
  void listen(PartitionListener& listener) { listeners_.push_back(&listener); }

  void progressed(const PartitionKey& key);
  void led_by(const PartitionKey& key, NodeId before, NodeId now);
  void removed(const PartitionKey& key);

  // Runs one call into the core, and calls the listeners once it is over. A call inside of a call
  // leaves that to the outer one. After an exception (want of memory) that waits for the next call.
  template <class Call>
  std::invoke_result_t<Call> during(Call&& call) {
    const Depth depth(depth_);
    if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
      std::forward<Call>(call)();
      deliver_if_outermost();
    } else {
      auto result = std::forward<Call>(call)();
      deliver_if_outermost();
      return result;
    }
  }

 private:
  enum class Kind : std::uint8_t { kProgressed, kLedBy, kRemoved };
  struct Change {
    Kind kind;
    PartitionKey key;
    NodeId before = -1;
    NodeId now = -1;
    bool operator==(const Change&) const = default;
  };
  struct Depth {
    explicit Depth(std::size_t& depth) : depth(depth) { ++depth; }
    ~Depth() { --depth; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    std::size_t& depth;
  };

  void add(const Change& change);
  void deliver_if_outermost();
  void deliver(const Change& change);

  std::vector<PartitionListener*> listeners_;
  std::vector<Change> pending_;
  std::vector<Change> delivered_;  // reuses its memory
  std::size_t depth_ = 0;
};

}  // namespace understudy::broker
