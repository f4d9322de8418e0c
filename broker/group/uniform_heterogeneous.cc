// The assignor "uniform" for members that subscribe to different topics
// (UniformHeterogeneousAssignmentBuilder): assignors.md 5.
#include <algorithm>
#include <tuple>

#include "broker/group/assignor_placement.h"

namespace understudy::broker {
namespace {

using Loads = std::vector<std::int32_t>;       // partitions, by member
using MemberList = std::vector<std::int32_t>;  // numbers of members

// Hands out the least and the most loaded of some members while their loads change, without
// sorting them again: it looks at one level of load after the other, from both ends.
class Seesaw {
 public:
  // There is at least one member. The loads are looked at whenever it is asked.
  Seesaw(const Loads& loads, const MemberList& members) : loads_(loads), line_(members) {
    std::ranges::sort(line_, {},
                      [this](std::int32_t member) { return std::pair(load_of(member), member); });
    const auto count = static_cast<std::ptrdiff_t>(line_.size());
    low_level_ = load_at(0) - 1;
    high_level_ = load_at(count - 1) + 1;
    high_start_ = count;
    high_stop_ = count;
    high_next_ = count - 1;
  }

  // How far the loads are apart at the start.
  std::int32_t spread() const { return high_level_ - low_level_ - 2; }
  bool is_even() const { return high_level_ - low_level_ <= 1; }

  std::int32_t least() {
    if (low_next_ >= low_end_) {
      ++low_level_;
      while (low_end_ < count() && load_at(low_end_) == low_level_) ++low_end_;
      low_next_ = 0;
    }
    return at(low_next_++);
  }

  std::optional<std::int32_t> most() {
    if (high_next_ < high_start_) {
      // All at this end were dropped: on to the next ones, whatever their level.
      const bool is_empty = high_stop_ <= high_start_ && high_start_ > 0;
      high_level_ = is_empty ? load_at(high_start_ - 1) : high_level_ - 1;
      while (high_start_ > 0 && load_at(high_start_ - 1) == high_level_) --high_start_;
      high_next_ = high_stop_ - 1;
    }
    if (high_next_ < 0) return {};
    return at(high_next_--);
  }

  // Who most() gave last has nothing to give.
  void drop() {
    --high_stop_;
    std::swap(line_[static_cast<std::size_t>(high_next_ + 1)],
              line_[static_cast<std::size_t>(high_stop_)]);
  }

 private:
  std::ptrdiff_t count() const { return static_cast<std::ptrdiff_t>(line_.size()); }
  std::int32_t at(std::ptrdiff_t place) const { return line_[static_cast<std::size_t>(place)]; }
  std::int32_t load_of(std::int32_t member) const {
    return loads_[static_cast<std::size_t>(member)];
  }
  std::int32_t load_at(std::ptrdiff_t place) const { return load_of(at(place)); }

  const Loads& loads_;
  MemberList line_;
  std::ptrdiff_t low_end_ = 0;
  std::ptrdiff_t low_next_ = 0;
  std::int32_t low_level_ = 0;
  std::ptrdiff_t high_start_ = 0;
  std::ptrdiff_t high_stop_ = 0;
  std::ptrdiff_t high_next_ = 0;
  std::int32_t high_level_ = 0;
};

class BalancedLoads {
 public:
  explicit BalancedLoads(const AssignorInput& input)
      : input_(input),
        placement_(input),
        subscribers_(placement_.topic_count()),
        loads_(input.members.size()),
        to_give_(input.members.size()) {}

  std::vector<Assignment> assign() {
    keep_current();
    sort_topics();
    for (const std::size_t topic : topics_) fill(topic);
    balance();
    return placement_.assignments();
  }

 private:
  static constexpr int kRoundsMax = 16;

  void keep_current() {
    for (std::int32_t member = 0; static_cast<std::size_t>(member) < loads_.size(); ++member) {
      const AssignorMember& asked = input_.members[static_cast<std::size_t>(member)];
      subscribe(member, asked.topics);
      for (const auto& [topic_id, partitions] : asked.current) {
        const std::optional<std::size_t> topic = placement_.find(topic_id);
        if (topic && is_last_subscriber(*topic, member)) claim(member, *topic, partitions);
      }
    }
  }

  void subscribe(std::int32_t member, std::span<const wire::Uuid> topic_ids) {
    for (const wire::Uuid& topic_id : topic_ids) {
      const std::optional<std::size_t> topic = placement_.find(topic_id);
      if (topic && !is_last_subscriber(*topic, member)) subscribers_[*topic].push_back(member);
    }
  }

  bool is_last_subscriber(std::size_t topic, std::int32_t member) const {
    return !subscribers_[topic].empty() && subscribers_[topic].back() == member;
  }

  void claim(std::int32_t member, std::size_t topic, const std::vector<std::int32_t>& partitions) {
    for (const std::int32_t partition : partitions) {
      if (placement_.claim({topic, partition}, member)) ++load(member);
    }
  }

  // Topics with the most partitions for each subscriber first.
  void sort_topics() {
    for (std::size_t topic = 0; topic < subscribers_.size(); ++topic) {
      if (!subscribers_[topic].empty()) topics_.push_back(topic);
    }
    std::ranges::sort(topics_, {}, [this](std::size_t topic) {
      const std::size_t count = subscribers_[topic].size();
      const double each =
          static_cast<double>(placement_.owners(topic).size()) / static_cast<double>(count);
      return std::tuple(-each, count, java_halves(input_.topics[topic].id));
    });
  }

  void fill(std::size_t topic) {
    const std::vector<std::int32_t>& owners = placement_.owners(topic);
    if (std::ranges::find(owners, Placement::kNobody) == owners.end()) return;
    Seesaw seesaw(loads_, subscribers_[topic]);
    for (std::int32_t partition = 0; static_cast<std::size_t>(partition) < owners.size();
         ++partition) {
      if (placement_.owner({topic, partition}) != Placement::kNobody) continue;
      const std::int32_t member = seesaw.least();
      placement_.give({topic, partition}, member);
      ++load(member);
    }
  }

  void balance() {
    std::erase_if(topics_, [this](std::size_t topic) { return subscribers_[topic].size() < 2; });
    // The turn that moved something last; nothing changes any more when it comes again.
    std::optional<std::size_t> last;
    for (int round = 0; round < kRoundsMax; ++round) {
      for (std::size_t turn = 0; turn < topics_.size(); ++turn) {
        if (turn == last) return;
        const bool has_moved = even_out(topics_[turn]);
        if (has_moved || !last) last = turn;
      }
    }
  }

  bool even_out(std::size_t topic) {
    Seesaw seesaw(loads_, subscribers_[topic]);
    if (seesaw.spread() <= 1) return false;
    list_partitions_of_owners(topic);
    bool has_moved = false;
    while (!seesaw.is_even()) {
      const std::optional<std::int32_t> giver = next_giver(seesaw);
      if (!giver) break;
      const std::int32_t taker = seesaw.least();
      if (seesaw.is_even()) break;
      move({topic, partitions_of(*giver).back()}, *giver, taker);
      partitions_of(*giver).pop_back();
      has_moved = true;
    }
    return has_moved;
  }

  // What is moved in a turn does not move again in it.
  void list_partitions_of_owners(std::size_t topic) {
    for (const std::int32_t member : subscribers_[topic]) partitions_of(member).clear();
    std::int32_t partition = 0;
    for (const std::int32_t owner : placement_.owners(topic)) {
      partitions_of(owner).push_back(partition++);
    }
  }

  std::optional<std::int32_t> next_giver(Seesaw& seesaw) {
    std::optional<std::int32_t> giver = seesaw.most();
    while (giver && partitions_of(*giver).empty()) {
      seesaw.drop();
      giver = seesaw.most();
    }
    return giver;
  }

  void move(PlacedPartition partition, std::int32_t giver, std::int32_t taker) {
    placement_.give(partition, taker);
    --load(giver);
    ++load(taker);
  }

  std::int32_t& load(std::int32_t member) { return loads_[static_cast<std::size_t>(member)]; }
  std::vector<std::int32_t>& partitions_of(std::int32_t member) {
    return to_give_[static_cast<std::size_t>(member)];
  }

  const AssignorInput& input_;
  Placement placement_;
  std::vector<MemberList> subscribers_;  // by topic, ascending
  std::vector<std::size_t> topics_;      // that somebody subscribes to
  Loads loads_;
  std::vector<std::vector<std::int32_t>> to_give_;  // of the topic whose turn it is, by member
};

}  // namespace

std::vector<Assignment> assign_uniformly_to_different(const AssignorInput& input) {
  return BalancedLoads(input).assign();
}

}  // namespace understudy::broker
