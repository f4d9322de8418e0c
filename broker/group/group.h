// What all groups have in common, whatever protocol their members speak (Kafka's Group interface):
// offsets and administration ask this, and need to know no more.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/coordinator/record.h"
#include "broker/group/group_view.h"
#include "wire/error_code.h"

namespace understudy::broker {

// As ListGroups names them: "classic", "consumer".
enum class GroupType : std::uint8_t { kClassic, kConsumer };

// The next generation or epoch. Another program's log may hold the last one, which stays then.
constexpr std::int32_t epoch_after(std::int32_t epoch) {
  return epoch == std::numeric_limits<std::int32_t>::max() ? epoch : epoch + 1;
}

// Who commits or fetches offsets, as the request says.
struct OffsetClient {
  std::string_view member_id;
  bool has_member_id = true;  // false: null, which OffsetFetch tells from the empty one
  std::optional<std::string_view> instance_id;
  // A generation, or a member's epoch; -1: none.
  std::int32_t generation = -1;
  std::int16_t api_version = 0;
  bool is_transactional = false;  // TxnOffsetCommit
};

// A partition whose offset is committed.
struct CommittedPartition {
  std::string_view topic;
  std::int32_t partition = -1;
};

// Since when an offset may expire: see groups.md 7.1.
struct OffsetExpiration {
  enum class Base : std::uint8_t {
    kNever,       // no offset of this group expires by the retention time
    kCommit,      // the time of its commit
    kEmptySince,  // `empty_since_ms`, or the time of the commit if that is unknown
  };
  Base base = Base::kNever;
  std::int64_t empty_since_ms = -1;  // by the wall clock; -1: unknown
};

class Group {
 public:
  explicit Group(std::string id) : id_(std::move(id)) {}
  virtual ~Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const std::string& id() const { return id_; }
  virtual GroupType type() const = 0;
  // "Empty", "PreparingRebalance", ...: as ListGroups shows it.
  virtual std::string_view state() const = 0;
  // "consumer", "connect", ...; empty if nobody has said one yet.
  virtual std::string protocol_type() const = 0;
  virtual bool has_members() const = 0;
  // DescribeGroups, and for people. Members in the order in which the group walks them.
  virtual GroupView view() const = 0;

  // OffsetCommit and TxnOffsetCommit: whether this client may commit these. kNone, or the error for
  // all of them (ClassicGroup.validateOffsetCommit, ConsumerGroup.validateOffsetCommit).
  virtual wire::ErrorCode check_commit(const OffsetClient& client,
                                       const std::vector<CommittedPartition>& partitions) const = 0;
  // It has: a member that commits is alive.
  virtual void committed(const OffsetClient& client) = 0;
  // OffsetFetch 9 and later.
  virtual wire::ErrorCode check_fetch(const OffsetClient& client) const = 0;
  // OffsetDelete: whether it may be asked at all, and whether a topic's offsets are in use.
  virtual wire::ErrorCode check_offset_delete() const = 0;
  virtual bool is_subscribed_to(std::string_view topic) const = 0;
  // DeleteGroups: NON_EMPTY_GROUP, or kNone.
  virtual wire::ErrorCode check_delete() const = 0;
  // Adds what removes the group itself from the log, in Kafka's order; its offsets go before.
  virtual void add_tombstones(std::vector<CoordinatorRecord>& records) const = 0;
  virtual OffsetExpiration expiration() const = 0;

 private:
  const std::string id_;
};

}  // namespace understudy::broker
