// The small files of a data directory: their names and their formats (CheckpointFile,
// LeaderEpochCheckpointFile, PartitionMetadataFile, MetaProperties, CleanShutdownFileHandler).
//
// Readers answer nothing for bytes that are not wholly in the format: a damaged file counts as
// missing, and what it held is found out again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/log/leader_epochs.h"
#include "wire/types.h"

namespace understudy::broker {

inline constexpr const char* kLogSuffix = ".log";
inline constexpr const char* kOffsetIndexSuffix = ".index";
inline constexpr const char* kTimeIndexSuffix = ".timeindex";
inline constexpr const char* kTransactionIndexSuffix = ".txnindex";
inline constexpr const char* kSnapshotSuffix = ".snapshot";
inline constexpr const char* kDeletedSuffix = ".deleted";
inline constexpr const char* kCleanedSuffix = ".cleaned";
inline constexpr const char* kSwapSuffix = ".swap";

// Of partition directories that will be removed, that nobody knows, and that Kafka was copying to
// another disk.
inline constexpr const char* kDeleteDirectorySuffix = "-delete";
inline constexpr const char* kStrayDirectorySuffix = "-stray";
inline constexpr const char* kFutureDirectorySuffix = "-future";

inline constexpr const char* kLeaderEpochFile = "leader-epoch-checkpoint";
inline constexpr const char* kPartitionMetadataFile = "partition.metadata";
inline constexpr const char* kRecoveryPointFile = "recovery-point-offset-checkpoint";
inline constexpr const char* kLogStartFile = "log-start-offset-checkpoint";
inline constexpr const char* kHighWatermarkFile = "replication-offset-checkpoint";
inline constexpr const char* kCleanerFile = "cleaner-offset-checkpoint";
inline constexpr const char* kMetaPropertiesFile = "meta.properties";
inline constexpr std::string_view kMetadataTopic = "__cluster_metadata";
inline constexpr const char* kMetadataDirectory = "__cluster_metadata-0";
inline constexpr const char* kCleanShutdownFile = ".kafka_cleanshutdown";

inline constexpr std::size_t kOffsetDigits = 20;
// "00000000000000000042" + suffix.
std::string offset_file_name(std::int64_t offset, std::string_view suffix);
// The offset in such a name; nothing if it is no such name.
std::optional<std::int64_t> offset_in_file_name(std::string_view name, std::string_view suffix);

// "orders-0".
std::string partition_directory(std::string_view topic, std::int32_t partition);
struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};
std::optional<TopicPartition> partition_in_directory_name(std::string_view name);

// "orders-0.<32 hexadecimal digits>-stray": what a partition's directory is called once it is none
// any more. The topic's part is cut where the whole would be longer than a file system takes
// (LocalLog.logDirNameWithSuffixCappedLength).
std::string set_aside_directory(const TopicPartition& partition, const wire::Uuid& unique_id,
                                std::string_view suffix);
// Whether the name is such a one, with this suffix and whatever unique id.
bool is_set_aside_directory(std::string_view name, std::string_view suffix);

// A version line, a line with the number of entries, a line for each of them.
using OffsetCheckpoint = std::map<TopicPartition, std::int64_t>;
std::string write_offset_checkpoint(const OffsetCheckpoint& offsets);
std::optional<OffsetCheckpoint> read_offset_checkpoint(std::string_view text);

std::string write_leader_epochs(const std::vector<LeaderEpochs::Entry>& entries);
std::optional<std::vector<LeaderEpochs::Entry>> read_leader_epochs(std::string_view text);

std::string write_partition_metadata(const wire::Uuid& topic_id);
std::optional<wire::Uuid> read_partition_metadata(std::string_view text);

struct MetaProperties {
  // 0 is from the time of ZooKeeper: its node and cluster ids may be missing.
  std::int32_t version = 1;
  std::optional<std::int32_t> node_id;
  std::string cluster_id;  // empty: missing
  std::string directory_id;
};
// Version 1, with a node id.
std::string write_meta_properties(const MetaProperties& properties);
// Or what is wrong with the text, to be put behind the file's name.
std::variant<MetaProperties, std::string> read_meta_properties(std::string_view text);

}  // namespace understudy::broker
