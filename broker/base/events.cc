#include "broker/base/events.h"

#include <algorithm>
#include <utility>

#include "broker/base/fitting.h"

namespace understudy::broker {
namespace {

std::string producer_of(const BatchEvent& batch) {
  if (batch.producer_id < 0) return " (no producer id)";
  return " (producer " + std::to_string(batch.producer_id) + ", epoch " +
         std::to_string(batch.producer_epoch) + ", sequence " +
         std::to_string(batch.base_sequence) + ")";
}

std::string partition_of(const auto& event) {
  return event.topic + "-" + std::to_string(event.partition);
}

std::string verdict_on(const BatchEvent& batch) {
  switch (batch.verdict) {
    case BatchEvent::Verdict::kAppended:
      return "appended " + std::to_string(batch.record_count) + " records at offset " +
             std::to_string(batch.base_offset);
    case BatchEvent::Verdict::kDuplicate:
      return "duplicate of the batch at offset " + std::to_string(batch.base_offset) +
             ", not appended";
    case BatchEvent::Verdict::kRefused:
      return "refused with " + std::string(wire::name_of(batch.error)) + ": " + batch.reason;
  }
  return {};
}

struct Describe {
  std::string operator()(const BatchEvent& batch) const { return batch.describe(); }
  std::string operator()(const TopicCreatedEvent& event) const {
    return "created topic " + event.topic + " with " + std::to_string(event.partition_count) +
           " partitions";
  }
  std::string operator()(const TopicDeletedEvent& event) const {
    return "deleted topic " + event.topic;
  }
  std::string operator()(const LeaderMovedEvent& event) const {
    return partition_of(event) + ": node " + std::to_string(event.now) + " leads after node " +
           std::to_string(event.before) + ", leader epoch " + std::to_string(event.leader_epoch);
  }
  std::string operator()(const RestartedEvent& event) const {
    return "restarted: " + event.what_was_lost;
  }
  std::string operator()(const GroupEvent& event) const {
    const std::string reason = event.reason.empty() ? "" : ": " + event.reason;
    const std::string member = event.member.empty() ? "a client" : "member " + event.member;
    const std::string generation = ", generation " + std::to_string(event.generation);
    const std::string group = "group " + event.group + ": ";
    switch (event.verdict) {
      case GroupEvent::Verdict::kMemberJoined:
        return group + member + " joined" + generation + reason;
      case GroupEvent::Verdict::kMemberLeft:
        return group + member + " left" + generation + reason;
      case GroupEvent::Verdict::kRebalanced:
        return group + "rebalance" + generation + reason;
      case GroupEvent::Verdict::kCommitRefused:
        return group + "commit of " + member + " refused with " +
               std::string(wire::name_of(event.error)) + reason;
    }
    return {};
  }
};

struct KindOf {
  Event::Kind operator()(const BatchEvent& batch) const {
    switch (batch.verdict) {
      case BatchEvent::Verdict::kAppended:
        return Event::Kind::kAppended;
      case BatchEvent::Verdict::kDuplicate:
        return Event::Kind::kDuplicate;
      case BatchEvent::Verdict::kRefused:
        break;
    }
    return Event::Kind::kRefused;
  }
  Event::Kind operator()(const TopicCreatedEvent&) const { return Event::Kind::kTopicCreated; }
  Event::Kind operator()(const TopicDeletedEvent&) const { return Event::Kind::kTopicDeleted; }
  Event::Kind operator()(const LeaderMovedEvent&) const { return Event::Kind::kLeaderMoved; }
  Event::Kind operator()(const RestartedEvent&) const { return Event::Kind::kRestarted; }
  Event::Kind operator()(const GroupEvent& event) const {
    switch (event.verdict) {
      case GroupEvent::Verdict::kMemberJoined:
        return Event::Kind::kMemberJoined;
      case GroupEvent::Verdict::kMemberLeft:
        return Event::Kind::kMemberLeft;
      case GroupEvent::Verdict::kRebalanced:
        return Event::Kind::kRebalanced;
      case GroupEvent::Verdict::kCommitRefused:
        break;
    }
    return Event::Kind::kCommitRefused;
  }
};

}  // namespace

std::string BatchEvent::describe() const {
  const std::string text = partition_of(*this) + ": " + verdict_on(*this) + producer_of(*this);
  const bool is_doubtful = verdict == Verdict::kAppended && !reason.empty();
  return is_doubtful ? text + "; " + reason : text;
}

Event::Kind Event::kind() const { return std::visit(KindOf{}, what); }
std::string Event::describe() const { return std::visit(Describe{}, what); }

Events::Subscription::~Subscription() {
  if (events_ != nullptr) events_->listeners_.erase(place_);
}
Events::Subscription::Subscription(Subscription&& other) noexcept
    : events_(std::exchange(other.events_, nullptr)), place_(other.place_) {}
Events::Subscription& Events::Subscription::operator=(Subscription&& other) noexcept {
  std::swap(events_, other.events_);
  std::swap(place_, other.place_);
  return *this;
}

namespace {

// Sixteen thousand events are stored, and a client may call itself anything.
void shorten(GroupEvent& event) {
  constexpr std::size_t kTextSizeMax = 256;
  for (std::string* const text : {&event.client_id, &event.group, &event.member, &event.reason}) {
    if (text->size() <= kTextSizeMax) continue;
    text->resize(first_bytes(*text, kTextSizeMax).size());
    *text += "...";
  }
}

}  // namespace

void Events::add(std::int64_t at_ms, NodeId node, Event::What what) {
  if (stored_.size() == kStored) stored_.pop_front();
  Event& event = stored_.emplace_back();
  event.number = ++last_number_;
  event.at_ms = at_ms;
  event.node = node;
  event.what = std::move(what);
  if (auto* const of_group = std::get_if<GroupEvent>(&event.what)) shorten(*of_group);
  ++counts_[static_cast<std::size_t>(event.kind())];
  for (const Listener& listener : listeners_) listener(event);
}

Events::Subscription Events::subscribe(Listener listener) {
  return {*this, listeners_.insert(listeners_.end(), std::move(listener))};
}

// The numbers of stored events have no gaps.
Events::Page Events::after(std::uint64_t number) const {
  const std::uint64_t first = last_number_ - stored_.size() + 1;
  const std::uint64_t wanted = std::min(number, last_number_) + 1;
  const std::uint64_t start = std::max(wanted, first);
  return {.begin = stored_.begin() + static_cast<std::ptrdiff_t>(start - first),
          .end = stored_.end(),
          .missed = start - wanted};
}

}  // namespace understudy::broker
