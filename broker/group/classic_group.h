// A classic group: its members, its generation, and what its state allows (ClassicGroup).
//
// The data and Kafka's rules about it. What happens in time, what is written to the log, and who is
// told is the business of ClassicGroups. What the log knows of a group is what its leader synced
// last (classic_records.h); members that have joined since, and who waits, are only here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/group/classic_member.h"
#include "broker/group/group.h"
#include "broker/group/java_hash_map.h"

namespace understudy::broker {

// ClassicGroupState.
enum class ClassicState : std::uint8_t {
  kEmpty,
  kPreparingRebalance,   // members join
  kCompletingRebalance,  // all have joined; the leader's assignment is awaited
  kStable,
  kDead,  // its partition has another leader now
};
inline constexpr std::size_t kClassicStateCount = 5;

// As ListGroups shows it: "PreparingRebalance".
std::string_view name_of(ClassicState state);
bool may_move(ClassicState from, ClassicState to);

class ClassicGroup;

// Who keeps the sessions of members. A commit shows that a member is alive, and arrives at the
// group alone.
class ClassicSessions {
 public:
  virtual ~ClassicSessions() = default;
  virtual void restart_session(ClassicGroup& group, ClassicMember& member) = 0;
};

struct ClassicGroupDetails {
  std::int32_t generation = 0;
  std::optional<std::string> protocol_type;  // nothing until somebody has joined
  std::optional<std::string> protocol_name;
  std::optional<std::string> leader_id;
  std::int64_t state_since_ms = -1;  // by the wall clock; -1: unknown
};

class ClassicGroup : public Group {
 public:
  using Members = JavaHashMap<std::string, ClassicMember>;

  explicit ClassicGroup(std::string id, ClassicGroupDetails details = {},
                        ClassicState state = ClassicState::kEmpty);
  ~ClassicGroup() override;

  GroupType type() const override { return GroupType::kClassic; }
  std::string_view state() const override { return name_of(state_); }
  std::string protocol_type() const override { return details_.protocol_type.value_or(""); }
  bool has_members() const override { return !members_.empty(); }
  GroupView view() const override;
  wire::ErrorCode check_commit(const OffsetClient& client,
                               const std::vector<CommittedPartition>& partitions) const override;
  void committed(const OffsetClient& client) override;
  wire::ErrorCode check_fetch(const OffsetClient& client) const override;
  wire::ErrorCode check_offset_delete() const override;
  bool is_subscribed_to(std::string_view topic) const override;
  wire::ErrorCode check_delete() const override;
  void add_tombstones(std::vector<CoordinatorRecord>& records) const override;
  OffsetExpiration expiration() const override;

  bool is(ClassicState state) const { return state_ == state; }
  ClassicState current_state() const { return state_; }
  ClassicState previous_state() const { return previous_state_; }
  bool can_rebalance() const { return may_move(state_, ClassicState::kPreparingRebalance); }
  // The move has to be an allowed one. `now_ms` is by the wall clock.
  void move_to(ClassicState state, std::int64_t now_ms);
  // The first rebalance waits for more members, whoever has joined.
  bool is_initial_rebalance() const {
    return is(ClassicState::kPreparingRebalance) && previous_state_ == ClassicState::kEmpty;
  }

  const ClassicGroupDetails& details() const { return details_; }
  std::int32_t generation() const { return details_.generation; }
  const std::optional<std::string>& protocol_name() const { return details_.protocol_name; }
  // Empty: nobody leads.
  std::string leader_id() const { return details_.leader_id.value_or(""); }
  bool is_leader(std::string_view member_id) const { return details_.leader_id == member_id; }
  bool uses_consumer_protocol() const;
  // Its offsets are all that there is of it: nobody has ever joined, or is about to.
  bool is_simple() const;

  // In the order of Java's HashMap, which decides who leads and in which order the leader sees the
  // others.
  const Members& members() const { return members_; }
  Members& members() { return members_; }
  // Null if there is none.
  ClassicMember* find_member(std::string_view id);
  // Null if no member has this instance id.
  const std::string* find_static(std::string_view instance_id) const;

  // UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID, or kNone (ClassicGroup.validateMember). A static
  // member may be named by its member id alone.
  wire::ErrorCode check_member(std::string_view member_id,
                               const std::optional<std::string_view>& instance_id) const;
  bool supports(std::string_view protocol_type,
                const std::vector<std::string_view>& protocols) const;

  // Neither its id nor its instance id may be known. The first one leads, and its protocol type is
  // that of the group.
  ClassicMember& add(ClassicMemberDetails details, std::string_view protocol_type);
  // Also an id that was only given away, or is not known at all. Whoever waits for the removed
  // member is told UNKNOWN_MEMBER_ID. The first of those who are left leads if the leader goes.
  void remove(std::string_view id);
  // The static member gets another id, and keeps all the rest but its session; whoever waits for
  // the old one is told FENCED_INSTANCE_ID.
  ClassicMember& replace_static(const std::string& instance_id, const std::string& new_id);
  void update(ClassicMember& member, std::vector<ClassicProtocol> protocols,
              std::int32_t rebalance_timeout_ms, std::int32_t session_timeout_ms);
  // The longest of all members; 0 without members.
  std::int32_t rebalance_timeout_ms() const;

  void park_join(ClassicMember& member, Reply<wire::JoinGroupResponse> reply);
  std::optional<Reply<wire::JoinGroupResponse>> take_join(ClassicMember& member);
  // False if the member does not wait for it.
  bool answer_join(ClassicMember& member, wire::JoinGroupResponse response);
  static bool answer_sync(ClassicMember& member, wire::SyncGroupResponse response);
  // How many joins are parked.
  std::size_t awaiting_join_count() const { return awaiting_join_count_; }
  bool has_all_joined() const {
    return members_.size() == awaiting_join_count_ && pending_joins_.empty();
  }

  // Ids that were given away (MEMBER_ID_REQUIRED) and have not come back; each has a timer.
  OneTimer& add_pending_join(const std::string& id) { return pending_joins_[id]; }
  bool is_pending_join(std::string_view id) const {
    return pending_joins_.find(id) != pending_joins_.end();
  }
  std::size_t pending_join_count() const { return pending_joins_.size(); }

  // Members of this generation that have not synced yet.
  std::set<std::string, std::less<>>& pending_syncs() { return pending_syncs_; }

  // A member that does not wait for its join does not lead any more, if one does. False if nobody
  // waits.
  bool elect_joined_leader();
  // Most votes among the protocols that all support; of equal ones the first in Java's order. There
  // have to be members.
  std::string select_protocol() const;
  // As members that were put in from outside have agreed on.
  void choose_protocol() { details_.protocol_name = select_protocol(); }
  // All have joined who will: the next generation, Empty without members.
  void begin_generation(std::int64_t now_ms);

  bool is_new_member_added() const { return is_new_member_added_; }
  void set_new_member_added(bool is_added) { is_new_member_added_ = is_added; }

  // Nothing: not known, which may be any topic.
  using Topics = std::set<std::string, std::less<>>;
  const std::optional<Topics>& subscribed_topics() const { return subscribed_topics_; }
  // After its protocol or its members were set from outside.
  void compute_subscribed_topics();

  // Completes the join phase, and removes who does not sync.
  OneTimer& join_timer() { return join_timer_; }
  OneTimer& sync_timer() { return sync_timer_; }
  void set_sessions(ClassicSessions* sessions) { sessions_ = sessions; }

 private:
  void count_protocols(const ClassicMemberDetails& member, std::ptrdiff_t by);
  void elect_first();

  ClassicGroupDetails details_;
  ClassicState state_;
  ClassicState previous_state_ = ClassicState::kDead;
  Members members_;
  std::map<std::string, std::string, std::less<>> static_ids_;        // by instance id
  std::map<std::string, std::size_t, std::less<>> protocol_support_;  // members by protocol
  std::size_t awaiting_join_count_ = 0;
  std::map<std::string, OneTimer, std::less<>> pending_joins_;
  std::set<std::string, std::less<>> pending_syncs_;
  bool is_new_member_added_ = false;
  std::optional<Topics> subscribed_topics_;
  OneTimer join_timer_;
  OneTimer sync_timer_;
  ClassicSessions* sessions_ = nullptr;
};

// A group that only has offsets: Empty, without a protocol type. `now_ms` is by the wall clock.
std::unique_ptr<ClassicGroup> make_simple_group(std::string id, std::int64_t now_ms = -1);

}  // namespace understudy::broker
