// What a group is at one moment: plain values, for those who describe groups and for people.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wire/types.h"

namespace understudy::broker {

struct GroupMemberView {
  std::string member_id;
  std::optional<std::string> instance_id = {};
  std::string client_id = {};
  std::string client_host = {};  // "/127.0.0.1"
  // Of a classic group: what the member said with the protocol that was selected (while the group
  // is Stable; else empty), and what the leader assigned to it. Their form is the members'
  // business.
  wire::Bytes metadata = {};
  wire::Bytes assignment = {};
  // Of a consumer group: the member's epoch, and by topic what it has or still has to give up.
  std::int32_t epoch = -1;
  std::map<std::string, std::vector<std::int32_t>> partitions = {};
};

struct GroupView {
  std::int32_t generation = -1;        // or the epoch of a consumer group
  std::int32_t assignment_epoch = -1;  // of a consumer group only
  std::string protocol = {};           // that was selected; the assignor of a consumer group
  std::string leader = {};             // its member id; consumer groups have none
  std::vector<GroupMemberView> members = {};
};

}  // namespace understudy::broker
