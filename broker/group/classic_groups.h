// Classic groups of one partition of __consumer_offsets: JoinGroup, SyncGroup, Heartbeat,
// LeaveGroup (GroupMetadataManager.classicGroup*).
//
// Other state of the coordinator is changed by the replay of its records alone. A classic group is
// more than its record: members that are joining, replies that wait. So, as in Kafka, a living
// group is changed first and written then, and its own record is not replayed into it; replay
// makes groups only of what others wrote, and of what is loaded.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/coordinator/record.h"
#include "broker/group/classic_group.h"
#include "broker/group/classic_records.h"
#include "broker/group/group_shard.h"
#include "broker/group/join_verdict.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {

class ClassicGroups : private ClassicSessions {
 public:
  using Records = std::vector<CoordinatorRecord>;

  explicit ClassicGroups(GroupShard& shard) : shard_(shard) {}

  // GroupMetadata records.
  void replay(const CoordinatorRecord& record);
  void loaded();
  void unloaded();

  // What all requests of a group have in common was checked before: its id, who leads.
  void join(wire::JoinGroupRequest request, Reply<wire::JoinGroupResponse> reply);
  void sync(const wire::SyncGroupRequest& request, Reply<wire::SyncGroupResponse> reply);
  void heartbeat(const wire::HeartbeatRequest& request, Reply<wire::HeartbeatResponse> reply);
  void leave(const wire::LeaveGroupRequest& request, Reply<wire::LeaveGroupResponse> reply);

  // Null if there is none, or it is not a classic one.
  ClassicGroup* find(std::string_view id);
  // A group that comes from elsewhere, with its members, in the place of the one with its id:
  // sessions begin.
  ClassicGroup& adopt(std::unique_ptr<ClassicGroup> group);

  // How a write of a living group has ended.
  struct Written {
    wire::ErrorCode error = wire::ErrorCode::kNone;
    bool is_refused = false;  // with an error: it is not in the log, and will not be
  };
  using WriteDone = std::function<void(const Written&)>;
  // Among the records may be one of this very group, which is then not replayed.
  void write(const std::string& id, const Records& records, WriteDone done);
  // What nobody waits for. No records are no write.
  void write(const std::string& id, const Records& records);

  // Members have to join again: `reason` says why, in a sentence. What is returned has to be
  // written; it is a record of an Empty group, or nothing.
  [[nodiscard]] Records prepare_rebalance(ClassicGroup& group, const std::string& reason);
  // It is removed, and the others join again if they have to.
  [[nodiscard]] Records remove_member(ClassicGroup& group, const std::string& member_id,
                                      const std::string& reason);

 private:
  struct Join {  // a request that is being decided on
    wire::JoinGroupRequest request;
    Reply<wire::JoinGroupResponse> reply;
  };
  struct Replacement {  // of a static member, until the log has it
    std::string group_id;
    std::string new_id;
    ClassicMemberDetails before;
    std::string leader_before;
    wire::Version version = 0;
  };

  void restart_session(ClassicGroup& group, ClassicMember& member) override;
  void start_session(ClassicGroup& group, ClassicMember& member, std::int64_t timeout_ms);
  void session_expired(ClassicGroup& group, const ClassicMember& member);
  void set_timer(OneTimer& timer, std::int64_t delay_ms, std::function<void()> action);
  void tell_left(const ClassicGroup& group, const ClassicMember& member, std::string reason);
  void tell_joined(const ClassicGroup& group, const ClassicMember& member, std::string reason);

  // classic_join.cc
  void create_and_join(Join join);
  static void refuse_creation(ClassicGroup& group, const std::string& member_id,
                              wire::ErrorCode error);
  void join_group(ClassicGroup& group, Join join);
  void refuse_without_room(ClassicGroup& group, Join join);
  void give_id(ClassicGroup& group, Join join);
  void pending_join_expired(ClassicGroup& group, const std::string& member_id);
  std::string id_for(const Join& join);
  void add_member(ClassicGroup& group, Join join);
  void rejoin(ClassicGroup& group, const std::string& reason, Join join);
  static void park(ClassicGroup& group, ClassicMember& member, Join join);
  void replace_static(ClassicGroup& group, Join join);
  void replaced(const Replacement& replacement, const Written& written);
  void take_back(ClassicGroup& group, ClassicMember& member, const Replacement& replacement,
                 wire::ErrorCode error);

  // classic_rebalance.cc
  Records rebalance_or_complete(ClassicGroup& group, const std::string& reason);
  Records complete_if_all_joined(ClassicGroup& group);
  Records complete_join(ClassicGroup& group);
  void complete_join_later(ClassicGroup& group);
  void wait_for_more(ClassicGroup& group, std::int64_t delay_ms, std::int64_t remaining_ms);
  void remove_not_joined(ClassicGroup& group);
  void answer_joins(ClassicGroup& group);
  // The answer to a member that has joined; the leader is told of all.
  static wire::JoinGroupResponse joined(const ClassicGroup& group, const std::string& member_id);
  void syncs_overdue(ClassicGroup& group);

  // classic_sync.cc
  void store_assignments(ClassicGroup& group, ClassicAssignments assignments);
  void assignments_stored(const std::string& group_id, std::int32_t generation,
                          const ClassicAssignments& assignments, wire::ErrorCode error);
  void refuse_syncs(ClassicGroup& group, wire::ErrorCode error);

  // classic_leave.cc
  wire::Result<std::string> leave_one(ClassicGroup& group,
                                      const wire::leave_group_request::MemberIdentity& member);
  Records members_left(ClassicGroup& group, const std::vector<std::string>& ids);

  GroupShard& shard_;
  // The group whose record is about to be replayed although the group has it already.
  std::optional<std::string> own_record_;
};

}  // namespace understudy::broker
