// The tables of configurations, a file for each kind, in any order; and what their rows are marked
// with. cluster/config_def.h makes of them what one release has.
#pragma once

#include <span>

#include "broker/cluster/config_def.h"

namespace understudy::broker {

std::span<const TopicConfigDef> topic_config_rows();
std::span<const ConfigDef> group_config_rows();
std::span<const ConfigDef> client_metrics_config_rows();

std::span<const ConfigDef> server_config_rows();
std::span<const ConfigDef> log_config_rows();
std::span<const ConfigDef> coordinator_config_rows();
std::span<const ConfigDef> remote_config_rows();
std::span<const ConfigDef> security_config_rows();

// Marks. The reasons of those that are described stand in the README.
namespace config_marks {

inline constexpr ConfigEffect kHeeded{ConfigEffect::Kind::kHeeded, ""};

constexpr ConfigEffect described(std::string_view why) {
  return {ConfigEffect::Kind::kDescribed, why};
}
inline constexpr ConfigEffect kNobodyLogsIn = described("nobody logs in");
inline constexpr ConfigEffect kNoShareGroups =
    described("share groups and streams groups are not served");
inline constexpr ConfigEffect kNoMetrics = described("nothing is measured");
inline constexpr ConfigEffect kNoQuotas = described("there are no quotas");
inline constexpr ConfigEffect kNoTier = described("there is no tiered storage");
inline constexpr ConfigEffect kNoTransactions = described("transactions are not served yet");
inline constexpr ConfigEffect kOneProcess =
    described("all nodes are one process: nothing is sent or elected between them");
inline constexpr ConfigEffect kOneThread = described("one thread does everything, without queues");
inline constexpr ConfigEffect kOwnFiles =
    described("disk space and the metadata log are laid out in another way");

// "Understudy does not heed this, it ..."
constexpr ConfigEffect refused(std::string_view why) { return {ConfigEffect::Kind::kRefused, why}; }
inline constexpr ConfigEffect kBothRoles = refused("each of its nodes is broker and controller");
inline constexpr ConfigEffect kNoAuthorizer = refused("it has no authorizer");
inline constexpr ConfigEffect kNoShareGroupsRefused = refused("it does not serve share groups yet");
inline constexpr ConfigEffect kNoStreamsGroupsRefused = refused("it does not serve streams groups");
inline constexpr ConfigEffect kNoMetricsRefused = refused("it takes no metrics");
inline constexpr ConfigEffect kNoPlugins = refused("it loads no classes");
inline constexpr ConfigEffect kNoSasl = refused("it has no SASL");
inline constexpr ConfigEffect kNothingUnstable =
    refused("it has nothing that is under development in Kafka");
inline constexpr ConfigEffect kNoTierRefused = refused("it has no tiered storage");
inline constexpr ConfigEffect kNoTls = refused("it has no TLS");
inline constexpr ConfigEffect kNoTokens = refused("it has no delegation tokens");
inline constexpr ConfigEffect kOneDirectory = refused("it has one data directory");
inline constexpr ConfigEffect kOneListener = refused("it has one listener, PLAINTEXT");
inline constexpr ConfigEffect kPlaintextOnly = refused("it has no security protocol but PLAINTEXT");

constexpr ConfigEffect instead(std::string_view what) {
  return {ConfigEffect::Kind::kInstead, what};
}
inline constexpr ConfigEffect kAdvertiseOption =
    instead("--advertise says which address clients get");
inline constexpr ConfigEffect kDataDirOption = instead("--data-dir says where data is stored");
inline constexpr ConfigEffect kListenOption = instead("--listen says where to listen");
inline constexpr ConfigEffect kNumbered = instead("nodes are numbered from 1");

}  // namespace config_marks
}  // namespace understudy::broker
