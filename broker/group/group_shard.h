// The groups of one partition of __consumer_offsets, while its node leads it.
//
// Three parts share them: classic groups, consumer groups (KIP-848) and offsets. This is where they
// meet: it knows which group has which type, and which part a record belongs to. One id has one
// type at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/coordinator/runtime.h"
#include "broker/group/group.h"
#include "broker/group/group_environment.h"
#include "broker/group/java_hash_map.h"

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
  void remove(std::string_view id);

  ClassicGroups& classic() { return *classic_; }
  ConsumerGroups& consumer() { return *consumer_; }
  GroupOffsets& offsets() { return *offsets_; }

  // What was decided about a group, for people.
  void tell(GroupEvent event);

  // A topic was created, deleted or grew.
  void topics_changed();

  void replay(const CoordinatorRecord& record, const RecordProducer& producer) override;
  void transaction_ended(std::int64_t producer_id, codec::ControlType type) override;
  void loaded() override;
  void unloaded() override;

 private:
  const GroupEnvironment environment_;
  Shard& shard_;
  Groups groups_;
  std::unique_ptr<GroupOffsets> offsets_;
  std::unique_ptr<ClassicGroups> classic_;
  std::unique_ptr<ConsumerGroups> consumer_;
};

}  // namespace understudy::broker
