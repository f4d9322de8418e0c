#include "broker/log/put_aside.h"

namespace understudy::broker {
namespace {

// The topic's own id where it is free: then the name says whose the directory was.
std::string free_name(Storage& storage, const TopicPartition& partition, wire::Uuid id) {
  static constexpr int kTriesMax = 256;
  std::string name;
  for (int tries = 0; tries < kTriesMax; ++tries, ++id.bytes.back()) {
    name = set_aside_directory(partition, id, kStrayDirectorySuffix);
    const Storage::Listing found = storage.list(name);
    if (found.empty() && found.is_whole) break;
  }
  return name;
}

}  // namespace

std::optional<wire::Uuid> topic_id_of(Storage& storage, const std::string& directory) {
  const auto text = storage.load(directory + "/" + kPartitionMetadataFile);
  return text ? read_partition_metadata(*text) : std::nullopt;
}

std::optional<std::string> put_aside(Storage& storage, const TopicPartition& partition) {
  const std::string directory = partition_directory(partition.topic, partition.partition);
  const wire::Uuid id = topic_id_of(storage, directory).value_or(wire::Uuid{});
  std::string name = free_name(storage, partition, id);
  if (!storage.rename(directory, name)) return std::nullopt;
  return name;
}

}  // namespace understudy::broker
