// What every node is configured to do, and what topics inherit from it; and what single groups set.
//
// Changes are Cluster's: it writes them to the metadata log first. Whether a change is right is
// cluster/config_changes.h's business.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/profile.h"
#include "broker/base/topic_config.h"
#include "broker/cluster/broker_config.h"
#include "broker/cluster/config_def.h"
#include "broker/cluster/config_values.h"

namespace understudy::broker {

class NodeConfigs {
 public:
  // `properties` as in server.properties; check_static_configs() has nothing against them.
  NodeConfigs(const Profile& profile, std::size_t node_count, ConfigMap properties);
  NodeConfigs(const NodeConfigs&) = delete;
  NodeConfigs& operator=(const NodeConfigs&) = delete;

  const ConfigDefs& defs() const { return defs_; }
  const ConfigMap& properties() const { return properties_; }
  // What clients set on the running brokers, by node; under nothing what is set on all of them.
  using Dynamic = std::map<std::optional<NodeId>, ConfigMap>;
  const Dynamic& all_dynamic() const { return dynamic_; }
  // Empty if nothing was set.
  const ConfigMap& dynamic(std::optional<NodeId> node) const;
  void set_dynamic(std::optional<NodeId> node, ConfigMap configs);
  // What single groups set, by their ids; none of them is empty.
  using OfGroups = std::map<std::string, ConfigMap, std::less<>>;
  const OfGroups& of_all_groups() const { return of_groups_; }
  // Empty if nothing was set.
  const ConfigMap& of_group(std::string_view group) const;
  void set_of_group(const std::string& group, ConfigMap configs);

  // Whether min.insync.replicas is the cluster's alone, as on a new cluster from 4.1 on (KIP-966).
  bool has_eligible_leader_replicas() const { return has_eligible_leader_replicas_; }

  BrokerLayers layers(NodeId node) const;
  const BrokerConfig& of(NodeId node) const { return *view(node).broker; }
  std::shared_ptr<const BrokerConfig> shared(NodeId node) const { return view(node).broker; }
  // What topics inherit, as the node sees it.
  const InheritedConfigs& inherited(NodeId node) const { return view(node).inherited; }
  // Of topics that set nothing themselves.
  std::shared_ptr<const TopicConfig> topic_defaults(NodeId node) const {
    return view(node).topic_defaults;
  }
  // Nothing was set on the node itself: it sees what all such nodes see.
  bool is_like_others(NodeId node) const { return !views_.contains(node); }

 private:
  struct View {
    std::shared_ptr<const BrokerConfig> broker;
    InheritedConfigs inherited;
    std::shared_ptr<const TopicConfig> topic_defaults;
  };

  View make_view(NodeId node) const;
  const View& view(NodeId node) const;

  const ConfigDefs defs_;
  const bool has_eligible_leader_replicas_;
  ConfigMap properties_;
  Dynamic dynamic_;
  OfGroups of_groups_;
  View common_view_;              // nodes without dynamic configurations of their own
  std::map<NodeId, View> views_;  // the others
};

}  // namespace understudy::broker
