// Committed offsets of the groups of one partition of __consumer_offsets (OffsetMetadataManager).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/coordinator/record.h"
#include "broker/group/committed_offsets.h"
#include "broker/group/group_shard.h"
#include "broker/group/pending_offsets.h"

namespace understudy::broker {

class GroupOffsets {
 public:
  explicit GroupOffsets(GroupShard& shard) : shard_(shard) {}

  const CommittedOffsets& committed() const { return committed_; }
  const PendingOffsets& pending() const { return pending_; }

  // The record that commits an offset: in the version that the release writes.
  CoordinatorRecord record_of_commit(std::string_view group, std::string_view topic,
                                     std::int32_t partition, const CommittedOffset& offset) const;
  // Adds what removes all offsets of a group, pending ones too.
  void add_tombstones(std::string_view group, std::vector<CoordinatorRecord>& records) const;

  // OffsetCommit records.
  void replay(const CoordinatorRecord& record, const RecordProducer& producer);
  void transaction_ended(std::int64_t producer_id, codec::ControlType type);
  void loaded();
  // A topic was created, deleted or grew: offsets of topics that are gone go, too.
  void topics_changed();

 private:
  bool is_gone(std::string_view topic, const wire::Uuid& id) const;
  void add_gone(std::string_view group, std::vector<CoordinatorRecord>& records) const;
  bool is_expired(const CommittedOffset& offset, const OffsetExpiration& expiration,
                  std::int64_t now_ms) const;
  bool add_expired(const Group& group, std::int64_t now_ms,
                   std::vector<CoordinatorRecord>& records) const;
  void expire();
  void expire_later();
  void write_in_pieces(const std::vector<CoordinatorRecord>& records);
  void put(std::string_view group, std::string_view topic, std::int32_t partition,
           CommittedOffset offset, std::uint64_t number);

  GroupShard& shard_;
  CommittedOffsets committed_;
  PendingOffsets pending_;
  std::uint64_t last_number_ = 0;  // of a record that was replayed
};

}  // namespace understudy::broker
