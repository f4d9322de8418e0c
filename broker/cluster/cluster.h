// What the cluster consists of: nodes, topics, their partitions, configurations. Kafka's metadata
// image, held once for all nodes of the process.
//
// How it is changed by requests (CreateTopics and similar ones) is cluster/changes.h's business;
// which configurations exist is cluster/config_def.h's.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/profile.h"
#include "broker/base/random.h"
#include "broker/cluster/config_def.h"
#include "broker/cluster/found_directories.h"
#include "broker/cluster/log_manager.h"
#include "broker/cluster/metadata_log.h"
#include "broker/cluster/node_configs.h"
#include "broker/cluster/topic.h"
#include "broker/log/crash.h"
#include "broker/log/environment.h"
#include "broker/log/files.h"
#include "broker/log/partition.h"
#include "wire/types.h"

namespace understudy::broker {

struct Node {
  NodeId id = 0;
  std::string host;  // as advertised to clients
  std::uint16_t port = 0;
  std::optional<std::string> rack;
};

struct ClusterOptions {
  std::string cluster_id;
  std::vector<Node> nodes;
  // Broker properties as in server.properties; check_static_configs() says whether they are good.
  ConfigMap static_configs;
};

class Cluster {
 public:
  Cluster(ClusterOptions options, const Profile& profile, Random& random,
          LogEnvironment environment);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Loads what the storage holds. Must be called once, before anything else. Why it cannot, in a
  // sentence that says what to do; nothing if all is well.
  std::optional<std::string> load();
  // A clean stop: everything is written. Nothing may be called after that. False: the storage
  // refused something, and the next start recovers what there is.
  bool close();

  const std::string& cluster_id() const { return options_.cluster_id; }
  const std::vector<Node>& nodes() const { return options_.nodes; }
  const Node* find_node(NodeId id) const;

  // Null if there is none.
  Topic* find_topic(std::string_view name) const;
  Topic* find_topic(const wire::Uuid& id) const;
  Partition* find_partition(std::string_view topic, std::int32_t index) const;
  Partition* find_partition(const PartitionKey& key) const;
  const Topics& topics() const { return topics_; }

  // An existing topic whose name is the same but for '.' and '_', which metric names cannot tell
  // apart; null if there is none, or if `name` has neither.
  const std::string* find_colliding_topic(std::string_view name) const;

  // The partition of an internal topic that a group, a transactional id or a share partition
  // belongs to. The number of partitions is that which the topic had when the broker started; of a
  // topic that was made later the configured one, whatever it has
  // (TransactionStateManager.startup).
  std::int32_t partition_of(InternalTopic topic, NodeId node, std::string_view key) const;

  // Rises with every change: Kafka's epoch of finalized features (MetadataProvenance).
  std::int64_t metadata_offset() const { return metadata_log_.last_offset(); }

  // Creates the topic; the caller has checked names, counts and configs. `assignments[i]` are the
  // replicas of partition i, the first one leads. Null if the storage refuses the change, and
  // then nothing is changed; likewise below where the result says whether it was done.
  Topic* add_topic(std::string name, const std::vector<std::vector<NodeId>>& assignments,
                   ConfigMap configs);
  [[nodiscard]] bool add_partitions(Topic& topic,
                                    const std::vector<std::vector<NodeId>>& assignments);
  [[nodiscard]] bool remove_topic(Topic& topic);

  // The first id of a block of a thousand that was never given out; nothing if the storage refuses.
  static constexpr std::int64_t kProducerIdBlockSize = 1000;
  std::optional<std::int64_t> allocate_producer_ids(NodeId node);

  // Replica lists for `count` new partitions, round robin over racks and nodes from a random start.
  std::vector<std::vector<NodeId>> place_replicas(std::size_t count,
                                                  std::size_t replication_factor);

  // Moves leadership; the partition takes over what its new leader's node configures.
  void elect(Partition& partition, NodeId leader, Partition::Tail tail);

  // What topics set themselves; and what is set on one running node, or on all (nothing), from
  // which topics inherit.
  [[nodiscard]] bool set_topic_configs(Topic& topic, ConfigMap configs);
  [[nodiscard]] bool set_broker_configs(std::optional<NodeId> node, ConfigMap configs);
  // Of a group, which need not exist.
  [[nodiscard]] bool set_group_configs(const std::string& group, ConfigMap configs);
  const NodeConfigs& configs() const { return configs_; }

  // One partition is closed, or crashes, and is read again from its files, one leader epoch later.
  std::optional<std::string> restart_partition(Topic& topic, std::int32_t index,
                                               const std::optional<Crash>& crash);

  LogManager& logs() { return logs_; }

  // The properties with what the node knows of itself (node.id, listeners, log.dirs, ...).
  ConfigMap properties_of(const Node& node) const;

  Random& random() { return random_; }
  const Storage& storage() const { return environment_.storage; }

 private:
  std::shared_ptr<const TopicConfig> make_effective(const Topic& topic, NodeId leader) const;
  void apply_configs(Topic& topic);
  void apply_configs(const Topic& topic, Partition& partition);
  std::unique_ptr<Partition> make_partition(const Topic& topic, std::int32_t index,
                                            Leadership leadership);
  Topic& make_topic(std::string name, wire::Uuid id, ConfigMap configs);

  void count_internal_partitions();
  std::optional<std::string> load_properties();
  std::optional<std::string> check_properties_node() const;
  std::optional<std::string> write_properties();
  std::optional<std::string> load_metadata(MetadataImage& image, bool was_clean);
  std::optional<std::string> check_nodes(const MetadataImage& image) const;
  void use_configs_of(const MetadataImage& image);
  std::optional<std::string> load_topics(const MetadataImage& image, bool was_clean,
                                         const FoundDirectories& found);
  std::optional<std::string> load_partition(Topic& topic, std::int32_t index,
                                            const Leadership& stored, const LoadHints& hints);
  MetadataImage image() const;
  void use_broker_configs(std::optional<NodeId> node, ConfigMap configs);

  ClusterOptions options_;
  const Profile& profile_;
  Random& random_;
  const LogEnvironment environment_;
  NodeConfigs configs_;
  MetadataLog metadata_log_;
  std::int64_t next_producer_id_ = 0;
  Topics topics_;
  LogManager logs_;
  std::unordered_map<PartitionKey, Topic*, PartitionKeyHash> by_id_;  // under index -1
  // Topics with '.' or '_' in their names, under the name with '_' only.
  std::map<std::string, std::set<std::string>, std::less<>> by_unified_name_;
  std::optional<MetaProperties> properties_;  // as they were found
  // Partitions of the internal topics that there were at the start; 0: none.
  std::array<std::int64_t, kInternalTopicCount> found_internal_partitions_{};
};

}  // namespace understudy::broker
