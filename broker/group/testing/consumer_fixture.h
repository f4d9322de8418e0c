// What members of consumer groups do (KIP-848), and what is seen of it, in short, for tests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/group/consumer_groups.h"
#include "broker/group/consumer_heartbeat_check.h"
#include "broker/group/testing/group_fixture.h"
#include "wire/messages/consumer_group_records.h"
#include "wire/messages/group_coordinator_records.h"

namespace understudy::broker {

// A ConsumerGroupHeartbeat. Partitions are "t0": a topic, whose name ends with no digit, and an
// index.
struct Beat {
  std::string id = "A";
  std::int32_t epoch = 0;
  std::optional<std::vector<std::string>> names = {};
  std::optional<std::vector<std::string>> owned = {};
  std::optional<std::string> instance = {};
  std::optional<std::string> regex = {};
  std::optional<std::string> rack = {};
  std::optional<std::string> assignor = {};
  std::int32_t rebalance_ms = -1;
  std::string group = "g";
  wire::Version version = 1;
  std::string client = "client";
};

inline Beat joining(const std::string& id, std::optional<std::vector<std::string>> names) {
  return {.id = id,
          .names = std::move(names),
          .owned = std::vector<std::string>(),
          .rebalance_ms = 60'000};
}
inline Beat static_joining(const std::string& id, const std::string& instance,
                           std::optional<std::vector<std::string>> names) {
  Beat beat = joining(id, std::move(names));
  beat.instance = instance;
  return beat;
}

class ConsumerTest : public GroupTest {
 protected:
  using Response = wire::ConsumerGroupHeartbeatResponse;

  // Assignments are computed at once unless a test wants the pause.
  explicit ConsumerTest(ConfigMap properties = {})
      : GroupTest({.properties = with_defaults(std::move(properties))}) {}

  void add_topic(const std::string& name, std::size_t partition_count) {
    news.during([&] {
      ids_[name] = cluster.add_topic(name, cluster.place_replicas(partition_count, 1), {})->id;
    });
    names_[ids_[name]] = name;
  }
  void remove_topic(const std::string& name) {
    news.during([&] { ASSERT_TRUE(cluster.remove_topic(*cluster.find_topic(name))); });
  }
  void grow_topic(const std::string& name, std::size_t by) {
    news.during([&] {
      ASSERT_TRUE(cluster.add_partitions(*cluster.find_topic(name), cluster.place_replicas(by, 1)));
    });
  }

  Response ask(const Beat& beat) {
    const wire::ConsumerGroupHeartbeatRequest request = request_of(beat);
    const ApiError error =
        check_consumer_heartbeat(request, beat.version, shard().config().group_consumer_assignors);
    if (error.failed()) return {.error_code = error.code, .error_message = error.message};
    const auto asked = std::make_shared<Asked<Response>>();
    beats_.push_back(asked);
    auto envelope = std::make_unique<Request>();
    envelope->node = leader();
    envelope->version = beat.version;
    envelope->client_id = beat.client;
    envelope->session = std::make_shared<Session>();
    envelope->session->peer.host = "10.1.2.3";
    news.during([&] {
      shard().consumer().heartbeat(request, Reply<Response>(*asked, std::move(envelope)));
    });
    return asked->answer();
  }

  // "2 [t0 t1]": the epoch and the assignment; "2 null": nothing is said about it. Or the error.
  std::string beat(const Beat& beat) { return text_of(ask(beat)); }
  // A heartbeat that says nothing but who it is of.
  std::string beat(const std::string& id, std::int32_t epoch) {
    return beat(Beat{.id = id, .epoch = epoch});
  }
  std::string beat(const std::string& id, std::int32_t epoch, std::vector<std::string> owned) {
    return beat(Beat{.id = id, .epoch = epoch, .owned = std::move(owned)});
  }
  std::string join(const std::string& id, std::vector<std::string> names) {
    return beat(joining(id, std::move(names)));
  }

  // "2/2 Stable": group epoch, assignment epoch, state. "none" if there is no such group.
  std::string group_text(const std::string& id = "g") {
    const auto described = shard().consumer().describe(id);
    if (described.error_code != wire::ErrorCode::kNone) return "none";
    return std::to_string(described.group_epoch) + "/" +
           std::to_string(described.assignment_epoch) + " " + described.group_state;
  }
  // "3 [t0 t1], target [t0]".
  std::string member_text(const std::string& member_id) {
    for (const auto& member : shard().consumer().describe("g").members) {
      if (member.member_id != member_id) continue;
      return std::to_string(member.member_epoch) + " " + text_of(member.assignment) + ", target " +
             text_of(member.target_assignment);
    }
    return "none";
  }

  // What was written since this was asked last, by the numbers of the records: "5A 3(2) 8A(2,prev
  // 0)", T for a tombstone.
  std::string written() {
    const std::vector<CoordinatorRecord> all = records();
    std::string text;
    for (; seen_ < all.size(); ++seen_) text += (text.empty() ? "" : " ") + text_of(all[seen_]);
    return text;
  }

  wire::Uuid id_of(const std::string& topic) const { return ids_.at(topic); }

  wire::ErrorCode commit(const std::string& member, std::int32_t epoch,
                         const std::vector<CommittedPartition>& partitions,
                         std::int16_t version = 9) {
    return shard().find("g")->check_commit(
        {.member_id = member, .generation = epoch, .api_version = version}, partitions);
  }

  static std::string name_of_error(wire::ErrorCode error) {
    return std::string(wire::name_of(error));
  }

 private:
  static ConfigMap with_defaults(ConfigMap properties) {
    properties.emplace("group.consumer.assignment.interval.ms", "0");
    return properties;
  }

  wire::ConsumerGroupHeartbeatRequest request_of(const Beat& beat) const {
    wire::ConsumerGroupHeartbeatRequest request{.group_id = beat.group,
                                                .member_id = beat.id,
                                                .member_epoch = beat.epoch,
                                                .instance_id = beat.instance,
                                                .rack_id = beat.rack,
                                                .rebalance_timeout_ms = beat.rebalance_ms,
                                                .subscribed_topic_names = beat.names,
                                                .subscribed_topic_regex = beat.regex,
                                                .server_assignor = beat.assignor};
    if (!beat.owned) return request;
    request.topic_partitions.emplace();
    for (const std::string& partition : *beat.owned) {
      const std::size_t digit = partition.find_first_of("0123456789");
      request.topic_partitions->push_back({.topic_id = ids_.at(partition.substr(0, digit)),
                                           .partitions = {std::stoi(partition.substr(digit))}});
    }
    return request;
  }

  template <class Assigned>
  std::string text_of(const Assigned& assignment) const {
    std::map<std::string, std::vector<std::int32_t>> by_name;
    for (const auto& topic : assignment.topic_partitions) {
      const auto name = names_.find(topic.topic_id);
      auto& partitions = by_name[name == names_.end() ? "?" : name->second];
      partitions.insert(partitions.end(), topic.partitions.begin(), topic.partitions.end());
    }
    std::string text;
    for (auto& [name, partitions] : by_name) {
      std::ranges::sort(partitions);
      for (const std::int32_t index : partitions) {
        text += (text.empty() ? "" : " ") + name + std::to_string(index);
      }
    }
    return "[" + text + "]";
  }
  std::string text_of(const Response& response) const {
    if (response.error_code != wire::ErrorCode::kNone) return name_of_error(response.error_code);
    return std::to_string(response.member_epoch) + " " +
           (response.assignment ? text_of(*response.assignment) : "null");
  }

  static std::string text_of(const CoordinatorRecord& record) {
    const std::int16_t type = *stored_prefix(record.key);
    std::string text = std::to_string(type);
    if (!record.value) text += "T";
    switch (type) {
      case 3: {
        if (!record.value) return text;
        const auto value = *read_value<wire::ConsumerGroupMetadataValue>(record);
        return text + "(" + std::to_string(value.epoch) +
               (value.metadata_hash == 0 ? ",no hash)" : ")");
      }
      case 5:
        return text + read_key<wire::ConsumerGroupMemberMetadataKey>(record)->member_id;
      case 6: {
        if (!record.value) return text;
        const auto value = *read_value<wire::ConsumerGroupTargetAssignmentMetadataValue>(record);
        return text + "(" + std::to_string(value.assignment_epoch) + ")";
      }
      case 7:
        return text + read_key<wire::ConsumerGroupTargetAssignmentMemberKey>(record)->member_id;
      case 8:
        return text + assignment_text(record);
      case 2: {
        if (!record.value) return text;
        const auto value = *read_value<wire::GroupMetadataValue>(record);
        return text + "(" + std::to_string(value.generation) + "," +
               std::to_string(value.members.size()) + " members)";
      }
      default:
        return text;
    }
  }
  static std::string assignment_text(const CoordinatorRecord& record) {
    std::string text = read_key<wire::ConsumerGroupCurrentMemberAssignmentKey>(record)->member_id;
    if (!record.value) return text;
    const auto value = *read_value<wire::ConsumerGroupCurrentMemberAssignmentValue>(record);
    text += "(" + std::to_string(value.member_epoch) + ",prev " +
            std::to_string(value.previous_member_epoch);
    if (value.state != 0) text += ",state " + std::to_string(value.state);
    return text + ")";
  }

  std::map<std::string, wire::Uuid> ids_;    // of the newest topic with the name
  std::map<wire::Uuid, std::string> names_;  // of all that there ever were
  std::size_t seen_ = 0;
  std::vector<std::shared_ptr<ReplySink>> beats_;
};

}  // namespace understudy::broker
