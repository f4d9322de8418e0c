// Consumer groups (KIP-848) of one partition of __consumer_offsets: heartbeats, and what happens
// when there are none (GroupMetadataManager.consumerGroup*).
//
// A request is worked out by consumer_update.h, written, and answered once it is replicated. The
// groups themselves are changed by replay alone. Timers and running lookups are not in the log.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "broker/base/request.h"
#include "broker/base/timers.h"
#include "broker/coordinator/record.h"
#include "broker/group/classic_group.h"
#include "broker/group/consumer_group.h"
#include "broker/group/consumer_regex.h"
#include "broker/group/consumer_update.h"
#include "broker/group/group_events.h"
#include "broker/group/group_shard.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {

// "/1.2.3.4", as Java prints the address that a request came from.
std::string host_of(const Request& request);

class ConsumerGroups {
 public:
  explicit ConsumerGroups(GroupShard& shard);

  // The request was checked by itself: check_consumer_heartbeat().
  void heartbeat(const wire::ConsumerGroupHeartbeatRequest& request,
                 Reply<wire::ConsumerGroupHeartbeatResponse> reply);
  // Requests of the classic protocol to a group that is a consumer group: its members may speak
  // either. It has to be one; JoinGroup needs one with members.
  void join(wire::JoinGroupRequest request, Reply<wire::JoinGroupResponse> reply);
  void sync(const wire::SyncGroupRequest& request, Reply<wire::SyncGroupResponse> reply);
  void heartbeat(const wire::HeartbeatRequest& request, Reply<wire::HeartbeatResponse> reply);
  // Also an administrator's, of members of any kind.
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
  // Members of the classic protocol have to join after they were told to, and to sync after they
  // have joined.
  enum class TimerKind : std::uint8_t { kSession, kRebalance, kJoin, kSync };
  using TimerKey = std::tuple<TimerKind, std::string, std::string>;  // group, member
  // A member that is gone unless it does something before the timer runs.
  struct Expiry {
    TimerKey key;
    std::string reason;
    // Only if it is still in this epoch; nothing: in any.
    std::optional<std::int32_t> epoch = {};
  };
  // What makes a classic group out of one whose last member by its own protocol goes.
  struct Downgrade {
    std::vector<CoordinatorRecord> records;  // all but the classic group's own
    std::unique_ptr<ClassicGroup> classic;
    std::string rebalance_reason;  // empty: nobody has to join again
    GroupEvents events;
  };

  ConsumerGroup* find(std::string_view group_id) const;

  void keep_up(const ConsumerRequest& request, Reply<Response> reply);
  void leave_for_good(const ConsumerRequest& request, Reply<Response> reply);
  void leave_for_a_while(const ConsumerRequest& request, Reply<Response> reply);
  // False: the log has refused it, and nothing is changed.
  bool commit(const ConsumerChange& change, const ConsumerRequest& request, Shard::Done done);
  bool write(const std::vector<CoordinatorRecord>& records, GroupEvents events, Shard::Done done);
  void keep_time(const ConsumerChange& change, const std::string& group_id);
  void answer_upgraded(const std::string& group_id);
  void look_up_later(const std::string& group_id);
  void look_up(const std::string& group_id);

  void start_timers(const std::string& group_id, const ConsumerMember& member);
  void start_session(const std::string& group_id, const std::string& member_id);
  void start_session(const std::string& group_id, const std::string& member_id,
                     std::int64_t timeout_ms);
  void start_rebalance_timer(const std::string& group_id, const ConsumerMember& member);
  void start_timer(Expiry expiry, std::int64_t after_ms);
  void stop_timer(const TimerKey& key);
  void stop_timers(const std::string& group_id, const std::string& member_id);
  // The member is gone; tried again later if the log refuses it.
  void expire(const Expiry& expiry);

  // consumer_classic.cc
  void join_as_classic(const ConsumerRequest& request, Reply<wire::JoinGroupResponse> reply);
  void await_join(const std::string& group_id, const ConsumerMember& member);
  void expire_later(TimerKind kind, const std::string& group_id, const ConsumerMember& member,
                    const std::string& what);
  void downgrade(const ConsumerChange& change, const ConsumerRequest& request, Shard::Done done);
  bool may_become_classic(const ConsumerGroup& group,
                          const std::vector<const ConsumerMember*>& gone) const;
  void become_classic(const ConsumerGroup& group, Downgrade downgrade, Shard::Done done);
  void became_classic(const ConsumerGroup& before, ClassicGroup& classic, Downgrade downgrade);

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
