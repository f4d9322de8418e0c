#include "broker/log/put_aside.h"

namespace understudy::broker {
std::optional<wire::Uuid> topic_id_of(Storage& storage, const std::string& directory) {
  const auto text = storage.load(directory + "/" + kPartitionMetadataFile);
  return text ? read_partition_metadata(*text) : std::nullopt;
}

// The topic's own id where the name is free: then it says whose the directory was. A directory that
// is there and empty lists as one that is not, and refuses the rename.
std::optional<std::string> put_aside(Storage& storage, const TopicPartition& partition) {
  static constexpr int kTriesMax = 256;
  static constexpr int kRefusalsMax = 4;
  const std::string directory = partition_directory(partition.topic, partition.partition);
  wire::Uuid id = topic_id_of(storage, directory).value_or(wire::Uuid{});
  int refusals = 0;
  for (int tries = 0; tries < kTriesMax && refusals < kRefusalsMax; ++tries, ++id.bytes.back()) {
    std::string name = set_aside_directory(partition, id, kStrayDirectorySuffix);
    const Storage::Listing found = storage.list(name);
    if (!found.empty() || !found.is_whole) continue;
    if (storage.rename(directory, name)) return name;
    ++refusals;
  }
  return std::nullopt;
}

}  // namespace understudy::broker
