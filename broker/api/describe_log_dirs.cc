// DescribeLogDirs (35): how much the replicas on the node that is asked take.
//
//   v3   an error code for the whole answer
//   v4   total and usable bytes (KIP-827), which a stand-in does not know
//   v5   is_cordoned (KIP-1066)
#include "wire/messages/describe_log_dirs.h"

#include <map>
#include <set>
#include <utility>

#include "broker/api/admin_handlers.h"

namespace understudy::broker {
namespace {

using wire::describe_log_dirs_response::DescribeLogDirsResult;
using wire::describe_log_dirs_response::DescribeLogDirsTopic;

void add(const Partition* partition, NodeId node, DescribeLogDirsTopic& topic) {
  if (partition == nullptr || !partition->has_replica(node)) return;
  // Followers share the leader's log: they never lag behind what they have.
  topic.partitions.push_back({.partition_index = partition->index(),
                              .partition_size = static_cast<std::int64_t>(partition->size_bytes()),
                              .offset_lag = 0,
                              .is_future_key = false});
}

}  // namespace

void describe_log_dirs(Context& context, wire::DescribeLogDirsRequest request,
                       Reply<wire::DescribeLogDirsResponse> reply) {
  const NodeId node = reply.request().node;
  DescribeLogDirsResult directory;
  directory.log_dir = context.cluster.storage().directory();
  const auto add_topic = [&](const std::string& name, const auto& add_partitions) {
    DescribeLogDirsTopic topic{.name = name, .partitions = {}};
    add_partitions(topic);
    if (!topic.partitions.empty()) directory.topics.push_back(std::move(topic));
  };
  if (!request.topics) {
    for (const auto& [name, topic] : context.cluster.topics()) {
      add_topic(name, [&](DescribeLogDirsTopic& answer) {
        for (const auto& partition : topic->partitions) add(partition.get(), node, answer);
      });
    }
  } else {
    std::map<std::string, std::set<std::int32_t>> wanted;
    for (const auto& topic : *request.topics) {
      wanted[topic.topic].insert(topic.partitions.begin(), topic.partitions.end());
    }
    for (const auto& [name, indexes] : wanted) {
      const Topic* topic = context.cluster.find_topic(name);
      if (topic == nullptr) continue;
      add_topic(name, [&](DescribeLogDirsTopic& answer) {
        for (const std::int32_t index : indexes) add(topic->partition(index), node, answer);
      });
    }
  }
  wire::DescribeLogDirsResponse response;
  response.results.push_back(std::move(directory));
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
