// Consumer groups (KIP-848) of one partition of __consumer_offsets: heartbeats, and what happens
// when there are none (GroupMetadataManager.consumerGroup*).
//
// A request is worked out by consumer_update.h, written, and answered once it is replicated. The
// groups themselves are changed by replay alone. Timers and running lookups are not in the log.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "broker/base/request.h"
#include "broker/base/timers.h"
#include "broker/coordinator/record.h"
#include "broker/group/consumer_group.h"
#include "broker/group/consumer_regex.h"
#include "broker/group/consumer_update.h"
#include "broker/group/group_shard.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/leave_group.h"

namespace understudy::broker {

class ConsumerGroups {
 public:
  explicit ConsumerGroups(GroupShard& shard);

  // The request was checked by itself: check_consumer_heartbeat().
  void heartbeat(const wire::ConsumerGroupHeartbeatRequest& request,
                 Reply<wire::ConsumerGroupHeartbeatResponse> reply);
  // LeaveGroup of a group that is a consumer group (KIP-848 lets an administrator remove members).
  void leave(const wire::LeaveGroupRequest& request, Reply<wire::LeaveGroupResponse> reply);
  // Answers by itself, without waiting for replication.
  wire::consumer_group_describe_response::DescribedGroup describe(const std::string& id) const;

  // Members of one group go, each named once; ids that are none are left out.
  void remove_members(const std::string& group_id, const std::vector<std::string>& member_ids,
                      const std::string& reason, Shard::Done done);

  // ConsumerGroup* records.
  void replay(const CoordinatorRecord& record);
  void loaded();
  void unloaded() {}

 private:
  using Response = wire::ConsumerGroupHeartbeatResponse;
  enum class TimerKind : std::uint8_t { kSession, kRebalance };
  using TimerKey = std::tuple<TimerKind, std::string, std::string>;  // group, member

  ConsumerGroup* find(std::string_view group_id) const;

  void keep_up(const ConsumerRequest& request, Reply<Response> reply);
  void leave_for_good(const ConsumerRequest& request, Reply<Response> reply);
  void leave_for_a_while(const ConsumerRequest& request, Reply<Response> reply);
  void commit(const ConsumerChange& change, const ConsumerRequest& request, Shard::Done done);
  void look_up_later(const std::string& group_id);
  void look_up(const std::string& group_id);

  void start_timers(const std::string& group_id, const ConsumerMember& member);
  void start_session(const std::string& group_id, const std::string& member_id);
  void start_rebalance_timer(const std::string& group_id, const ConsumerMember& member);
  void start_timer(TimerKey key, std::int64_t after_ms, std::function<void()> action);
  void stop_timer(const TimerKey& key);
  void stop_timers(const std::string& group_id, const std::string& member_id);
  // The member is gone; tried again later if the log refuses it.
  void expire(const std::string& group_id, const std::string& member_id, const std::string& reason);

  ConsumerGroup* group_for_replay(const std::string& id, bool is_tombstone);
  void replay_epoch(const CoordinatorRecord& record);
  void replay_legacy_metadata(const CoordinatorRecord& record);
  void replay_member(const CoordinatorRecord& record);
  void replay_target_epoch(const CoordinatorRecord& record);
  void replay_target(const CoordinatorRecord& record);
  void replay_assignment(const CoordinatorRecord& record);
  void replay_regex(const CoordinatorRecord& record);

  GroupShard& shard_;
  RegexLookups lookups_;
  std::map<TimerKey, Timers::Id> timers_;
};

}  // namespace understudy::broker
