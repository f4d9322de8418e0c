#include "broker/base/partition_news.h"

namespace understudy::broker {

void PartitionNews::progressed(const PartitionKey& key) { add({Kind::kProgressed, key}); }

void PartitionNews::led_by(const PartitionKey& key, NodeId before, NodeId now) {
  add({Kind::kLedBy, key, before, now});
}

void PartitionNews::removed(const PartitionKey& key) { add({Kind::kRemoved, key}); }

// Outside of any call (a sync has ended, a test changes a partition) the listeners are called at
// once.
void PartitionNews::add(const Change& change) {
  during([&] {
    const bool is_known = !pending_.empty() && pending_.back() == change;
    if (!is_known) pending_.push_back(change);
  });
}

void PartitionNews::deliver_if_outermost() {
  if (depth_ > 1) return;
  while (!pending_.empty()) {
    delivered_.swap(pending_);
    for (const Change& change : delivered_) deliver(change);
    delivered_.clear();
  }
}

void PartitionNews::deliver(const Change& change) {
  for (PartitionListener* listener : listeners_) {
    switch (change.kind) {
      case Kind::kProgressed:
        listener->progressed(change.key);
        break;
      case Kind::kLedBy:
        listener->led_by(change.key, change.before, change.now);
        break;
      case Kind::kRemoved:
        listener->removed(change.key);
        break;
    }
  }
}

}  // namespace understudy::broker
