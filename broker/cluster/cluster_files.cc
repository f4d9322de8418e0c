// The cluster's files: what a start finds, what is written while it runs, what a clean stop leaves.
#include <algorithm>
#include <charconv>
#include <set>

#include "broker/cluster/cluster.h"
#include "broker/cluster/metadata_check.h"
#include "broker/cluster/topic_names.h"
#include "broker/log/files.h"

namespace understudy::broker {
namespace {

// Reports how far the recovery of a large directory has come.
class RecoveryProgress {
 public:
  RecoveryProgress(const LogEnvironment& environment, const MetadataImage& image)
      : environment_(environment), image_(image) {}

  void add(std::uint64_t bytes) {
    static constexpr std::uint64_t kReportEvery = 1u << 30;
    done_bytes_ += bytes;
    if (done_bytes_ - reported_bytes_ < kReportEvery) return;
    reported_bytes_ = done_bytes_;
    if (!total_bytes_) total_bytes_ = count_bytes();
    environment_.report("recovering: " + megabytes(done_bytes_) + " of " +
                        megabytes(std::max(*total_bytes_, done_bytes_)) + " MB checked");
  }

 private:
  static std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes / 1'000'000); }

  std::uint64_t count_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [id, topic] : image_.topics) {
      for (const auto& [index, leadership] : topic.partitions) {
        for (const auto& file : environment_.storage.list(partition_directory(topic.name, index))) {
          if (offset_in_file_name(file.name, kLogSuffix)) bytes += file.size_bytes;
        }
      }
    }
    return bytes;
  }

  const LogEnvironment& environment_;
  const MetadataImage& image_;
  std::optional<std::uint64_t> total_bytes_;  // counted at the first report
  std::uint64_t done_bytes_ = 0;
  std::uint64_t reported_bytes_ = 0;
};

}  // namespace

std::optional<std::string> Cluster::load() {
  Storage& storage = environment_.storage;
  const bool was_clean = storage.load(kCleanShutdownFile).has_value();
  if (auto failure = load_properties()) return failure;
  MetadataImage image;
  if (auto failure = metadata_log_.load(image, was_clean)) return failure;
  if (const auto wrong = check_metadata(image, configs_.defs())) {
    return environment_.full(kMetadataDirectory) + "/" + offset_file_name(0, kLogSuffix) + ": " +
           *wrong + "; restore the file, or remove it: topics are then found by their directories";
  }
  if (auto failure = check_nodes(image)) return failure;
  for (const auto& [resource, configs] : image.configs) {
    const auto& [type, name] = resource;
    if (type != kBrokerResource) continue;
    if (name.empty()) {
      use_broker_configs(std::nullopt, configs);
    } else {
      NodeId node = 0;
      std::from_chars(name.data(), name.data() + name.size(), node);
      if (find_node(node) != nullptr) use_broker_configs(node, configs);
    }
  }
  look_through_directories(image);
  next_producer_id_ = image.next_producer_id;
  if (auto failure = load_topics(image, was_clean)) return failure;
  if (!metadata_log_.rewrite(this->image(), metadata_version_level(profile_))) {
    return environment_.full(kMetadataDirectory) + ": cannot be written";
  }
  // Not before: a start that was refused has changed nothing of what the stop left.
  if (was_clean && !storage.remove(kCleanShutdownFile)) {
    return environment_.full(kCleanShutdownFile) + ": cannot be removed";
  }
  return std::nullopt;
}

std::optional<std::string> Cluster::load_properties() {
  Storage& storage = environment_.storage;
  const std::string path = environment_.full(kMetaPropertiesFile);
  if (const auto text = storage.load(kMetaPropertiesFile)) {
    const auto properties = read_meta_properties(*text);
    if (!properties) {
      return path + ": damaged; restore it, or remove it: the cluster then gets a new id";
    }
    options_.cluster_id = properties->cluster_id;
    return std::nullopt;
  }
  const MetaProperties properties{.node_id = options_.nodes.front().id,
                                  .cluster_id = options_.cluster_id,
                                  .directory_id = wire::to_string(random_.uuid())};
  if (storage.replace(kMetaPropertiesFile, write_meta_properties(properties))) {
    // Written once, and read by every start: a power cut is not to take it.
    const auto file = storage.open(kMetaPropertiesFile);
    if (file != nullptr && file->sync()) return std::nullopt;
  }
  return path + ": cannot be written";
}

std::optional<std::string> Cluster::check_nodes(const MetadataImage& image) const {
  for (const auto& [id, topic] : image.topics) {
    for (const auto& [index, leadership] : topic.partitions) {
      for (const NodeId node : leadership.replicas) {
        if (find_node(node) != nullptr) continue;
        return environment_.storage.directory() + ": holds partitions of node " +
               std::to_string(node) + "; start with as many nodes as before, at least " +
               std::to_string(node);
      }
      if (leadership.replicas.empty() || find_node(leadership.leader) == nullptr) {
        return environment_.full(kMetadataDirectory) + ": partition " + std::to_string(index) +
               " of topic " + topic.name + " has no leader";
      }
    }
  }
  return std::nullopt;
}

// Directories of partitions that the metadata does not know: what was deleted is removed, what
// another broker left becomes a topic, what has the name of a partition but another topic's id is
// put aside.
void Cluster::look_through_directories(MetadataImage& image) {
  Storage& storage = environment_.storage;
  std::map<std::string, wire::Uuid, std::less<>> ids;
  for (const auto& [id, topic] : image.topics) ids.emplace(topic.name, id);
  for (const Storage::Entry& entry : storage.list("")) {
    if (!entry.is_directory || entry.name == kMetadataDirectory) continue;
    if (entry.name.ends_with(kDeleteDirectorySuffix)) {
      static_cast<void>(storage.remove(entry.name));
      continue;
    }
    const auto partition = partition_in_directory_name(entry.name);
    if (!partition || invalid_topic_name(partition->topic)) continue;
    const auto known = ids.find(partition->topic);
    if (known == ids.end()) {
      adopt(*partition, entry.name, image);
      continue;
    }
    const auto text = storage.load(entry.name + "/" + kPartitionMetadataFile);
    const auto id = text ? read_partition_metadata(*text) : std::nullopt;
    if (!id) {
      environment_.report(environment_.full(entry.name + "/" + kPartitionMetadataFile) +
                          (text ? ": damaged; written again" : ": missing; written again"));
      static_cast<void>(storage.replace(entry.name + "/" + kPartitionMetadataFile,
                                        write_partition_metadata(known->second)));
    } else if (*id != known->second) {
      environment_.report(environment_.full(entry.name) +
                          ": belongs to another topic of that name; put aside as " + entry.name +
                          kStrayDirectorySuffix);
      static_cast<void>(storage.rename(entry.name, entry.name + kStrayDirectorySuffix));
    } else if (!image.topics[*id].partitions.contains(partition->partition)) {
      adopt(*partition, entry.name, image);
    }
  }
}

void Cluster::adopt(const TopicPartition& partition, const std::string& directory,
                    MetadataImage& image) {
  Storage& storage = environment_.storage;
  const auto text = storage.load(directory + "/" + kPartitionMetadataFile);
  auto id = text ? read_partition_metadata(*text) : std::nullopt;
  for (const auto& [known, topic] : image.topics) {
    if (topic.name == partition.topic) id = known;
  }
  const auto owner = id ? image.topics.find(*id) : image.topics.end();
  if (owner != image.topics.end() && owner->second.name != partition.topic) {
    environment_.report(environment_.full(directory) + ": has the topic id of " +
                        owner->second.name + ", as a copy of its directory has; not loaded: " +
                        "remove its " + kPartitionMetadataFile + " to make it a topic of its own");
    return;
  }
  if (!id) {
    id = random_.uuid();
    static_cast<void>(
        storage.replace(directory + "/" + kPartitionMetadataFile, write_partition_metadata(*id)));
  }
  MetadataImage::Topic& topic = image.topics[*id];
  topic.name = partition.topic;
  adopted_.insert(partition);
  const NodeId node = options_.nodes.front().id;
  // A log with epochs of its own goes on above them.
  std::int32_t leader_epoch = 0;
  const auto epochs = storage.load(directory + "/" + kLeaderEpochFile);
  if (const auto entries = epochs ? read_leader_epochs(*epochs) : std::nullopt;
      entries && !entries->empty()) {
    leader_epoch = entries->back().epoch;
  }
  for (std::int32_t index = 0; index <= partition.partition; ++index) {
    topic.partitions.try_emplace(index,
                                 Leadership{.replicas = {node}, .isr = {node}, .leader = node});
  }
  topic.partitions[partition.partition].leader_epoch = leader_epoch;
  environment_.report(environment_.full(directory) + ": loaded as partition " +
                      std::to_string(partition.partition) + " of topic " + partition.topic);
}

std::optional<std::string> Cluster::load_topics(const MetadataImage& image, bool was_clean) {
  logs_.load_checkpoints();
  bool is_less_synced = false;  // than the recovery points say
  RecoveryProgress progress(environment_, image);
  for (const auto& [id, stored] : image.topics) {
    const auto configs = image.configs.find({kTopicResource, stored.name});
    Topic& topic =
        make_topic(stored.name, id, configs == image.configs.end() ? ConfigMap{} : configs->second);
    for (const auto& [index, leadership] : stored.partitions) {
      if (index != static_cast<std::int32_t>(topic.partitions.size())) {
        return environment_.full(kMetadataDirectory) + ": says nothing of partition " +
               std::to_string(topic.partitions.size()) + " of topic " + stored.name +
               "; restore the file, or remove it";
      }
      Leadership next = leadership;
      // Kafka elects again when a broker comes back; clients only need the epoch to rise.
      ++next.leader_epoch;
      ++next.partition_epoch;
      topic.partitions.push_back(make_partition(topic, index, std::move(next)));
      const TopicPartition name{stored.name, index};
      Partition& partition = *topic.partitions.back();
      LoadHints hints = logs_.hints_for(name);
      hints.was_clean = was_clean;
      hints.recovered = [&](std::uint64_t bytes) { progress.add(bytes); };
      if (auto failure = partition.load(hints)) return failure;
      is_less_synced |= partition.recovery_point() < hints.recovery_point;
      if (!partition.has_directory() && hints.recovery_point > 0) {
        environment_.report(environment_.full(partition_directory(stored.name, index)) +
                            ": is missing, and with it the records up to offset " +
                            std::to_string(hints.recovery_point));
      }
      // It is not known which blocks the producers of an adopted partition had: an id that wrote a
      // record there is never given again.
      const std::int64_t highest =
          adopted_.contains(name) ? partition.producers().highest_producer_id() : -1;
      if (highest >= next_producer_id_) {
        next_producer_id_ = (highest / kProducerIdBlockSize + 1) * kProducerIdBlockSize;
      }
    }
  }
  // Before anything is appended in the place of what is missing.
  if (is_less_synced && !logs_.write_recovery_points()) {
    return environment_.full(kRecoveryPointFile) + ": cannot be written";
  }
  return std::nullopt;
}

MetadataImage Cluster::image() const {
  MetadataImage image;
  for (const auto& [name, topic] : topics_) {
    MetadataImage::Topic& stored = image.topics[topic->id];
    stored.name = name;
    for (const auto& partition : topic->partitions) {
      stored.partitions[partition->index()] = partition->leadership();
    }
    if (!topic->configs.empty()) image.configs[{kTopicResource, name}] = topic->configs;
  }
  for (const auto& [node, configs] : configs_.all_dynamic()) {
    image.configs[{kBrokerResource, node ? std::to_string(*node) : ""}] = configs;
  }
  image.next_producer_id = next_producer_id_;
  return image;
}

bool Cluster::close() {
  const bool is_clean = logs_.close();
  if (!metadata_log_.sync() || !is_clean) return false;
  static constexpr const char* kMarker = "{\"version\":0,\"brokerEpoch\":1}";
  return environment_.storage.replace(kCleanShutdownFile, kMarker);
}

}  // namespace understudy::broker
