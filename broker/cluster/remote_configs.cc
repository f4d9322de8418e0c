// The configurations of brokers: tiered storage.
#include "broker/cluster/config_def.h"
#include "broker/cluster/config_tables.h"

namespace understudy::broker {
namespace {

using namespace config_marks;
using enum ConfigType;
using enum ConfigUpdate;

constexpr std::string_view kLongMax = "9223372036854775807";
constexpr auto kNull = std::nullopt;
constexpr auto kInternal = ConfigListing::kInternal;

constexpr ConfigDef kRemoteConfigs[] = {
    {"remote.fetch.max.wait.ms", kNoTier, kInt, "500", at_least(1),
     "How long a fetch of tiered data waits.", kClusterWide},
    {"remote.list.offsets.request.timeout.ms", kNoTier, kLong, "30000", at_least(1),
     "How long a look-up in tiered data waits.", kClusterWide},
    {"remote.log.index.file.cache.total.size.bytes", kNoTier, kLong, "1073741824", at_least(1),
     "Disk space for indexes of tiered data.", kClusterWide},
    {"remote.log.index.file.cache.ttl.ms", kNoTier, kLong, "900000", at_least(-1),
     "How long an unused index of tiered data stays.", kReadOnly, kInternal},
    {"remote.log.manager.copier.thread.pool.size", kNoTier, kInt, "10", at_least(1),
     "Threads that copy to the tier.", kClusterWide},
    {"remote.log.manager.copy.max.bytes.per.second", kNoTier, kLong, kLongMax, at_least(1),
     "How fast they may copy.", kClusterWide},
    {"remote.log.manager.copy.quota.window.num", kNoTier, kInt, "11", at_least(1),
     "Windows kept for that."},
    {"remote.log.manager.copy.quota.window.size.seconds", kNoTier, kInt, "1", at_least(1),
     "The size of each of those windows."},
    {"remote.log.manager.expiration.thread.pool.size", kNoTier, kInt, "10", at_least(1),
     "Threads that delete from the tier.", kClusterWide},
    {"remote.log.manager.fetch.max.bytes.per.second", kNoTier, kLong, kLongMax, at_least(1),
     "How fast the tier may be read.", kClusterWide},
    {"remote.log.manager.fetch.quota.window.num", kNoTier, kInt, "11", at_least(1),
     "Windows kept for that."},
    {"remote.log.manager.fetch.quota.window.size.seconds", kNoTier, kInt, "1", at_least(1),
     "The size of each of those windows."},
    {"remote.log.manager.follower.thread.pool.size", kNoTier, kInt, "2", at_least(1),
     "Threads for partitions that are followed.", kClusterWide},
    {"remote.log.manager.task.interval.ms", kNoTier, kLong, "30000", at_least(1),
     "How often there is work for the tier."},
    {"remote.log.manager.task.retry.backoff.max.ms", kNoTier, kLong, "30000", at_least(1),
     "The longest pause before work for the tier is tried again.", kReadOnly, kInternal},
    {"remote.log.manager.task.retry.backoff.ms", kNoTier, kLong, "500", at_least(1),
     "The first of those pauses.", kReadOnly, kInternal},
    {"remote.log.manager.task.retry.jitter", kNoTier, kDouble, "0.2", any(),
     "A random part of them.", kReadOnly, kInternal},
    {"remote.log.manager.thread.pool.size", kNoTier, kInt, "2", at_least(1),
     "Threads for followers and readers."},
    {"remote.log.metadata.custom.metadata.max.bytes", kNoTier, kInt, "128", at_least(0),
     "The largest metadata of a tiered segment."},
    {"remote.log.metadata.manager.class.name", kNoTierRefused, kString,
     "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
     any(), "The class that keeps the metadata."},
    {"remote.log.metadata.manager.class.path", kNoTierRefused, kString, kNull, any(),
     "Where that class is found."},
    {"remote.log.metadata.manager.impl.prefix", kNoTier, kString, "rlmm.config.", any(),
     "What its configurations begin with."},
    {"remote.log.metadata.manager.listener.name", kNoTier, kString, kNull, any(),
     "The listener it uses."},
    {"remote.log.reader.max.pending.tasks", kNoTier, kInt, "100", at_least(1),
     "Reads of the tier that wait."},
    {"remote.log.reader.threads", kNoTier, kInt, "10", at_least(1), "Threads that read the tier.",
     kClusterWide},
    {"remote.log.storage.manager.class.name", kNoTierRefused, kString, kNull, any(),
     "The class that is the tier."},
    {"remote.log.storage.manager.class.path", kNoTierRefused, kString, kNull, any(),
     "Where that class is found."},
    {"remote.log.storage.manager.impl.prefix", kNoTier, kString, "rsm.config.", any(),
     "What its configurations begin with."},
    {"remote.log.storage.system.enable", kNoTierRefused, kBoolean, "false", any(),
     "Tiered storage on this broker."},
};

}  // namespace

std::span<const ConfigDef> remote_config_rows() { return kRemoteConfigs; }

}  // namespace understudy::broker
