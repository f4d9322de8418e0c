// ConsumerGroupDescribe (69): consumer groups with their members (KIP-848).
//
//   v1   the protocol of each member
#include "wire/messages/consumer_group_describe.h"

#include <map>
#include <memory>
#include <utility>

#include "broker/api/authorized_operations.h"
#include "broker/api/error_messages.h"
#include "broker/api/group_handlers.h"
#include "broker/group/consumer_groups.h"
#include "broker/group/group_coordinator.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::consumer_group_describe_response::DescribedGroup;

DescribedGroup refuse(const std::string& group_id, ErrorCode error) {
  DescribedGroup described;
  described.group_id = group_id;
  described.error_code = error;
  return described;
}

// One answer about groups of several partitions: it leaves when the last of them is replicated.
class DescribeGathering {
 public:
  DescribeGathering(Reply<wire::ConsumerGroupDescribeResponse> reply, bool includes_operations)
      : reply_(std::move(reply)), includes_operations_(includes_operations) {}

  void add(DescribedGroup described) {
    described.error_message = fitting(std::move(described.error_message));
    if (includes_operations_ && described.error_code == ErrorCode::kNone) {
      described.authorized_operations = kGroupOperations;
    }
    response_.groups.push_back(std::move(described));
  }
  void wait() { ++waiting_; }
  void done() {
    if (--waiting_ == 0) std::move(reply_).send(std::move(response_));
  }

 private:
  Reply<wire::ConsumerGroupDescribeResponse> reply_;
  const bool includes_operations_;
  wire::ConsumerGroupDescribeResponse response_;
  int waiting_ = 0;
};

void describe(GroupShard& shard, std::vector<std::string> ids,
              const std::shared_ptr<DescribeGathering>& gathering) {
  gathering->wait();
  std::vector<DescribedGroup> described;
  for (const std::string& id : ids) described.push_back(shard.consumer().describe(id));
  shard.shard().write(
      {}, [gathering, ids = std::move(ids), described = std::move(described)](ErrorCode error) {
        for (std::size_t i = 0; i < ids.size(); ++i) {
          gathering->add(error == ErrorCode::kNone ? described[i] : refuse(ids[i], error));
        }
        gathering->done();
      });
}

}  // namespace

// Kafka asks each partition of the offsets topic once, after it has refused what it can by itself.
void consumer_group_describe(Context& context, wire::ConsumerGroupDescribeRequest request,
                             Reply<wire::ConsumerGroupDescribeResponse> reply) {
  const NodeId node = reply.request().node;
  const bool is_served = context.cluster.configs().of(node).has_consumer_protocol;
  const auto gathering =
      std::make_shared<DescribeGathering>(std::move(reply), request.include_authorized_operations);
  gathering->wait();
  std::map<PartitionKey, std::pair<GroupShard*, std::vector<std::string>>> by_partition;
  for (std::string& id : request.group_ids) {
    if (!is_served) {
      gathering->add(refuse(id, ErrorCode::kUnsupportedVersion));
    } else if (id.empty()) {
      gathering->add(refuse(id, ErrorCode::kInvalidGroupId));
    } else if (const auto shard = context.groups.find(node, id); !shard) {
      gathering->add(refuse(id, shard.error()));
    } else {
      auto& [found, ids] = by_partition[(*shard)->shard().key()];
      found = *shard;
      ids.push_back(std::move(id));
    }
  }
  for (auto& [key, asked] : by_partition) {
    describe(*asked.first, std::move(asked.second), gathering);
  }
  gathering->done();
}

}  // namespace understudy::broker
