// The metadata log of an Apache Kafka, in a directory that was copied from one as a whole: its
// newest snapshot and the records behind it tell the topics, their ids and their configurations.
//
// It is read and never changed. What it says of nodes is that cluster's: here there are others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/cluster/config_def.h"
#include "broker/cluster/metadata_log.h"

namespace understudy::broker {

// Where it lies once a start has read it, and until what it said is written down.
inline constexpr const char* kKafkasDirectory = "__cluster_metadata-0.kafka";
inline constexpr const char* kKafkasDirectoryInUse = "__cluster_metadata-0.kafka-in-use";

// By its quorum's files, or by its first batch, which ours does not have.
bool is_kafkas_metadata(Storage& storage, const std::string& directory,
                        const Storage::Listing& files);

// Why it cannot be used, in a sentence that says what to do; nothing if all is well.
std::optional<std::string> read_kafkas_metadata(const LogEnvironment& environment,
                                                const std::string& directory, MetadataImage& image);

// Replicas stay on nodes that there are (`nodes`, at least one), or come to the first one. Of the
// configurations only those remain that topics have or inherit. What that cluster had deleted is
// forgotten: its directories are not ours to remove.
void move_to_nodes(MetadataImage& image, const std::vector<NodeId>& nodes, const ConfigDefs& defs);

}  // namespace understudy::broker
