// Handlers of groups over one partition of __consumer_offsets, what they write into it, and groups
// that answer what a test wants.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/api/group_handlers.h"
#include "broker/api/test_handler.h"
#include "broker/cluster/changes.h"
#include "broker/group/group_offsets.h"
#include "codec/record.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/group_coordinator_records.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"

namespace understudy::broker {

// A group as a test wants it.
class ScriptedGroup final : public Group {
 public:
  using Group::Group;
  GroupType type() const override { return its_type; }
  std::string_view state() const override { return its_state; }
  std::string protocol_type() const override { return its_protocol_type; }
  bool has_members() const override { return !its_view.members.empty(); }
  GroupView view() const override { return its_view; }
  wire::ErrorCode check_commit(const OffsetClient& client,
                               const std::vector<CommittedPartition>& partitions) const override {
    committer = {.member = std::string(client.member_id),
                 .instance = std::string(client.instance_id.value_or("")),
                 .generation = client.generation,
                 .version = client.api_version,
                 .partition_count = partitions.size()};
    return commit_error;
  }
  void committed(const OffsetClient&) override { ++commits; }
  wire::ErrorCode check_fetch(const OffsetClient& client) const override {
    fetcher = {.member = client.has_member_id ? std::string(client.member_id) : "null",
               .generation = client.generation};
    return fetch_error;
  }
  wire::ErrorCode check_offset_delete() const override { return offset_delete_error; }
  bool is_subscribed_to(std::string_view topic) const override { return topic == subscribed; }
  wire::ErrorCode check_delete() const override { return delete_error; }
  void add_tombstones(std::vector<CoordinatorRecord>& records) const override {
    records.push_back(tombstone_of(wire::GroupMetadataKey{.group = id()}));
  }
  OffsetExpiration expiration() const override { return its_expiration; }

  struct Client {
    std::string member = {};
    std::string instance = {};
    std::int32_t generation = -1;
    wire::Version version = -1;
    std::size_t partition_count = 0;
    bool operator==(const Client&) const = default;
  };

  GroupType its_type = GroupType::kClassic;
  std::string its_state = "Stable";
  std::string its_protocol_type = "consumer";
  GroupView its_view = {};
  wire::ErrorCode commit_error = wire::ErrorCode::kNone;
  wire::ErrorCode fetch_error = wire::ErrorCode::kNone;
  wire::ErrorCode offset_delete_error = wire::ErrorCode::kNone;
  wire::ErrorCode delete_error = wire::ErrorCode::kNone;
  std::string subscribed = {};
  OffsetExpiration its_expiration = {};
  mutable Client committer;
  mutable Client fetcher;
  int commits = 0;
};

// One partition of a commit.
struct Commit {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = -1;
  wire::Nullable<wire::String> metadata = "";
  std::int32_t leader_epoch = -1;
};

class GroupsTest : public HandlerTest {
 protected:
  explicit GroupsTest(std::string_view profile_name = "4.4", int nodes = 1,
                      std::string_view partitions = "1", ConfigMap more = {})
      : HandlerTest({.node_count = nodes,
                     .profile = profile_name,
                     .properties = with_offsets_topic(nodes, partitions, std::move(more))}) {
    news.during([&] { find_coordinator(cluster, 1, InternalTopic::kOffsets, "g"); });
  }

  using Written = std::vector<std::string>;

  void create(const std::string& topic, std::size_t partition_count = 4) {
    news.during([&] { add_topic(topic, partition_count); });
  }
  void remove(const std::string& topic) {
    news.during([&] { ASSERT_TRUE(cluster.remove_topic(*cluster.find_topic(topic))); });
  }
  void advance(std::int64_t ms) {
    clock.advance(ms);
    news.during([&] { timers.run_due(clock.monotonic_ms()); });
  }
  Partition& offsets_partition(std::int32_t index = 0) {
    return *cluster.find_partition("__consumer_offsets", index);
  }
  // The node leads again, and reads what the log holds.
  void reload(NodeId node = 1) {
    news.during([&] { cluster.elect(offsets_partition(), node, Partition::Tail::kKeep); });
  }
  GroupShard& shard(const std::string& group = "g", NodeId node = 1) {
    return **groups.find(node, group);
  }
  ScriptedGroup& put_group(const std::string& id = "g") {
    return static_cast<ScriptedGroup&>(shard(id).put(std::make_unique<ScriptedGroup>(id)));
  }

  static wire::OffsetCommitRequest commit_of(const std::string& group,
                                             const std::vector<Commit>& commits) {
    wire::OffsetCommitRequest request;
    request.group_id = group;
    for (const Commit& one : commits) {
      if (request.topics.empty() || request.topics.back().name != one.topic) {
        request.topics.emplace_back().name = one.topic;
      }
      request.topics.back().partitions.push_back({.partition_index = one.partition,
                                                  .committed_offset = one.offset,
                                                  .committed_leader_epoch = one.leader_epoch,
                                                  .committed_metadata = one.metadata});
    }
    return request;
  }
  wire::OffsetCommitResponse commit(wire::Version version, wire::OffsetCommitRequest request,
                                    NodeId node = 1) {
    for (auto& topic : request.topics) {
      const Topic* const found = cluster.find_topic(topic.name);
      if (found != nullptr && topic.topic_id.is_zero()) topic.topic_id = found->id;
    }
    return call(offset_commit, version, std::move(request), node);
  }
  // "t-0: NONE" and so on, in the order of the answer.
  static Written lines_of(const wire::OffsetCommitResponse& response) {
    Written lines;
    for (const auto& topic : response.topics) {
      for (const auto& partition : topic.partitions) {
        lines.push_back(topic.name + "-" + std::to_string(partition.partition_index) + ": " +
                        std::string(wire::name_of(partition.error_code)));
      }
    }
    return lines;
  }
  Written commit_lines(wire::Version version, const wire::OffsetCommitRequest& request) {
    return lines_of(commit(version, request));
  }

  // The offset that a client is told in the newest version with names; a negative error code.
  std::int64_t fetched(const std::string& group, const std::string& topic, std::int32_t partition,
                       bool require_stable = false) {
    wire::OffsetFetchRequest request;
    request.require_stable = require_stable;
    auto& one = request.groups.emplace_back();
    one.group_id = group;
    one.topics->emplace_back().name = topic;
    one.topics->front().partition_indexes = {partition};
    const auto response = call(offset_fetch, wire::Version{9}, request);
    const auto& answered = response.groups.at(0);
    if (answered.error_code != wire::ErrorCode::kNone) {
      return -1000 - static_cast<int>(answered.error_code);
    }
    const auto& of_partition = answered.topics.at(0).partitions.at(0);
    if (of_partition.error_code != wire::ErrorCode::kNone) {
      return -1000 - static_cast<int>(of_partition.error_code);
    }
    return of_partition.committed_offset;
  }
  static constexpr std::int64_t kUnstable =
      -1000 - static_cast<int>(wire::ErrorCode::kUnstableOffsetCommit);

  std::vector<std::string> listed(wire::Version version = 5,
                                  const wire::ListGroupsRequest& request = {}, NodeId node = 1) {
    std::vector<std::string> ids;
    for (const auto& group : call(list_groups, version, request, node).groups) {
      ids.push_back(group.group_id);
    }
    std::ranges::sort(ids);
    return ids;
  }

  // A line per record of the log from `from` on: "1 v4 g t-0" is a commit, "2T g" removes a group.
  Written written(std::int64_t from = 0, std::int32_t index = 0) {
    Written lines;
    offsets_partition(index).log().for_each_batch(from, [&](const codec::BatchView& batch) {
      codec::RecordReader reader(batch);
      while (const codec::RecordView* record = reader.next()) lines.push_back(line_of(*record));
      return true;
    });
    return lines;
  }
  std::int64_t log_end() { return offsets_partition().log_end_offset(); }

  // What coordinators of transactions will write.
  void replay_in_transaction(std::int64_t producer_id, const std::string& group,
                             const std::string& topic, std::int32_t partition,
                             std::int64_t offset) {
    const auto record =
        shard(group).offsets().record_of_commit(group, topic, partition, {.offset = offset});
    offsets_partition().producers().verification_started(producer_id, 0, -1);
    news.during([&] {
      shard(group).shard().write(
          {record}, {.id = producer_id, .epoch = 0},
          [](wire::ErrorCode error) { EXPECT_EQ(error, wire::ErrorCode::kNone); });
    });
  }

 private:
  static ConfigMap with_offsets_topic(int nodes, std::string_view partitions, ConfigMap more) {
    more["offsets.topic.num.partitions"] = partitions;
    more["offsets.topic.replication.factor"] = std::to_string(nodes);
    return more;
  }
  static std::string line_of(const codec::RecordView& record) {
    CoordinatorRecord stored{.key = wire::Slice::copy_of(*record.key), .value = std::nullopt};
    if (record.value) stored.value = wire::Slice::copy_of(*record.value);
    const std::int16_t type = *stored_prefix(stored.key);
    std::string line = std::to_string(type) +
                       (stored.value ? " v" + std::to_string(*stored_prefix(*stored.value)) : "T");
    if (type == wire::schema_of<wire::OffsetCommitKey>.message.key) {
      const auto key = *read_key<wire::OffsetCommitKey>(stored);
      return line + " " + key.group + " " + key.topic + "-" + std::to_string(key.partition);
    }
    return line + " " + read_key<wire::GroupMetadataKey>(stored)->group;
  }
};

}  // namespace understudy::broker
