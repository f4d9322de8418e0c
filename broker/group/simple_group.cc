#include "broker/group/simple_group.h"

#include <utility>

#include "wire/messages/group_coordinator_records.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class SimpleGroup final : public Group {
 public:
  using Group::Group;
  GroupType type() const override { return GroupType::kClassic; }
  std::string_view state() const override { return "Empty"; }
  std::string protocol_type() const override { return {}; }
  bool has_members() const override { return false; }
  GroupView view() const override { return {.generation = 0}; }
  ErrorCode check_commit(const OffsetClient& client,
                         const std::vector<CommittedPartition>&) const override {
    return client.generation < 0 ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
  }
  void committed(const OffsetClient&) override {}
  ErrorCode check_fetch(const OffsetClient&) const override { return ErrorCode::kNone; }
  ErrorCode check_offset_delete() const override { return ErrorCode::kNone; }
  bool is_subscribed_to(std::string_view) const override { return false; }
  ErrorCode check_delete() const override { return ErrorCode::kNone; }
  void add_tombstones(std::vector<CoordinatorRecord>& records) const override {
    records.push_back(tombstone_of(wire::GroupMetadataKey{.group = id()}));
  }
  OffsetExpiration expiration() const override { return {.base = OffsetExpiration::Base::kCommit}; }
};

}  // namespace

std::unique_ptr<Group> make_simple_group(std::string id) {
  return std::make_unique<SimpleGroup>(std::move(id));
}

}  // namespace understudy::broker
