// The configurations of topics, groups and client metrics.
#include "broker/cluster/config_def.h"

namespace understudy::broker {
namespace {

using enum ConfigType;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::string_view kLongMax = "9223372036854775807";
constexpr ConfigRule kGzipLevel{.kind = ConfigRule::Kind::kGzipLevel};
constexpr ConfigRule kThrottledReplicas{.kind = ConfigRule::Kind::kThrottledReplicas};

// Kafka 4.4; ConfigDefs takes back what older releases do not have.
constexpr TopicConfigDef kTopicConfigs[] = {
    {{"cleanup.policy", kList, "delete", subset_of("compact, delete"),
      "Whether old segments are deleted, compacted by key, or both."},
     {{{"log.cleanup.policy"}}}},
    {{"compression.gzip.level", kInt, "-1", kGzipLevel,
      "The level when the topic itself compresses with gzip."},
     {{{"compression.gzip.level"}}}},
    {{"compression.lz4.level", kInt, "9", between(1, 17),
      "The level when the topic itself compresses with lz4."},
     {{{"compression.lz4.level"}}}},
    {{"compression.type", kString, "producer",
      one_of("uncompressed, zstd, lz4, snappy, gzip, producer"),
      "How batches are compressed in the log; 'producer' keeps them as they come."},
     {{{"compression.type"}}}},
    {{"compression.zstd.level", kInt, "3", between(-131'072, 22),
      "The level when the topic itself compresses with zstd."},
     {{{"compression.zstd.level"}}}},
    {{"delete.retention.ms", kLong, "86400000", at_least(0),
      "How long a tombstone stays in a compacted topic."},
     {{{"log.cleaner.delete.retention.ms"}}}},
    {{"file.delete.delay.ms", kLong, "60000", at_least(0),
      "How long a dropped file stays on disk."},
     {{{"log.segment.delete.delay.ms"}}}},
    {{"flush.messages", kLong, kLongMax, at_least(1), "Flush to disk after so many records."},
     {{{"log.flush.interval.messages"}}}},
    {{"flush.ms", kLong, kLongMax, at_least(0), "Flush to disk after so much time."},
     {{{"log.flush.interval.ms"}, {"log.flush.scheduler.interval.ms"}}}},
    {{"follower.replication.throttled.replicas", kList, "", kThrottledReplicas,
      "Replicas whose followers are throttled: partition:broker items, or * for all."}},
    {{"index.interval.bytes", kInt, "4096", at_least(0),
      "So many bytes of log per entry of the offset index."},
     {{{"log.index.interval.bytes"}}}},
    // For tests that need segments below the limit of KIP-1030 (LogConfig.INTERNAL_SEGMENT_BYTES).
    {{"internal.segment.bytes", kInt, std::nullopt, at_least(1),
      "Stands in for segment.bytes without its lower limit.", ConfigUpdate::kReadOnly,
      ConfigListing::kInternal},
     {{{"internal.segment.bytes"}}}},
    {{"leader.replication.throttled.replicas", kList, "", kThrottledReplicas,
      "Replicas whose leaders are throttled: partition:broker items, or * for all."}},
    {{"local.retention.bytes", kLong, "-2", at_least(-2),
      "Tiered storage: bytes kept locally; -2 follows retention.bytes."},
     {{{"log.local.retention.bytes"}}}},
    {{"local.retention.ms", kLong, "-2", at_least(-2),
      "Tiered storage: time kept locally; -2 follows retention.ms."},
     {{{"log.local.retention.ms"}}}},
    {{"max.compaction.lag.ms", kLong, kLongMax, at_least(1),
      "A record is compacted at the latest after this time."},
     {{{"log.cleaner.max.compaction.lag.ms"}}}},
    {{"max.decompressed.message.bytes", kInt, "2147483639", at_least(0),
      "The largest batch after decompression."}},
    {{"max.message.bytes", kInt, "1048588", at_least(0), "The largest batch as it is sent."},
     {{{"message.max.bytes"}}}},
    {{"message.timestamp.after.max.ms", kLong, "3600000", at_least(0),
      "How far a record's timestamp may lie after the broker's time."},
     {{{"log.message.timestamp.after.max.ms"}}}},
    {{"message.timestamp.before.max.ms", kLong, kLongMax, at_least(0),
      "How far a record's timestamp may lie before the broker's time."},
     {{{"log.message.timestamp.before.max.ms"}}}},
    {{"message.timestamp.type", kString, "CreateTime", one_of("CreateTime, LogAppendTime"),
      "Whether records keep the producer's time or get the broker's."},
     {{{"log.message.timestamp.type"}}}},
    {{"min.cleanable.dirty.ratio", kDouble, "0.5", between(0, 1),
      "The uncompacted part of a log from which on compaction is worth it."},
     {{{"log.cleaner.min.cleanable.ratio"}}}},
    {{"min.compaction.lag.ms", kLong, "0", at_least(0),
      "A record is not compacted before this time."},
     {{{"log.cleaner.min.compaction.lag.ms"}}}},
    {{"min.insync.replicas", kInt, "1", at_least(1),
      "In-sync replicas that a produce request with acks=all needs."},
     {{{"min.insync.replicas"}}}},
    {{"preallocate", kBoolean, "false", any(),
      "Whether a new segment takes its disk space at once."},
     {{{"log.preallocate"}}}},
    {{"remote.log.copy.disable", kBoolean, "false", any(),
      "Tiered storage: copy nothing more to it."}},
    {{"remote.log.delete.on.disable", kBoolean, "false", any(),
      "Tiered storage: delete what is there when it is switched off."}},
    {{"remote.storage.enable", kBoolean, "false", any(), "Tiered storage for this topic."}},
    {{"retention.bytes", kLong, "-1", any(), "The size a partition may have; -1 for any."},
     {{{"log.retention.bytes"}}}},
    {{"retention.ms", kLong, "604800000", at_least(-1), "The age records may have; -1 for any."},
     {{{"log.retention.ms"}, {"log.retention.minutes", kMinute}, {"log.retention.hours", kHour}}}},
    {{"segment.bytes", kInt, "1073741824", at_least(1'048'576),
      "The size at which a new segment begins."},
     {{{"log.segment.bytes"}}}},
    {{"segment.index.bytes", kInt, "10485760", at_least(4), "The largest size of an index file."},
     {{{"log.index.size.max.bytes"}}}},
    {{"segment.jitter.ms", kLong, "0", at_least(0),
      "A random time that is taken off segment.ms for each segment."},
     {{{"log.roll.jitter.ms"}, {"log.roll.jitter.hours", kHour}}}},
    {{"segment.ms", kLong, "604800000", at_least(1),
      "The age at which a new segment begins although the old one is not full."},
     {{{"log.roll.ms"}, {"log.roll.hours", kHour}}}},
    {{"unclean.leader.election.enable", kBoolean, "false", any(),
      "Whether a replica that is not in sync may become leader, losing records."},
     {{{"unclean.leader.election.enable"}}}},
};

constexpr ConfigDef kGroupConfigs[] = {
    {"consumer.assignment.interval.ms", kInt, "1000", at_least(0),
     "The least time between two assignments of a consumer group."},
    {"consumer.heartbeat.interval.ms", kInt, "5000", at_least(1),
     "How often the members of a consumer group heartbeat."},
    {"consumer.session.timeout.ms", kInt, "45000", at_least(1),
     "A member of a consumer group is gone after so much silence."},
    {"share.assignment.interval.ms", kInt, "1000", at_least(0),
     "The least time between two assignments of a share group."},
    {"share.auto.offset.reset", kString, "latest", any(),
     "Where a share group begins in a partition it has not read."},
    {"share.delivery.count.limit", kInt, "5", between(2, 10),
     "How often a record is delivered to a share group at most."},
    {"share.heartbeat.interval.ms", kInt, "5000", at_least(1),
     "How often the members of a share group heartbeat."},
    {"share.isolation.level", kString, "read_uncommitted",
     one_of("read_committed, read_uncommitted"),
     "Whether a share group sees records of open and aborted transactions."},
    {"share.partition.max.record.locks", kInt, "2000", between(100, 10'000),
     "Records of a partition that may be acquired at the same time."},
    {"share.record.lock.duration.ms", kInt, "30000", at_least(1000),
     "How long a record stays acquired."},
    {"share.renew.acknowledge.enable", kBoolean, "true", any(),
     "Whether members may prolong an acquisition."},
    {"share.session.timeout.ms", kInt, "45000", at_least(1),
     "A member of a share group is gone after so much silence."},
    {"streams.assignment.interval.ms", kInt, "1000", at_least(0),
     "The least time between two assignments of a streams group."},
    {"streams.heartbeat.interval.ms", kInt, "5000", at_least(1),
     "How often the members of a streams group heartbeat."},
    {"streams.initial.rebalance.delay.ms", kInt, "3000", at_least(0),
     "How long a new streams group waits for more members."},
    {"streams.num.standby.replicas", kInt, "0", at_least(0),
     "Standby copies of each task's state."},
    {"streams.session.timeout.ms", kInt, "45000", at_least(1),
     "A member of a streams group is gone after so much silence."},
};

constexpr ConfigDef kClientMetricsConfigs[] = {
    {"interval.ms", kInt, "300000", between(100, 3'600'000), "How often clients push metrics."},
    {"match", kList, "", any(), "Which clients: selector=regular expression items."},
    {"metrics", kList, "", any(), "Which metrics: prefixes of names, or * for all."},
};

}  // namespace

std::span<const TopicConfigDef> topic_config_rows() { return kTopicConfigs; }
std::span<const ConfigDef> group_config_rows() { return kGroupConfigs; }
std::span<const ConfigDef> client_metrics_config_rows() { return kClientMetricsConfigs; }

}  // namespace understudy::broker
