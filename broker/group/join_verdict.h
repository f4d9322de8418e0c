// What becomes of a JoinGroup to a classic group: decided here, done in classic_join.cc.
#pragma once

#include <string>

#include "broker/group/classic_group.h"
#include "wire/error_code.h"
#include "wire/messages/join_group.h"

namespace understudy::broker {

struct JoinVerdict {
  enum class Kind : std::uint8_t {
    kRefuse,         // with `error`
    kGiveId,         // a dynamic member learns its id first (MEMBER_ID_REQUIRED, KIP-394)
    kAdd,            // a new member, or one that comes back with the id it was given
    kReplaceStatic,  // a static member has started anew, without the id it had (KIP-345)
    kRejoin,         // a known member, which parks until all have joined
    kAnswer,         // it has missed the answer: the same once more
  };

  Kind kind = Kind::kRefuse;
  wire::ErrorCode error = wire::ErrorCode::kNone;
  // Why members have to join again: "member x changed its protocols".
  std::string reason;
};

// Whether the group has room for one more, or for this one (GroupMetadataManager
// .acceptJoiningMember).
bool has_room(ClassicGroup& group, const std::string& member_id, std::int64_t size_max);

JoinVerdict judge_join(ClassicGroup& group, const wire::JoinGroupRequest& request,
                       wire::Version version);

}  // namespace understudy::broker
