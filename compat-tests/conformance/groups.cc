#include "conformance/groups.h"

#include <algorithm>
#include <stdexcept>

#include "wire/engine.h"
#include "wire/messages/consumer_protocol.h"

namespace understudy::conformance {

using wire::ApiKey;

namespace {

constexpr std::int8_t kGroupCoordinator = 0;
constexpr std::int8_t kGroupConfigs = 32;
constexpr std::int8_t kSetConfig = 0;
constexpr Version kFirstFetchOfManyGroups = 8;
constexpr Version kFirstOffsetFetchWithTopicIds = 10;
constexpr Version kFirstLeaveOfManyMembers = 3;

bool is_starting(ErrorCode code) {
  return code == ErrorCode::kCoordinatorNotAvailable ||
         code == ErrorCode::kCoordinatorLoadInProgress || code == ErrorCode::kNotCoordinator;
}

// A message of the embedded consumer protocol behind its version.
template <class Message>
wire::Slice embedded(const Message& message, Version version) {
  wire::Output out;
  out.put_int16(version);
  wire::encode(message, version, out);
  return out.joined();
}

std::optional<wire::Slice> data_or_null(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return wire::Slice::copy_of(text);
}

}  // namespace

wire::Slice subscription_of(const Subscribed& subscribed) {
  wire::ConsumerProtocolSubscription message{.topics = subscribed.topics,
                                             .user_data = data_or_null(subscribed.user_data)};
  for (const auto& [topic, partitions] : subscribed.owned) {
    message.owned_partitions.push_back({.topic = topic, .partitions = partitions});
  }
  return embedded(message, subscribed.version);
}

wire::Slice assignment_of(const std::string& topic, const std::vector<std::int32_t>& partitions,
                          const std::string& user_data) {
  constexpr Version kAssignmentVersion = 3;
  return embedded(
      wire::ConsumerProtocolAssignment{
          .assigned_partitions = {{.topic = topic, .partitions = partitions}},
          .user_data = data_or_null(user_data)},
      kAssignmentVersion);
}

std::map<std::string, std::vector<std::int32_t>> assigned_in(const wire::Slice& assignment) {
  if (assignment.size() < sizeof(Version)) throw std::runtime_error("no assignment");
  const Version version = Version(assignment.data()[0] << 8 | assignment.data()[1]);
  wire::ConsumerProtocolAssignment message;
  wire::DecodeError error;
  const wire::Slice body = assignment.sub(sizeof(Version), assignment.size() - sizeof(Version));
  if (!wire::decode(message, version, body, error)) throw std::runtime_error(error.describe());
  std::map<std::string, std::vector<std::int32_t>> assigned;
  for (const auto& topic : message.assigned_partitions) {
    assigned[topic.topic] = topic.partitions;
    std::ranges::sort(assigned[topic.topic]);
  }
  return assigned;
}

void await_group_coordinator(const std::string& group) {
  RawClient client = connect();
  const bool is_served = eventually([&] {
    const auto found = client.ask(
        wire::FindCoordinatorRequest{.key_type = kGroupCoordinator, .coordinator_keys = {group}},
        4);
    if (found.coordinators.at(0).error_code != ErrorCode::kNone) return false;
    const auto described = client.ask(wire::DescribeGroupsRequest{.groups = {group}}, 5);
    return !is_starting(described.groups.at(0).error_code);
  });
  if (!is_served) throw std::runtime_error("there is no group coordinator");
}

// TestGroup --------------------------------------------------------------------------------------

TestGroup::TestGroup(std::string id) : id_(std::move(id)), client_(connect()) {
  static int ready_at_start = -1;
  if (ready_at_start == starts()) return;
  await_group_coordinator(id_);
  ready_at_start = starts();
}

RawClient& TestGroup::client() {
  if (connected_at_start_ != starts()) {
    client_ = connect();
    connected_at_start_ = starts();
    await_group_coordinator(id_);
  }
  return client_;
}

std::optional<ListedGroup> TestGroup::listed() {
  const auto answer = client().ask(wire::ListGroupsRequest{}, newest(ApiKey::kListGroups));
  for (const ListedGroup& group : answer.groups) {
    if (group.group_id == id_) return group;
  }
  return std::nullopt;
}

DescribedGroup TestGroup::described(std::optional<Version> version) {
  return client()
      .ask(wire::DescribeGroupsRequest{.groups = {id_}},
           version.value_or(newest(ApiKey::kDescribeGroups)))
      .groups.at(0);
}

bool TestGroup::awaits_state(const std::string& wanted) {
  return eventually([&] { return state() == wanted; });
}

DescribedConsumerGroup TestGroup::consumer_described(std::optional<Version> version) {
  return client()
      .ask(wire::ConsumerGroupDescribeRequest{.group_ids = {id_}},
           version.value_or(newest(ApiKey::kConsumerGroupDescribe)))
      .groups.at(0);
}

ErrorCode TestGroup::remove() {
  return client()
      .ask(wire::DeleteGroupsRequest{.groups_names = {id_}}, newest(ApiKey::kDeleteGroups))
      .results.at(0)
      .error_code;
}

std::vector<std::pair<std::string, ErrorCode>> TestGroup::leave(
    const std::vector<LeavingMember>& members, std::optional<Version> version) {
  const auto answer = client().ask(wire::LeaveGroupRequest{.group_id = id_, .members = members},
                                   version.value_or(newest(ApiKey::kLeaveGroup)));
  if (answer.error_code != ErrorCode::kNone) return {{"top level", answer.error_code}};
  std::vector<std::pair<std::string, ErrorCode>> results;
  for (const auto& member : answer.members)
    results.emplace_back(member.member_id, member.error_code);
  return results;
}

std::vector<ErrorCode> TestGroup::commit_all(const TestTopic& topic,
                                             const std::vector<Commit>& commits,
                                             const Committer& committer) {
  const Version version = committer.version.value_or(newest(ApiKey::kOffsetCommit));
  wire::offset_commit_request::OffsetCommitRequestTopic part;
  if (version >= kFirstCommitWithTopicIds) {
    part.topic_id = topic.id();
  } else {
    part.name = topic.name();
  }
  for (const Commit& one : commits) {
    part.partitions.push_back({.partition_index = one.partition,
                               .committed_offset = one.offset,
                               .committed_leader_epoch = one.leader_epoch,
                               .committed_metadata = one.metadata});
  }
  const auto answer = client().ask(
      wire::OffsetCommitRequest{.group_id = id_,
                                .generation_id_or_member_epoch = committer.generation_or_epoch,
                                .member_id = committer.member_id,
                                .group_instance_id = committer.instance_id,
                                .retention_time_ms = committer.retention_time_ms,
                                .topics = {part}},
      version);
  std::vector<ErrorCode> errors;
  for (const auto& one : answer.topics.at(0).partitions) errors.push_back(one.error_code);
  return errors;
}

ErrorCode TestGroup::commit(const TestTopic& topic, const Commit& one, const Committer& committer) {
  return commit_all(topic, {one}, committer).at(0);
}

FetchedOffset TestGroup::fetched(const TestTopic& topic, std::int32_t partition,
                                 std::optional<Version> wanted) {
  const Version version = wanted.value_or(newest(ApiKey::kOffsetFetch));
  wire::OffsetFetchRequest request;
  if (version < kFirstFetchOfManyGroups) {
    request.group_id = id_;
    request.topics = {{{.name = topic.name(), .partition_indexes = {partition}}}};
    const auto found = client().ask(request, version).topics.at(0).partitions.at(0);
    return {.partition_index = found.partition_index,
            .committed_offset = found.committed_offset,
            .committed_leader_epoch = found.committed_leader_epoch,
            .metadata = found.metadata,
            .error_code = found.error_code};
  }
  wire::offset_fetch_request::OffsetFetchRequestTopics part{.partition_indexes = {partition}};
  if (version >= kFirstOffsetFetchWithTopicIds) {
    part.topic_id = topic.id();
  } else {
    part.name = topic.name();
  }
  request.groups = {{.group_id = id_, .topics = {{part}}}};
  const auto group = client().ask(request, version).groups.at(0);
  if (group.error_code != ErrorCode::kNone) return {.error_code = group.error_code};
  return group.topics.at(0).partitions.at(0);
}

std::map<std::pair<std::string, std::int32_t>, std::int64_t> TestGroup::offsets() {
  constexpr Version kLastWithNames = 9;
  const auto group =
      client()
          .ask(wire::OffsetFetchRequest{.groups = {{.group_id = id_, .topics = std::nullopt}}},
               kLastWithNames)
          .groups.at(0);
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> found;
  for (const auto& topic : group.topics) {
    for (const auto& one : topic.partitions) {
      found[{topic.name, one.partition_index}] = one.committed_offset;
    }
  }
  return found;
}

wire::OffsetDeleteResponse TestGroup::delete_offsets(const std::string& topic,
                                                     const std::vector<std::int32_t>& partitions) {
  wire::offset_delete_request::OffsetDeleteRequestTopic part{.name = topic};
  for (const std::int32_t partition : partitions)
    part.partitions.push_back({.partition_index = partition});
  return client().ask(wire::OffsetDeleteRequest{.group_id = id_, .topics = {part}}, 0);
}

ErrorCode TestGroup::delete_offset(const std::string& topic, std::int32_t partition) {
  const auto answer = delete_offsets(topic, {partition});
  if (answer.error_code != ErrorCode::kNone) return answer.error_code;
  return answer.topics.at(0).partitions.at(0).error_code;
}

ErrorCode TestGroup::configure(const Configs& configs) {
  wire::incremental_alter_configs_request::AlterConfigsResource resource{
      .resource_type = kGroupConfigs, .resource_name = id_};
  for (const auto& [name, value] : configs) {
    resource.configs.push_back({.name = name, .config_operation = kSetConfig, .value = value});
  }
  return client()
      .ask(wire::IncrementalAlterConfigsRequest{.resources = {resource}}, 1)
      .responses.at(0)
      .error_code;
}

// ClassicMember ----------------------------------------------------------------------------------

ClassicMember::ClassicMember(TestGroup& group, std::string client_id)
    : protocols({{.name = "range", .metadata = subscription_of({})}}),
      group_(group),
      client_id_(std::move(client_id)),
      client_(connect(client_id_)) {}

RawClient& ClassicMember::client() {
  if (connected_at_start_ != starts()) {
    client_ = connect(client_id_);
    connected_at_start_ = starts();
    await_group_coordinator(group_.id());
  }
  return client_;
}

void ClassicMember::subscribe(const Subscribed& subscribed) {
  for (auto& protocol : protocols) protocol.metadata = subscription_of(subscribed);
}

Version ClassicMember::join_version() const { return version.value_or(newest(ApiKey::kJoinGroup)); }

wire::JoinGroupRequest ClassicMember::join_request() const {
  return {.group_id = group_.id(),
          .session_timeout_ms = session_timeout_ms,
          .rebalance_timeout_ms = rebalance_timeout_ms,
          .member_id = id,
          .group_instance_id = instance_id,
          .protocol_type = protocol_type,
          .protocols = protocols};
}

void ClassicMember::send_join() { client().send(join_request(), join_version()); }

const wire::JoinGroupResponse& ClassicMember::await_joined() {
  joined = client().receive<wire::JoinGroupResponse>();
  if (joined.error_code == ErrorCode::kNone) generation_id = joined.generation_id;
  const bool gives_id =
      joined.error_code == ErrorCode::kNone || joined.error_code == ErrorCode::kMemberIdRequired;
  if (gives_id) id = joined.member_id;
  return joined;
}

const wire::JoinGroupResponse& ClassicMember::join() {
  send_join();
  return await_joined();
}

const wire::JoinGroupResponse& ClassicMember::enter() {
  send_enter();
  return await_joined();
}

void ClassicMember::send_enter() {
  const bool needs_id =
      id.empty() && !instance_id && join_version() >= kFirstJoinWithMemberIdRequired;
  if (needs_id && join().error_code != ErrorCode::kMemberIdRequired) {
    throw std::runtime_error("JoinGroup gave no member id: " +
                             std::string(wire::name_of(joined.error_code)));
  }
  send_join();
}

wire::SyncGroupRequest ClassicMember::sync_request(const Plan& plan) const {
  return {.group_id = group_.id(),
          .generation_id = generation_id,
          .member_id = id,
          .group_instance_id = instance_id,
          .protocol_type = protocol_type,
          .protocol_name = joined.protocol_name,
          .assignments = plan};
}

void ClassicMember::send_sync(const Plan& plan) {
  client().send(sync_request(plan), newest(ApiKey::kSyncGroup));
}

wire::SyncGroupResponse ClassicMember::await_synced() {
  return client().receive<wire::SyncGroupResponse>();
}

wire::SyncGroupResponse ClassicMember::sync(const Plan& plan) {
  send_sync(plan);
  return await_synced();
}

ErrorCode ClassicMember::heartbeat() {
  return client()
      .ask(wire::HeartbeatRequest{.group_id = group_.id(),
                                  .generation_id = generation_id,
                                  .member_id = id,
                                  .group_instance_id = instance_id},
           newest(ApiKey::kHeartbeat))
      .error_code;
}

ErrorCode ClassicMember::leave() {
  return group_.leave({{.member_id = id, .group_instance_id = instance_id}}).at(0).second;
}

ErrorCode ClassicMember::commit(const TestTopic& topic, const Commit& one,
                                std::optional<Version> commit_version) {
  return group_.commit(topic, one,
                       {.generation_or_epoch = generation_id,
                        .member_id = id,
                        .instance_id = instance_id,
                        .version = commit_version});
}

void ClassicMember::await_members(std::size_t count) {
  const bool are_there = eventually([&] {
    const DescribedGroup group = group_.described();
    return group.group_state == "PreparingRebalance" && group.members.size() == count;
  });
  if (!are_there) throw std::runtime_error("the members never joined");
}

bool ClassicMember::waits() {
  return client().await_frame(kParkedFor).what == RawClient::Arrival::kSilence;
}

void rebalance(Members members) {
  ClassicMember& first = **members.begin();
  if (first.generation_id < 0) first.enter();
  if (members.size() == 1) return;
  for (ClassicMember* const member : members) {
    if (member != &first) member->send_enter();
  }
  // Before the others are there, the first one's JoinGroup would be answered by itself.
  first.await_members(members.size());
  first.send_join();
  for (ClassicMember* const member : members) {
    if (member->await_joined().error_code != ErrorCode::kNone) {
      throw std::runtime_error("JoinGroup: " +
                               std::string(wire::name_of(member->joined.error_code)));
    }
  }
}

void settle(Members members) {
  ClassicMember::Plan plan;
  for (const ClassicMember* const member : members) {
    plan.push_back({.member_id = member->id, .assignment = wire::Slice::copy_of(member->id)});
  }
  for (ClassicMember* const member : members) {
    member->send_sync(member->is_leader() ? plan : ClassicMember::Plan{});
  }
  for (ClassicMember* const member : members) {
    const auto synced = member->await_synced();
    if (synced.error_code != ErrorCode::kNone) {
      throw std::runtime_error("SyncGroup: " + std::string(wire::name_of(synced.error_code)));
    }
  }
}

void form(Members members) {
  rebalance(members);
  settle(members);
}

}  // namespace understudy::conformance
