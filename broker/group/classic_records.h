// A classic group as a record of __consumer_offsets, and back (GroupMetadata, type 2).
//
// The record holds the whole group: a later one replaces it. It says nothing of joins and syncs
// under way, and of each member only the protocol that was chosen.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "broker/coordinator/record.h"
#include "broker/group/classic_group.h"
#include "wire/messages/group_coordinator_records.h"

namespace understudy::broker {

// By member id.
using ClassicAssignments = std::map<std::string, wire::Bytes, std::less<>>;

// The group with the assignments that its members have.
CoordinatorRecord record_of_group(const ClassicGroup& group);
// The group with assignments that its members are about to get; those without one get no bytes.
CoordinatorRecord record_of_group(const ClassicGroup& group, const ClassicAssignments& assignments);

// Stable, or Empty without members. Who is named as leader is one of the members.
std::unique_ptr<ClassicGroup> group_of_record(const wire::GroupMetadataKey& key,
                                              const wire::GroupMetadataValue& value);

}  // namespace understudy::broker
