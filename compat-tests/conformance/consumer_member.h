// Members of the consumer protocol (KIP-848), which say everything in ConsumerGroupHeartbeat, and
// what they are answered.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "conformance/groups.h"

namespace understudy::conformance {

using Names = std::vector<std::string>;
using Partitions = std::vector<std::int32_t>;

// Partitions by the id of their topic, ascending.
using Assignment = std::map<wire::Uuid, Partitions>;
inline const Assignment kNoPartitions;
Assignment of(const TestTopic& topic, Partitions partitions);
// What two hold together.
Assignment operator+(Assignment a, const Assignment& b);

// What a heartbeat was answered.
struct Beat {
  ErrorCode error_code = ErrorCode::kNone;
  std::int32_t epoch = 0;
  std::optional<Assignment> assignment;

  bool operator==(const Beat&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Beat& beat);

// Epoch and whole assignment; the epoch and a null assignment, which means that it stays; an error.
Beat assigned(std::int32_t epoch, Assignment assignment);
Beat unchanged(std::int32_t epoch);
Beat refused(ErrorCode error_code);

class ConsumerMember {
 public:
  explicit ConsumerMember(TestGroup& group, std::string member_id = unique_name("m"));

  std::string id;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::optional<std::string> server_assignor;
  std::int32_t rebalance_timeout_ms = 30'000;
  std::optional<Names> names;
  std::optional<std::string> regex;
  std::int32_t epoch = 0;  // as answered last; what the next heartbeat says

  // Epoch 0, with everything in it and no partition owned.
  Beat join(Names subscribed);
  Beat join_again();
  Beat join_by_regex(std::string subscribed);
  // Nothing but the epoch; and what it owns.
  Beat beat();
  Beat beat(const Assignment& owned);
  // With everything in it.
  Beat full(const Assignment& owned);
  // Other names, or another regex, and what it owns, if that is said.
  Beat subscribe(Names subscribed, const std::optional<Assignment>& owned = {});
  Beat subscribe_by_regex(std::string subscribed, const std::optional<Assignment>& owned = {});
  // Epochs -1 and -2. The epoch that it had is kept.
  Beat leave() { return go(-1); }
  Beat leave_for_now() { return go(-2); }

  // As it is, but for the group, this member, and its instance.
  Beat send(wire::ConsumerGroupHeartbeatRequest request, std::optional<Version> version = {});
  // Repeats beat() until the answer is another than "nothing new at the epoch that it has".
  Beat await_news();
  const wire::ConsumerGroupHeartbeatResponse& answer() const { return answer_; }

  ErrorCode commit(const TestTopic& topic, const Commit& commit,
                   std::optional<Version> version = {});
  Committer committer() const { return {.generation_or_epoch = epoch, .member_id = id}; }

 private:
  Beat go(std::int32_t farewell);
  wire::ConsumerGroupHeartbeatRequest everything(const Assignment& owned) const;

  TestGroup& group_;
  wire::ConsumerGroupHeartbeatResponse answer_;
};

// Sets configurations of the group (resource type 32) and returns when its coordinator goes by
// them.
void configure(TestGroup& group, const Configs& configs);

// "3/2 Assigning": group epoch, assignment epoch, state, as ConsumerGroupDescribe has them.
std::string epochs(TestGroup& group);

// One of the members that ConsumerGroupDescribe lists; throws if it is not there.
wire::consumer_group_describe_response::Member described_member(TestGroup& group,
                                                                const std::string& member_id);
Assignment assignment_of(const wire::consumer_group_describe_response::Assignment& described);

// A topic that the group coordinator knows: a broker serves a new one a little earlier.
class ConsumedTopic : public TestTopic {
 public:
  explicit ConsumedTopic(int partitions = 1, std::string name = "");
};

}  // namespace understudy::conformance
