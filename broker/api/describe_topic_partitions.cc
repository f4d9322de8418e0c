// DescribeTopicPartitions (75): topics and their partitions page by page (KIP-966).
#include "wire/messages/describe_topic_partitions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/authorized_operations.h"
#include "broker/cluster/internal_topics.h"
#include "broker/cluster/topic_names.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::describe_topic_partitions_response::DescribeTopicPartitionsResponsePartition;
using wire::describe_topic_partitions_response::DescribeTopicPartitionsResponseTopic;

constexpr NodeId kNoLeader = -1;

DescribeTopicPartitionsResponsePartition describe(const Cluster& cluster,
                                                  const Partition& partition) {
  const Leadership& leadership = partition.leadership();
  DescribeTopicPartitionsResponsePartition answer;
  answer.partition_index = partition.index();
  // Unlike in Metadata, having no leader is no error here.
  answer.leader_id =
      cluster.find_node(leadership.leader) != nullptr ? leadership.leader : kNoLeader;
  answer.leader_epoch = leadership.leader_epoch;
  answer.replica_nodes = leadership.replicas;
  answer.isr_nodes = leadership.isr;
  // In-sync replicas only ever leave together with what they have: nobody else is eligible.
  answer.eligible_leader_replicas.emplace();
  answer.last_known_elr.emplace();
  return answer;
}

DescribeTopicPartitionsResponseTopic describe_missing(const std::string& name) {
  DescribeTopicPartitionsResponseTopic answer;
  answer.name = name;
  answer.is_internal = is_internal_topic(name);
  answer.error_code = invalid_topic_name(name) ? ErrorCode::kInvalidTopicException
                                               : ErrorCode::kUnknownTopicOrPartition;
  answer.topic_authorized_operations = kTopicOperations;
  return answer;
}

// Fills one answer until the limit is reached.
class Page {
 public:
  Page(const Cluster& cluster, std::int32_t limit) : cluster_(cluster), remaining_(limit) {}

  // False: the page is full, the next one begins where the cursor says.
  bool add(const std::string& name, std::int32_t first_partition) {
    if (remaining_ == 0) {
      point_at(name, 0);
      return false;
    }
    const Topic* topic = cluster_.find_topic(name);
    if (topic == nullptr) {
      response_.topics.push_back(describe_missing(name));
      return true;
    }
    const auto partition_count = static_cast<std::int32_t>(topic->partitions.size());
    const std::int32_t end = std::min(partition_count, end_of_page(first_partition));
    DescribeTopicPartitionsResponseTopic& answer = response_.topics.emplace_back();
    answer.name = topic->name;
    answer.topic_id = topic->id;
    answer.is_internal = topic->is_internal;
    answer.topic_authorized_operations = kTopicOperations;
    for (std::int32_t index = first_partition; index < end; ++index) {
      answer.partitions.push_back(describe(cluster_, *topic->partition(index)));
    }
    remaining_ -= static_cast<std::int32_t>(answer.partitions.size());
    if (end >= partition_count) return true;
    point_at(name, end);
    return false;
  }

  wire::DescribeTopicPartitionsResponse take() && { return std::move(response_); }

 private:
  // Java's sum wraps: behind a cursor near the largest index the page ends below zero, with a
  // cursor that points there.
  std::int32_t end_of_page(std::int32_t first_partition) const {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(first_partition) +
                                     static_cast<std::uint32_t>(remaining_));
  }

  void point_at(const std::string& name, std::int32_t partition) {
    auto& cursor = response_.next_cursor.emplace();
    cursor.topic_name = name;
    cursor.partition_index = partition;
  }

  const Cluster& cluster_;
  std::int32_t remaining_;
  wire::DescribeTopicPartitionsResponse response_;
};

// The names of the request from the cursor on, sorted; no topics stand for all.
std::set<std::string> wanted_names(const Cluster& cluster,
                                   const wire::DescribeTopicPartitionsRequest& request) {
  const std::string first = request.cursor ? request.cursor->topic_name : "";
  std::set<std::string> names;
  if (request.topics.empty()) {
    const auto& topics = cluster.topics();
    for (auto topic = topics.lower_bound(first); topic != topics.end(); ++topic) {
      names.insert(names.end(), topic->first);
    }
  }
  for (const auto& topic : request.topics) {
    if (topic.name >= first) names.insert(topic.name);
  }
  return names;
}

bool is_good_cursor(const wire::DescribeTopicPartitionsRequest& request,
                    const std::set<std::string>& names) {
  if (!request.cursor) return true;
  if (!request.topics.empty() && !names.contains(request.cursor->topic_name)) return false;
  return request.cursor->partition_index >= 0;
}

// Kafka takes no cursor for one at the topic "", and asks it for its partition when it gets there:
// which it does at once, for "" comes first.
bool ends_in_an_exception(const wire::DescribeTopicPartitionsRequest& request) {
  if (request.cursor) return false;
  return std::ranges::any_of(request.topics, [](const auto& topic) { return topic.name.empty(); });
}

// There is no error code for the whole answer: every entry gets it.
wire::DescribeTopicPartitionsResponse refuse_all(
    const wire::DescribeTopicPartitionsRequest& request, ErrorCode error) {
  wire::DescribeTopicPartitionsResponse response;
  for (const auto& topic : request.topics) {
    DescribeTopicPartitionsResponseTopic& answer = response.topics.emplace_back();
    answer.error_code = error;
    answer.name = topic.name;
  }
  return response;
}

}  // namespace

void describe_topic_partitions(Context& context, wire::DescribeTopicPartitionsRequest request,
                               Reply<wire::DescribeTopicPartitionsResponse> reply) {
  const Cluster& cluster = context.cluster;
  const std::set<std::string> names = wanted_names(cluster, request);
  if (!is_good_cursor(request, names)) {
    return std::move(reply).send(refuse_all(request, ErrorCode::kInvalidRequest));
  }
  if (ends_in_an_exception(request)) {
    return std::move(reply).send(refuse_all(request, ErrorCode::kUnknownServerError));
  }
  const auto limit_max = static_cast<std::int32_t>(
      cluster.configs().of(reply.request().node).max_request_partition_size_limit);
  Page page(cluster, std::clamp(request.response_partition_limit, 1, limit_max));
  for (const std::string& name : names) {
    const bool is_first = request.cursor && request.cursor->topic_name == name;
    if (!page.add(name, is_first ? request.cursor->partition_index : 0)) break;
  }
  std::move(reply).send(std::move(page).take());
}

}  // namespace understudy::broker
