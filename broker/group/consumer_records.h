// The records of consumer groups in __consumer_offsets, from state and back
// (GroupCoordinatorRecordHelpers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/coordinator/record.h"
#include "broker/group/assignment.h"
#include "broker/group/consumer_group.h"
#include "broker/group/consumer_member.h"
#include "wire/messages/consumer_group_records.h"

namespace understudy::broker {

CoordinatorRecord epoch_record(const std::string& group, std::int32_t epoch,
                               std::int64_t metadata_hash);
CoordinatorRecord epoch_tombstone(const std::string& group);
CoordinatorRecord legacy_metadata_tombstone(const std::string& group);
CoordinatorRecord member_record(const std::string& group, const ConsumerMember& member);
CoordinatorRecord member_tombstone(const std::string& group, const std::string& member_id);
// `computed_ms` by the wall clock; 0 is not written.
CoordinatorRecord target_epoch_record(const std::string& group, std::int32_t epoch,
                                      std::int64_t computed_ms);
CoordinatorRecord target_epoch_tombstone(const std::string& group);
CoordinatorRecord target_record(const std::string& group, const std::string& member_id,
                                const Assignment& target);
CoordinatorRecord target_tombstone(const std::string& group, const std::string& member_id);
CoordinatorRecord assignment_record(const std::string& group, const ConsumerMember& member);
CoordinatorRecord assignment_tombstone(const std::string& group, const std::string& member_id);
CoordinatorRecord regex_record(const std::string& group, const std::string& regex,
                               const ResolvedRegex& resolved);
CoordinatorRecord regex_tombstone(const std::string& group, const std::string& regex);

// All that is of one member, in the order that Kafka's loader wants.
void add_member_tombstones(const std::string& group, const std::string& member_id,
                           std::vector<CoordinatorRecord>& records);

// Values take their place in a member.
void take_over(const wire::ConsumerGroupMemberMetadataValue& value, ConsumerMember& member);
void take_over(const wire::ConsumerGroupCurrentMemberAssignmentValue& value,
               ConsumerMember& member);
Assignment assignment_of(const wire::ConsumerGroupTargetAssignmentMemberValue& value);
ResolvedRegex resolved_of(const wire::ConsumerGroupRegularExpressionValue& value);

}  // namespace understudy::broker
