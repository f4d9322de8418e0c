// What members of a classic group do, in short, for tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/group/classic_groups.h"
#include "broker/group/testing/group_fixture.h"
#include "wire/messages/consumer_protocol.h"

namespace understudy::broker {

// A subscription or an assignment as the Java consumer writes it, with its version in front.
template <class Message>
std::string consumer_bytes(const Message& message, wire::Version version = 0) {
  return std::string(encode_stored(version, wire::schema_of<Message>, &message, version).view());
}
inline std::string subscription(const std::vector<std::string>& topics) {
  return consumer_bytes(wire::ConsumerProtocolSubscription{.topics = topics});
}

// A JoinGroup.
struct Join {
  std::string id = {};
  std::optional<std::string> instance = {};
  std::vector<std::pair<std::string, std::string>> protocols = {{"range", "m"}};
  std::string type = "consumer";
  std::int32_t session_ms = 10'000;
  std::int32_t rebalance_ms = 60'000;
  wire::Version version = 9;
  std::string client = "client";
  std::string host = "10.1.2.3";
  std::optional<std::string> reason = {};
};

// A SyncGroup.
struct Sync {
  std::string id;
  std::int32_t generation = 1;
  std::map<std::string, std::string> assignments = {};
  std::optional<std::string> instance = {};
  std::optional<std::string> type = "consumer";
  std::optional<std::string> name = "range";
  wire::Version version = 5;
};

// One of those whom a LeaveGroup names.
struct Leaving {
  std::string id;
  std::optional<std::string> instance = {};
  std::optional<std::string> reason = {};
};

struct TwoMembers {
  std::string leader;
  std::string follower;
};

class ClassicTest : public GroupTest {
 protected:
  using GroupTest::GroupTest;

  Asked<wire::JoinGroupResponse>& join(const Join& with) {
    wire::JoinGroupRequest request;
    request.group_id = group_id;
    request.session_timeout_ms = with.session_ms;
    request.rebalance_timeout_ms = with.rebalance_ms;
    request.member_id = with.id;
    request.group_instance_id = with.instance;
    request.protocol_type = with.type;
    request.reason = with.reason;
    for (const auto& [name, metadata] : with.protocols) {
      request.protocols.push_back({.name = name, .metadata = wire::Slice::copy_of(metadata)});
    }
    return ask(&GroupShard::join,
               {.version = with.version, .client_id = with.client, .host = with.host}, request);
  }
  // The id that a dynamic member is given before it joins.
  std::string given_id(const std::string& client = "client") {
    return join({.client = client}).answer().member_id;
  }
  // The same member with the id that it is given.
  Asked<wire::JoinGroupResponse>& join_new(Join with) {
    with.id = join(with).answer().member_id;
    return join(with);
  }

  Asked<wire::SyncGroupResponse>& sync(const Sync& with) {
    wire::SyncGroupRequest request;
    request.group_id = group_id;
    request.member_id = with.id;
    request.group_instance_id = with.instance;
    request.generation_id = with.generation;
    request.protocol_type = with.type;
    request.protocol_name = with.name;
    for (const auto& [id, assignment] : with.assignments) {
      request.assignments.push_back(
          {.member_id = id, .assignment = wire::Slice::copy_of(assignment)});
    }
    return ask(&GroupShard::sync, {.version = with.version}, request);
  }

  Asked<wire::HeartbeatResponse>& send_heartbeat(const std::string& id, std::int32_t generation,
                                                 std::optional<std::string> instance = {}) {
    wire::HeartbeatRequest request;
    request.group_id = group_id;
    request.member_id = id;
    request.generation_id = generation;
    request.group_instance_id = std::move(instance);
    return ask(&GroupShard::heartbeat, {.version = 4}, request);
  }
  wire::ErrorCode heartbeat(const std::string& id, std::int32_t generation,
                            std::optional<std::string> instance = {}) {
    return send_heartbeat(id, generation, std::move(instance)).error();
  }

  Asked<wire::LeaveGroupResponse>& leave(const std::vector<Leaving>& members,
                                         wire::Version version = 5) {
    wire::LeaveGroupRequest request;
    request.group_id = group_id;
    if (version < 3) request.member_id = members.front().id;
    for (const Leaving& member : members) {
      if (version < 3) break;
      request.members.push_back({.member_id = member.id,
                                 .group_instance_id = member.instance,
                                 .reason = version >= 5 ? member.reason : std::nullopt});
    }
    return ask(&GroupShard::leave, {.version = version}, request);
  }

  // A Stable group of one member, or of two of which the first leads. Each member's assignment is
  // "of " and its id.
  std::string one_member(Join with = {}) {
    const auto& joined = with.instance || with.version < 4 ? join(with) : join_new(with);
    tick();
    const std::string id = joined.answer().member_id;
    sync({.id = id,
          .generation = joined.answer().generation_id,
          .assignments = {{id, "of " + id}},
          .type = with.type,
          .name = with.protocols.front().first});
    return id;
  }
  TwoMembers two_members(const Join& first = {}, const Join& second = {}) {
    const auto enter = [&](const Join& with) -> const Asked<wire::JoinGroupResponse>& {
      return with.instance ? join(with) : join_new(with);
    };
    const auto& a = enter(first);
    const auto& b = enter(second);
    tick();
    const TwoMembers two = {.leader = a.answer().member_id, .follower = b.answer().member_id};
    const std::int32_t generation = a.answer().generation_id;
    sync({.id = two.follower, .generation = generation});
    sync({.id = two.leader,
          .generation = generation,
          .assignments = {{two.leader, "of " + two.leader}, {two.follower, "of " + two.follower}}});
    return two;
  }

  ClassicGroup& group() { return *shard().classic().find(group_id); }
  bool has_group() { return shard().classic().find(group_id) != nullptr; }
  std::string_view state() { return group().state(); }

  // All that the log knows of a group.
  std::string described() {
    const ClassicGroup& one = group();
    std::string text = std::string(one.state()) + " " + std::to_string(one.generation()) + " " +
                       one.protocol_type() + " " + one.protocol_name().value_or("-") + " leader " +
                       one.leader_id();
    for (const auto& [id, member] : one.members()) {
      const ClassicProtocol* const protocol =
          member.find_protocol(one.protocol_name().value_or(""));
      text += "\n" + id + " " + member.instance_id.value_or("-") + " " + member.client_id + " " +
              member.client_host + " " + std::to_string(member.rebalance_timeout_ms) + " " +
              std::to_string(member.session_timeout_ms) + " " +
              std::string(protocol == nullptr ? "-" : protocol->metadata.view()) + " " +
              std::string(member.assignment.view());
    }
    return text;
  }

  // "2 gen 1 [2]": type, generation and members of each group record; "2T" for a tombstone.
  std::vector<std::string> group_records() {
    std::vector<std::string> texts;
    for (const CoordinatorRecord& record : records()) {
      std::string& text = texts.emplace_back(std::to_string(*stored_prefix(record.key)));
      if (!record.value) {
        text += "T";
      } else if (text == "2") {
        const auto value = read_value<wire::GroupMetadataValue>(record);
        text += " gen " + std::to_string(value->generation) + " [" +
                std::to_string(value->members.size()) + "]";
      }
    }
    return texts;
  }
  wire::GroupMetadataValue last_group_record() {
    return *read_value<wire::GroupMetadataValue>(records().back());
  }

  std::string group_id = "g";
};

}  // namespace understudy::broker
