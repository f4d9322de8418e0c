// Requests for committed offsets, once it is known which partition of __consumer_offsets they
// belong to and which of their topics exist (OffsetMetadataManager): what is decided is returned as
// values, and the caller writes and answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/coordinator/record.h"
#include "broker/group/group_shard.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"

namespace understudy::broker {

// What to append, and what to answer once that is replicated.
template <class Response>
struct CoordinatorDecision {
  // Of the whole request; then there are no records.
  wire::ErrorCode error = wire::ErrorCode::kNone;
  std::vector<CoordinatorRecord> records;
  Response response;
};

// Topics have their names and, if they are known, their ids. The error is one for all partitions.
CoordinatorDecision<wire::OffsetCommitResponse> decide_offset_commit(
    GroupShard& shard, const wire::OffsetCommitRequest& request, wire::Version version);

// Why a commit is refused, in a sentence.
std::string why_commit_is_refused(wire::ErrorCode error, const wire::OffsetCommitRequest& request);

// The error is the response's own.
CoordinatorDecision<wire::OffsetDeleteResponse> decide_offset_delete(
    GroupShard& shard, const wire::OffsetDeleteRequest& request);

enum class Stability : std::uint8_t { kAny, kRequireStable };

// Topics have names; with an id, too, a committed offset has to be of that topic. Without a list
// all topics with offsets are answered.
wire::offset_fetch_response::OffsetFetchResponseGroup fetch_offsets(
    GroupShard& shard, const wire::offset_fetch_request::OffsetFetchRequestGroup& request,
    wire::Version version, Stability stability);

}  // namespace understudy::broker
