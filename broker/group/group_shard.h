// The groups of one partition of __consumer_offsets, while its node leads it.
//
// Three parts share them: classic groups, consumer groups (KIP-848) and offsets. This is where they
// meet: it knows which group has which type, and which part a record belongs to. One id has one
// type at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/base/request.h"
#include "broker/coordinator/runtime.h"
#include "broker/group/group.h"
#include "broker/group/group_environment.h"
#include "broker/group/java_hash_map.h"
#include "wire/messages_fwd.h"

namespace understudy::broker {

class ClassicGroups;
class ConsumerGroups;
class GroupOffsets;

using Groups = JavaHashMap<std::string, std::unique_ptr<Group>>;

class GroupShard : public StateMachine {
 public:
  GroupShard(const GroupEnvironment& environment, Shard& shard);
  ~GroupShard() override;

  const GroupEnvironment& environment() const { return environment_; }
  // What the node that leads the partition configures now.
  const BrokerConfig& config() const { return environment_.cluster.configs().of(shard_.node()); }
  Shard& shard() { return shard_; }

  // Null if there is none.
  Group* find(std::string_view id);
  const Groups& groups() const { return groups_; }
  // In the place of the group with its id, if there is one.
  Group& put(std::unique_ptr<Group> group);
  // Out of here, with its id; null if there is none.
  std::unique_ptr<Group> take(std::string_view id);
  void remove(std::string_view id);

  ClassicGroups& classic() { return *classic_; }
  ConsumerGroups& consumer() { return *consumer_; }
  GroupOffsets& offsets() { return *offsets_; }

  // The requests of the classic protocol, whatever the group has become: members of both protocols
  // may share a consumer group (KIP-848).
  void join(wire::JoinGroupRequest request, Reply<wire::JoinGroupResponse> reply);
  void sync(const wire::SyncGroupRequest& request, Reply<wire::SyncGroupResponse> reply);
  void heartbeat(const wire::HeartbeatRequest& request, Reply<wire::HeartbeatResponse> reply);
  void leave(const wire::LeaveGroupRequest& request, Reply<wire::LeaveGroupResponse> reply);

  // What was decided about a group, for people.
  void tell(GroupEvent event);

  // A topic was created, deleted or grew.
  void topics_changed();

  void replay(const CoordinatorRecord& record, const RecordProducer& producer) override;
  void transaction_ended(std::int64_t producer_id, codec::ControlType type) override;
  void loaded() override;
  void unloaded() override;

 private:
  bool is_consumer_group(std::string_view id);
  bool is_living_consumer_group(std::string_view id);

  const GroupEnvironment environment_;
  Shard& shard_;
  Groups groups_;
  std::unique_ptr<GroupOffsets> offsets_;
  std::unique_ptr<ClassicGroups> classic_;
  std::unique_ptr<ConsumerGroups> consumer_;
};

}  // namespace understudy::broker
