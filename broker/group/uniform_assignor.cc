// The assignor "uniform" for members that all subscribe to the same
// (UniformHomogeneousAssignmentBuilder): assignors.md 4.
#include <algorithm>

#include "broker/group/assignor_placement.h"

namespace understudy::broker {
namespace {

class EqualShares {
 public:
  explicit EqualShares(const AssignorInput& input) : input_(input), placement_(input) {}

  std::vector<Assignment> assign() {
    find_wanted();
    claim_current();
    list_free();
    least_ = total_ / input_.members.size();
    extras_ = total_ % input_.members.size();
    for (std::size_t member = 0; member < input_.members.size(); ++member) keep(member);
    feed_the_hungry();
    return placement_.assignments();
  }

 private:
  struct Hungry {
    std::int32_t member = 0;
    std::size_t room = 0;
  };

  void find_wanted() {
    const std::span<const wire::Uuid> topics = input_.members.front().topics;
    auto in_order = JavaHashSet<wire::Uuid>::for_copy_of(topics.size());
    for (const wire::Uuid& topic_id : topics) in_order.try_emplace(topic_id);
    is_wanted_.resize(placement_.topic_count());
    for (const auto& [topic_id, in] : in_order) {
      const std::optional<std::size_t> topic = placement_.find(topic_id);
      if (!topic) continue;
      wanted_.push_back(*topic);
      is_wanted_[*topic] = true;
    }
  }

  void claim_current() {
    held_.resize(input_.members.size());
    for (std::size_t member = 0; member < held_.size(); ++member) {
      for (const auto& [topic_id, partitions] : input_.members[member].current) {
        const std::optional<std::size_t> topic = placement_.find(topic_id);
        if (topic && is_wanted_[*topic]) claim(member, *topic, partitions);
      }
    }
  }

  void claim(std::size_t member, std::size_t topic, const std::vector<std::int32_t>& partitions) {
    for (const std::int32_t partition : partitions) {
      if (placement_.claim({topic, partition}, static_cast<std::int32_t>(member))) {
        held_[member].push_back({topic, partition});
      }
    }
  }

  void list_free() {
    for (const std::size_t topic : wanted_) {
      const std::vector<std::int32_t>& owners = placement_.owners(topic);
      total_ += owners.size();
      for (std::int32_t partition = 0; static_cast<std::size_t>(partition) < owners.size();
           ++partition) {
        if (placement_.owner({topic, partition}) == Placement::kNobody)
          free_.push_back({topic, partition});
      }
    }
  }

  // A member keeps what it has up to its share. It may be one more while there are such; a member
  // that does not use it passes it on, unless so few follow that somebody has to take it.
  void keep(std::size_t member) {
    bool has_extra = extras_ > 0;
    std::size_t room = least_ + (has_extra ? 1 : 0);
    for (const PlacedPartition partition : held_[member]) {
      if (room > 0) {
        --room;
      } else {
        placement_.give(partition, Placement::kNobody);
        free_.push_back(partition);
      }
    }
    if (room > 0 && has_extra && input_.members.size() - member > extras_) {
      --room;
      has_extra = false;
    }
    if (room > 0) hungry_.push_back({static_cast<std::int32_t>(member), room});
    if (has_extra) --extras_;
  }

  void feed_the_hungry() {
    std::size_t next = 0;
    for (const Hungry& hungry : hungry_) {
      const std::size_t end = std::min(next + hungry.room, free_.size());
      for (; next < end; ++next) placement_.give(free_[next], hungry.member);
    }
  }

  const AssignorInput& input_;
  Placement placement_;
  std::vector<std::size_t> wanted_;  // topics, in the order of Kafka's set of them
  std::vector<bool> is_wanted_;
  std::vector<std::vector<PlacedPartition>> held_;  // by member, in the order of its current ones
  std::vector<PlacedPartition> free_;
  std::vector<Hungry> hungry_;
  std::size_t total_ = 0;
  std::size_t least_ = 0;
  std::size_t extras_ = 0;  // members that may still have one more than least_
};

}  // namespace

std::vector<Assignment> assign_uniformly(const AssignorInput& input) {
  if (input.type == SubscriptionType::kHeterogeneous) return assign_uniformly_to_different(input);
  if (input.members.empty()) return {};
  return EqualShares(input).assign();
}

}  // namespace understudy::broker
