#include "conformance/consumer_member.h"

#include <algorithm>
#include <stdexcept>

namespace understudy::conformance {

using wire::ApiKey;

namespace {

using Request = wire::ConsumerGroupHeartbeatRequest;

std::vector<wire::consumer_group_heartbeat_request::TopicPartitions> owned_in_request(
    const Assignment& owned) {
  std::vector<wire::consumer_group_heartbeat_request::TopicPartitions> listed;
  for (const auto& [topic_id, partitions] : owned) {
    listed.push_back({.topic_id = topic_id, .partitions = partitions});
  }
  return listed;
}

template <class Described>
Assignment sorted(const Described& topics) {
  Assignment assignment;
  for (const auto& topic : topics) {
    Partitions& partitions = assignment[topic.topic_id];
    partitions.insert(partitions.end(), topic.partitions.begin(), topic.partitions.end());
    std::ranges::sort(partitions);
  }
  return assignment;
}

void print(std::ostream& out, const Assignment& assignment) {
  out << '{';
  for (const auto& [topic_id, partitions] : assignment) {
    out << wire::to_string(topic_id) << '[';
    for (const std::int32_t partition : partitions) out << ' ' << partition;
    out << " ]";
  }
  out << '}';
}

}  // namespace

Assignment of(const TestTopic& topic, Partitions partitions) {
  return {{topic.id(), std::move(partitions)}};
}

Assignment operator+(Assignment a, const Assignment& b) {
  a.insert(b.begin(), b.end());
  return a;
}

std::ostream& operator<<(std::ostream& out, const Beat& beat) {
  if (beat.error_code != ErrorCode::kNone) {
    return out << wire::name_of(beat.error_code) << '(' << std::int16_t(beat.error_code) << ')';
  }
  out << "epoch " << beat.epoch << ", ";
  if (!beat.assignment) return out << "null";
  print(out, *beat.assignment);
  return out;
}

Beat assigned(std::int32_t epoch, Assignment assignment) {
  return {.epoch = epoch, .assignment = std::move(assignment)};
}
Beat unchanged(std::int32_t epoch) { return {.epoch = epoch}; }
Beat refused(ErrorCode error_code) { return {.error_code = error_code}; }

ConsumerMember::ConsumerMember(TestGroup& group, std::string member_id)
    : id(std::move(member_id)), group_(group) {}

Beat ConsumerMember::send(Request request, std::optional<Version> version) {
  request.group_id = group_.id();
  request.member_id = id;
  if (!request.instance_id) request.instance_id = instance_id;
  answer_ = group_.client().ask(request, version.value_or(newest(ApiKey::kConsumerGroupHeartbeat)));
  if (answer_.error_code != ErrorCode::kNone) {
    // Of a refusal nothing else may be read.
    if (answer_.assignment || answer_.member_id || answer_.member_epoch != 0 ||
        answer_.heartbeat_interval_ms != 0) {
      throw std::runtime_error("a refused heartbeat carries more than its error");
    }
    return refused(answer_.error_code);
  }
  if (answer_.member_epoch >= 0) epoch = answer_.member_epoch;
  Beat beat{.epoch = answer_.member_epoch};
  if (answer_.assignment) beat.assignment = sorted(answer_.assignment->topic_partitions);
  return beat;
}

Request ConsumerMember::everything(const Assignment& owned) const {
  return {.member_epoch = epoch,
          .rack_id = rack_id,
          .rebalance_timeout_ms = rebalance_timeout_ms,
          .subscribed_topic_names = names,
          .subscribed_topic_regex = regex,
          .server_assignor = server_assignor,
          .topic_partitions = owned_in_request(owned)};
}

Beat ConsumerMember::join(Names subscribed) {
  names = std::move(subscribed);
  return join_again();
}

Beat ConsumerMember::join_again() {
  Request request = everything({});
  request.member_epoch = 0;
  return send(std::move(request));
}

Beat ConsumerMember::join_by_regex(std::string subscribed) {
  regex = std::move(subscribed);
  return join_again();
}

Beat ConsumerMember::beat() { return send({.member_epoch = epoch}); }

Beat ConsumerMember::beat(const Assignment& owned) {
  return send({.member_epoch = epoch, .topic_partitions = owned_in_request(owned)});
}

Beat ConsumerMember::full(const Assignment& owned) { return send(everything(owned)); }

Beat ConsumerMember::subscribe(Names subscribed, const std::optional<Assignment>& owned) {
  names = std::move(subscribed);
  Request request{.member_epoch = epoch, .subscribed_topic_names = names};
  if (owned) request.topic_partitions = owned_in_request(*owned);
  return send(std::move(request));
}

Beat ConsumerMember::subscribe_by_regex(std::string subscribed,
                                        const std::optional<Assignment>& owned) {
  regex = std::move(subscribed);
  Request request{.member_epoch = epoch, .subscribed_topic_regex = regex};
  if (owned) request.topic_partitions = owned_in_request(*owned);
  return send(std::move(request));
}

Beat ConsumerMember::go(std::int32_t farewell) { return send({.member_epoch = farewell}); }

Beat ConsumerMember::await_news() {
  const std::int32_t epoch_before = epoch;
  Beat latest;
  const bool came = eventually([&] {
    latest = beat();
    return latest != unchanged(epoch_before);
  });
  if (!came) throw std::runtime_error("no heartbeat of " + id + " was answered with news");
  return latest;
}

ErrorCode ConsumerMember::commit(const TestTopic& topic, const Commit& one,
                                 std::optional<Version> version) {
  Committer by = committer();
  by.version = version;
  return group_.commit(topic, one, by);
}

// Configurations take effect in the order in which they are set, and the interval of heartbeats can
// be seen.
void configure(TestGroup& group, const Configs& configs) {
  constexpr std::int32_t kSeenInterval = 7000;
  TestGroup witness;
  const bool is_taken =
      group.configure(configs) == ErrorCode::kNone &&
      witness.configure({{"consumer.heartbeat.interval.ms", std::to_string(kSeenInterval)}}) ==
          ErrorCode::kNone;
  if (!is_taken) throw std::runtime_error("the group's configurations were refused");
  ConsumerMember probe(witness);
  probe.join({});
  const bool is_in_effect = eventually([&] {
    probe.beat();
    return probe.answer().heartbeat_interval_ms == kSeenInterval;
  });
  if (!is_in_effect) throw std::runtime_error("the group's configurations never took effect");
  probe.leave();
}

std::string epochs(TestGroup& group) {
  const DescribedConsumerGroup described = group.consumer_described();
  if (described.error_code != ErrorCode::kNone) {
    return std::string(wire::name_of(described.error_code));
  }
  return std::to_string(described.group_epoch) + "/" + std::to_string(described.assignment_epoch) +
         " " + described.group_state;
}

wire::consumer_group_describe_response::Member described_member(TestGroup& group,
                                                                const std::string& member_id) {
  for (const auto& member : group.consumer_described().members) {
    if (member.member_id == member_id) return member;
  }
  throw std::runtime_error(member_id + " is not described");
}

Assignment assignment_of(const wire::consumer_group_describe_response::Assignment& described) {
  return sorted(described.topic_partitions);
}

ConsumedTopic::ConsumedTopic(int partitions, std::string name)
    : TestTopic({.partitions = partitions, .name = std::move(name)}) {
  TestGroup group;
  ConsumerMember probe(group);
  Beat beat = probe.join({this->name()});
  const bool is_known = eventually([&] {
    if (beat.assignment && !beat.assignment->empty()) return true;
    beat = probe.beat();
    return false;
  });
  if (!is_known) throw std::runtime_error("the coordinator never knew a topic");
  probe.leave();
  group.remove();
}

}  // namespace understudy::conformance
