#include "broker/api/fetch_session.h"

#include <algorithm>
#include <limits>

namespace understudy::broker {

std::int32_t next_session_epoch(std::int32_t epoch) {
  if (epoch < 0) return kFinalSessionEpoch;
  return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

void FetchSession::add_or_update(const FetchTarget& target) {
  const auto found = by_key_.find(target.key());
  if (found != by_key_.end()) {
    std::string topic = std::move(found->second->target.session_topic);
    found->second->target = target;
    found->second->target.session_topic = std::move(topic);
    return;
  }
  entries_.push_back({target});
  by_key_.emplace(target.key(), std::prev(entries_.end()));
}

void FetchSession::forget(const FetchTarget::Key& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  entries_.erase(found->second);
  by_key_.erase(found);
}

bool FetchSession::note_answer(const FetchTarget::Key& key,
                               const wire::fetch_response::PartitionData& data, Answer answer) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return true;
  Entry& entry = *found->second;
  const bool has_records = data.records && !data.records->empty();
  bool is_news =
      has_records || data.preferred_read_replica != -1 || data.diverging_epoch.epoch != -1;
  if (entry.high_watermark != data.high_watermark) {
    entry.high_watermark = data.high_watermark;
    is_news = true;
  }
  if (entry.log_start_offset != data.log_start_offset) {
    entry.log_start_offset = data.log_start_offset;
    is_news = true;
  }
  if (data.error_code != wire::ErrorCode::kNone) {
    entry.high_watermark = -1;
    is_news = true;
  }
  const bool moves = has_records && answer == Answer::kIncremental;
  if (moves) entries_.splice(entries_.end(), entries_, found->second);
  return is_news;
}

FetchSession* FetchSessions::find(std::int32_t id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : &found->second;
}

FetchSession* FetchSessions::create(bool uses_topic_ids, std::size_t size, std::int64_t now_ms) {
  if (sessions_.size() >= slots_ && !make_room(size, now_ms)) return nullptr;
  std::int32_t id;
  do {
    id = static_cast<std::int32_t>(1 + random_.below(std::numeric_limits<std::int32_t>::max()));
  } while (sessions_.contains(id));
  return &sessions_.try_emplace(id, id, uses_topic_ids, now_ms).first->second;
}

bool FetchSessions::make_room(std::size_t size, std::int64_t now_ms) {
  if (sessions_.empty()) return false;
  const auto oldest = std::min_element(
      sessions_.begin(), sessions_.end(),
      [](const auto& a, const auto& b) { return a.second.last_used_ms < b.second.last_used_ms; });
  if (now_ms - oldest->second.last_used_ms > kEvictionMs) {
    sessions_.erase(oldest);
    return true;
  }
  // A session that has lived long enough gives way to one that is not smaller.
  auto smallest = sessions_.end();
  for (auto one = sessions_.begin(); one != sessions_.end(); ++one) {
    if (one->second.last_used_ms - one->second.created_ms <= kEvictionMs) continue;
    if (smallest == sessions_.end() || one->second.size() < smallest->second.size()) smallest = one;
  }
  if (smallest == sessions_.end() || size < smallest->second.size()) return false;
  sessions_.erase(smallest);
  return true;
}

}  // namespace understudy::broker
