// What a request or a timer does to a group, noted while it is worked out and told once it is
// written.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/events.h"
#include "broker/group/group_shard.h"

namespace understudy::broker {

class GroupEvents {
 public:
  GroupEvents(GroupShard& shard, std::string group) : shard_(&shard), group_(std::move(group)) {}

  void joined(std::string client_id, std::string member, std::int32_t epoch) {
    events_.push_back({.verdict = GroupEvent::Verdict::kMemberJoined,
                       .client_id = std::move(client_id),
                       .group = group_,
                       .member = std::move(member),
                       .generation = epoch,
                       .reason = {}});
  }
  void left(std::string client_id, std::string member, std::int32_t epoch, std::string reason) {
    events_.push_back({.verdict = GroupEvent::Verdict::kMemberLeft,
                       .client_id = std::move(client_id),
                       .group = group_,
                       .member = std::move(member),
                       .generation = epoch,
                       .reason = std::move(reason)});
  }
  void rebalanced(std::int32_t epoch, std::string reason) {
    events_.push_back({.verdict = GroupEvent::Verdict::kRebalanced,
                       .client_id = {},
                       .group = group_,
                       .member = {},
                       .generation = epoch,
                       .reason = std::move(reason)});
  }
  void tell() {
    for (GroupEvent& event : events_) shard_->tell(std::move(event));
    events_.clear();
  }

 private:
  GroupShard* shard_;
  std::string group_;
  std::vector<GroupEvent> events_;
};

}  // namespace understudy::broker
