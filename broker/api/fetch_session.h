// Fetch sessions (KIP-227): a client names its partitions once and then only what changes.
// Kafka's FetchSession and FetchSessionCache.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "broker/base/random.h"
#include "wire/messages/fetch.h"

namespace understudy::broker {

inline constexpr std::int32_t kNoSession = 0;
inline constexpr std::int32_t kInitialSessionEpoch = 0;  // with id 0: make a session
inline constexpr std::int32_t kFinalSessionEpoch = -1;   // no session; with an id: end it

// The epoch after `epoch`: 1 after the largest, never 0; -1 stays.
std::int32_t next_session_epoch(std::int32_t epoch);

// A partition that a client wants to read, as it last asked for it.
struct FetchTarget {
  std::string topic;    // up to v12
  wire::Uuid topic_id;  // from v13 on
  wire::fetch_request::FetchPartition wanted;
  // From v13 on in a session: the name that the id had when it was first known. Kafka keeps it
  // although the topic is deleted.
  std::string session_topic = {};

  using Key = std::tuple<std::string, wire::Uuid, std::int32_t>;
  Key key() const { return {topic, topic_id, wanted.partition}; }
};

class FetchSession {
 public:
  struct Entry {
    FetchTarget target;
    // What was answered last; an error makes the high watermark -1, so that the recovery is
    // answered.
    std::int64_t high_watermark = -1;
    std::int64_t log_start_offset = -1;
  };

  FetchSession(std::int32_t id, bool uses_topic_ids, std::int64_t now_ms)
      : id(id), uses_topic_ids(uses_topic_ids), created_ms(now_ms), last_used_ms(now_ms) {}

  const std::int32_t id;
  const bool uses_topic_ids;
  const std::int64_t created_ms;
  std::int64_t last_used_ms;
  std::int32_t epoch = 1;  // the one that the next request must carry

  std::size_t size() const { return entries_.size(); }
  const std::list<Entry>& entries() const { return entries_; }

  // The first answer of a session is full, and moves nothing.
  enum class Answer { kFull, kIncremental };

  void add_or_update(const FetchTarget& target);
  void forget(const FetchTarget::Key& key);

  // Asks for the names of topics that are known by their ids only; "" for an id that is unknown.
  template <class NameOf>
  void remember_topics(const NameOf& name_of) {
    if (!uses_topic_ids) return;
    for (Entry& entry : entries_) {
      if (entry.target.session_topic.empty()) {
        entry.target.session_topic = name_of(entry.target.topic_id);
      }
    }
  }

  // Whether the answer for a partition belongs into an incremental response; remembers what it
  // says. Partitions that gave records go to the end, so that all have their turn.
  bool note_answer(const FetchTarget::Key& key, const wire::fetch_response::PartitionData& data,
                   Answer answer);

 private:
  std::list<Entry> entries_;
  std::map<FetchTarget::Key, std::list<Entry>::iterator> by_key_;
};

class FetchSessions {
 public:
  static constexpr std::int64_t kEvictionMs = 120'000;

  FetchSessions(std::size_t slots, Random& random) : slots_(slots), random_(random) {}

  FetchSession* find(std::int32_t id);
  void remove(std::int32_t id) { sessions_.erase(id); }
  std::size_t size() const { return sessions_.size(); }

  // A new session for `size` partitions, or null if all slots are taken by sessions that may stay.
  FetchSession* create(bool uses_topic_ids, std::size_t size, std::int64_t now_ms);

 private:
  bool make_room(std::size_t size, std::int64_t now_ms);

  std::size_t slots_;
  Random& random_;
  std::map<std::int32_t, FetchSession> sessions_;
};

}  // namespace understudy::broker
