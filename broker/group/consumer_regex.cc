#include "broker/group/consumer_regex.h"

#include <algorithm>
#include <utility>

#include "broker/group/consumer_records.h"
#include "broker/group/topic_pattern.h"

namespace understudy::broker {
namespace {

// Any of them stands for all: they are looked up together. Nothing: none was yet.
std::optional<std::int64_t> last_lookup_ms(const ConsumerGroup& group) {
  if (group.regexes().empty()) return std::nullopt;
  return group.regexes().begin()->second.timestamp_ms;
}

}  // namespace

ConsumerGroup::Regexes resolve_regexes(const Cluster& cluster,
                                       const std::vector<std::string>& patterns,
                                       std::int64_t now_ms) {
  ConsumerGroup::Regexes resolved;
  for (const std::string& pattern : patterns) {
    ResolvedRegex& one = resolved[pattern];
    one.version = cluster.metadata_offset();
    one.timestamp_ms = now_ms;
    const auto compiled = TopicPattern::compile(pattern);
    const auto* const matcher = std::get_if<TopicPattern>(&compiled);
    if (matcher == nullptr) continue;
    for (const auto& [name, topic] : cluster.topics()) {
      if (matcher->matches(name)) one.topics.insert(name);
    }
  }
  return resolved;
}

RegexAnswer look_up_regexes(const Cluster& cluster, const ConsumerGroup& group,
                            std::int64_t now_ms) {
  std::vector<std::string> patterns;
  for (const auto& [regex, users] : group.regex_users()) patterns.push_back(regex);
  RegexAnswer answer{.records = {}, .group_epoch = group.epoch()};
  std::set<std::string> topics;
  for (const auto& [name, users] : group.subscriptions({}, nullptr).names) topics.insert(name);
  bool is_other = false;
  for (const auto& [regex, resolved] : resolve_regexes(cluster, patterns, now_ms)) {
    const auto before = group.regexes().find(regex);
    is_other =
        is_other || resolved.topics != (before == group.regexes().end() ? std::set<std::string>()
                                                                        : before->second.topics);
    topics.insert(resolved.topics.begin(), resolved.topics.end());
    answer.records.push_back(regex_record(group.id(), regex, resolved));
  }
  const std::int64_t hash = subscribed_hash(cluster, topics);
  if (is_other || hash != group.metadata_hash()) {
    answer.group_epoch = epoch_after(group.epoch());
    answer.records.push_back(epoch_record(group.id(), answer.group_epoch, hash));
  }
  return answer;
}

bool RegexLookups::is_due(const Question& question) {
  if (!question.brings_new && question.group.regex_users().empty()) return false;
  const std::string& group = question.group.id();
  if (running_.contains(group)) return false;
  const std::optional<std::int64_t> last_ms = last_lookup_ms(question.group);
  if (last_ms && question.now_ms <= *last_ms + kPauseMs) return false;
  if (question.regex_count == 0) return false;
  return question.brings_new || question.regex_count != question.group.regexes().size() ||
         has_new_topics_since_lookup(group) || !last_ms ||
         question.now_ms > *last_ms + question.refresh_interval_ms;
}

void RegexLookups::end(const std::string& group) {
  notice_new_topics();
  running_.erase(group);
  looked_up_at_[group] = cluster_.metadata_offset();
}

void RegexLookups::loaded() {
  notice_new_topics();
  new_topics_at_ = -1;
}

void RegexLookups::notice_new_topics() {
  const std::int64_t now = cluster_.metadata_offset();
  if (now == noticed_at_) return;
  noticed_at_ = now;
  std::set<wire::Uuid> topics;
  for (const auto& [name, topic] : cluster_.topics()) topics.insert(topic->id);
  if (!std::ranges::includes(known_topics_, topics)) new_topics_at_ = now;
  known_topics_ = std::move(topics);
}

bool RegexLookups::has_new_topics_since_lookup(const std::string& group) {
  notice_new_topics();
  const auto found = looked_up_at_.find(group);
  const std::int64_t looked_up_at = found == looked_up_at_.end() ? -1 : found->second;
  return looked_up_at < new_topics_at_;
}

}  // namespace understudy::broker
