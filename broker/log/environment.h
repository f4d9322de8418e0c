// What the logs of one broker share: where they lie, what time it is, where changes are reported.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "broker/base/clock.h"
#include "broker/base/events.h"
#include "broker/base/ids.h"
#include "broker/base/partition_news.h"
#include "broker/base/timers.h"
#include "broker/log/storage.h"

namespace understudy::broker {

struct LogEnvironment {
  Storage& storage;
  const Clock& clock;
  Timers& timers;
  // Null in tests of a log alone, where nothing waits for a partition.
  PartitionNews* news = nullptr;
  // Null where events are not wanted.
  Events* events = nullptr;
  // Messages for the person who runs the broker, one line each: what a recovery found and did.
  std::function<void(const std::string&)> tell = {};

  void progressed(const PartitionKey& key) const {
    if (news != nullptr) news->progressed(key);
  }
  void led_by(const PartitionKey& key, NodeId before, NodeId now) const {
    if (news != nullptr) news->led_by(key, before, now);
  }
  void removed(const PartitionKey& key) const {
    if (news != nullptr) news->removed(key);
  }
  void record(Event::What what) const {
    constexpr NodeId kAllNodes = -1;
    if (events != nullptr) events->add(clock.wall_ms(), kAllNodes, std::move(what));
  }
  // What the storage calls back is a call into the core as well.
  template <class Call>
  void during(const Call& call) const {
    if (news != nullptr) {
      news->during(call);
    } else {
      call();
    }
  }
  void report(const std::string& line) const {
    if (tell) tell(line);
  }
  // A path of the storage as a person finds it.
  std::string full(const std::string& path) const { return storage.directory() + "/" + path; }
};

// Renames a file or a directory now and removes it later (file.delete.delay.ms), so that readers
// may finish.
inline void discard_later(const LogEnvironment& environment, const std::string& path,
                          const std::string& discarded, std::int64_t delay_ms) {
  Storage& storage = environment.storage;
  if (!storage.rename(path, discarded)) return;
  // file.delete.delay.ms may be as long as a number can be.
  constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();
  const std::int64_t now_ms = environment.clock.monotonic_ms();
  const std::int64_t at_ms = delay_ms > kEndOfTime - now_ms ? kEndOfTime : now_ms + delay_ms;
  environment.timers.at(at_ms, [&storage, discarded] {
    // What cannot be removed now is removed by the next start.
    static_cast<void>(storage.remove(discarded));
  });
}

}  // namespace understudy::broker
