// Consumer groups as scenarios play them: a group, its members of the classic protocol, each on a
// connection of its own, and what an administrator asks. Members of the consumer protocol (KIP-848)
// are in consumer_member.h.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conformance/topic.h"

namespace understudy::conformance {

using wire::ErrorCode;
using ListedGroup = wire::list_groups_response::ListedGroup;
using DescribedGroup = wire::describe_groups_response::DescribedGroup;
using DescribedConsumerGroup = wire::consumer_group_describe_response::DescribedGroup;
using Protocols = std::vector<wire::join_group_request::JoinGroupRequestProtocol>;
using LeavingMember = wire::leave_group_request::MemberIdentity;
using FetchedOffset = wire::offset_fetch_response::OffsetFetchResponsePartitions;
using FetchedGroup = wire::offset_fetch_response::OffsetFetchResponseGroup;

// The versions from which on a request has a field.
inline constexpr Version kFirstJoinWithMemberIdRequired = 4;
inline constexpr Version kFirstCommitWithTopicIds = 10;
inline constexpr Version kLastCommitWithRetention = 4;
inline constexpr std::int64_t kNoOffset = -1;

// How long a request that must not be answered is watched.
inline constexpr std::chrono::milliseconds kParkedFor{60};

// Embedded consumer protocol: what a member says of itself, and what a leader gives.
struct Subscribed {
  std::vector<std::string> topics;
  std::vector<std::pair<std::string, std::vector<std::int32_t>>> owned;
  std::string user_data;  // null if empty
  Version version = 3;
};
wire::Slice subscription_of(const Subscribed& subscribed);
wire::Slice assignment_of(const std::string& topic, const std::vector<std::int32_t>& partitions,
                          const std::string& user_data = "");
// What a SyncGroup gave; throws if it is none.
std::map<std::string, std::vector<std::int32_t>> assigned_in(const wire::Slice& assignment);

// An offset to commit.
struct Commit {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> metadata = "";
  std::int32_t leader_epoch = -1;
};

// Who commits: nobody, unless a member says who it is.
struct Committer {
  std::int32_t generation_or_epoch = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::optional<Version> version;  // the newest
  std::int64_t retention_time_ms = -1;
};

// A group of a scenario's own, and requests about it that are answered at once.
class TestGroup {
 public:
  // Waits until the coordinator serves it.
  explicit TestGroup(std::string id = unique_name("g"));

  const std::string& id() const { return id_; }
  // Connects again if the broker was started anew.
  RawClient& client();

  // ListGroups: its row, null if it is not there.
  std::optional<ListedGroup> listed();
  DescribedGroup described(std::optional<Version> version = {});
  std::string state() { return described().group_state; }
  bool awaits_state(const std::string& state);
  DescribedConsumerGroup consumer_described(std::optional<Version> version = {});
  ErrorCode remove();
  std::vector<std::pair<std::string, ErrorCode>> leave(const std::vector<LeavingMember>& members,
                                                       std::optional<Version> version = {});

  // One error per partition.
  std::vector<ErrorCode> commit_all(const TestTopic& topic, const std::vector<Commit>& commits,
                                    const Committer& committer = {});
  ErrorCode commit(const TestTopic& topic, const Commit& commit, const Committer& committer = {});
  FetchedOffset fetched(const TestTopic& topic, std::int32_t partition = 0,
                        std::optional<Version> version = {});
  std::int64_t offset(const TestTopic& topic, std::int32_t partition = 0) {
    return fetched(topic, partition).committed_offset;
  }
  // All that it has: topic, partition, offset.
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> offsets();
  wire::OffsetDeleteResponse delete_offsets(const std::string& topic,
                                            const std::vector<std::int32_t>& partitions);
  // The error of the group or of its one partition, whichever there is.
  ErrorCode delete_offset(const std::string& topic, std::int32_t partition = 0);

  // A configuration of the group (resource type 32).
  ErrorCode configure(const Configs& configs);

 private:
  std::string id_;
  RawClient client_;
  int connected_at_start_ = starts();
};

// Asks until the coordinator is found and its partition is loaded.
void await_group_coordinator(const std::string& group);

// A member of the classic protocol. What it is and says of itself may be changed between requests.
class ClassicMember {
 public:
  explicit ClassicMember(TestGroup& group, std::string client_id = std::string(kClientId));

  std::string id;
  std::optional<std::string> instance_id;
  std::int32_t generation_id = -1;
  std::string protocol_type = "consumer";
  Protocols protocols;  // "range", subscribed to nothing
  std::int32_t session_timeout_ms = 30'000;
  std::int32_t rebalance_timeout_ms = 30'000;
  std::optional<Version> version;  // of JoinGroup
  wire::JoinGroupResponse joined;  // the latest answer

  void subscribe(const Subscribed& subscribed);

  // One JoinGroup. Of the answer, id and generation are remembered.
  const wire::JoinGroupResponse& join();
  void send_join();
  const wire::JoinGroupResponse& await_joined();
  // The same with a second JoinGroup if the first one only gave an id.
  const wire::JoinGroupResponse& enter();
  void send_enter();

  using Plan = std::vector<wire::sync_group_request::SyncGroupRequestAssignment>;
  wire::SyncGroupRequest sync_request(const Plan& plan = {}) const;
  wire::SyncGroupResponse sync(const Plan& plan = {});
  void send_sync(const Plan& plan = {});
  wire::SyncGroupResponse await_synced();

  ErrorCode heartbeat();
  ErrorCode leave();
  ErrorCode commit(const TestTopic& topic, const Commit& commit,
                   std::optional<Version> version = {});

  bool is_leader() const { return joined.leader == id; }
  // Returns when the group is PreparingRebalance and has so many members.
  void await_members(std::size_t count);
  // Nothing comes while the patience for silence lasts.
  bool waits();
  RawClient& client();

 private:
  wire::JoinGroupRequest join_request() const;
  Version join_version() const;

  TestGroup& group_;
  std::string client_id_;
  RawClient client_;
  int connected_at_start_ = starts();
};

using Members = std::initializer_list<ClassicMember*>;

// The first one is alone in the group at first, or was before, and the others are new to it; all
// are in one generation when this returns. So the first one leads: it makes generation 1, and the
// others with it generation 2.
void rebalance(Members members);
// They sync, the leader with a plan that gives each its own id; the group is Stable then.
void settle(Members members);
// Both.
void form(Members members);

}  // namespace understudy::conformance
