// Offsets that producers have committed in transactions which have not ended
// (transactions.md 10.3).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/group/committed_offsets.h"

namespace understudy::broker {

class PendingOffsets {
 public:
  struct Ended {
    std::string group;
    std::string topic;
    std::int32_t partition = -1;
    CommittedOffset offset;
    std::uint64_t number = 0;
    bool is_superseded = false;  // a later record of the partition is committed already
  };

  bool empty() const { return groups_.empty(); }
  bool contains(std::string_view group) const { return groups_.contains(group); }
  bool contains(std::string_view group, std::string_view topic, std::int32_t partition) const;

  // A producer's later offset of a partition takes the place of its earlier one. Numbers rise with
  // the records of the log.
  void put(std::string_view group, std::string_view topic, std::int32_t partition,
           std::int64_t producer_id, CommittedOffset offset, std::uint64_t number);
  // Of every producer.
  void erase(std::string_view group, std::string_view topic, std::int32_t partition);
  // The record with this number was committed: of its partition, what was written before it comes
  // too late.
  void supersede(std::string_view group, std::string_view topic, std::int32_t partition,
                 std::uint64_t number);
  // What the producer has pending, which is not any more.
  std::vector<Ended> end(std::int64_t producer_id);

  // By topic and partition; a partition once, however many producers have something pending.
  using Visit = std::function<void(std::string_view topic, std::int32_t partition)>;
  void for_each(std::string_view group, const Visit& visit) const;
  // By producer.
  using VisitOffset = std::function<void(std::string_view topic, std::int32_t partition,
                                         std::int64_t producer_id, const CommittedOffset& offset)>;
  void for_each_offset(std::string_view group, const VisitOffset& visit) const;
  void for_each_group(const CommittedOffsets::VisitGroup& visit) const;

 private:
  struct Offset {
    CommittedOffset value;
    std::uint64_t number = 0;
    bool is_superseded = false;
  };
  using ByProducer = std::map<std::int64_t, Offset>;
  struct PartitionOrder {
    using is_transparent = void;
    bool operator()(const auto& left, const auto& right) const {
      return std::pair<std::string_view, std::int32_t>(left) <
             std::pair<std::string_view, std::int32_t>(right);
    }
  };
  using Partitions = std::map<std::pair<std::string, std::int32_t>, ByProducer, PartitionOrder>;

  std::map<std::string, Partitions, std::less<>> groups_;  // nothing in it is empty
};

}  // namespace understudy::broker
