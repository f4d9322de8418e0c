// A directory that has the name of a partition and is not that partition's.
#pragma once

#include <optional>
#include <string>

#include "broker/log/environment.h"
#include "broker/log/files.h"

namespace understudy::broker {

// The topic id in the directory's partition.metadata; nothing if there is none that can be read.
std::optional<wire::Uuid> topic_id_of(Storage& storage, const std::string& directory);

// Renames the partition's directory to "topic-partition.uniqueid-stray", as Kafka does with a log
// that no topic owns (UnifiedLog.logStrayDirName): nothing in it is lost, and nothing reads it any
// more. The new name; nothing if the storage refuses.
std::optional<std::string> put_aside(Storage& storage, const TopicPartition& partition);

}  // namespace understudy::broker
