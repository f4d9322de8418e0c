// The cluster's files: what a start finds, what is written while it runs, what a clean stop leaves.
#include <algorithm>
#include <charconv>
#include <variant>

#include "broker/cluster/cluster.h"
#include "broker/cluster/kafkas_metadata.h"
#include "broker/cluster/metadata_check.h"
#include "broker/cluster/taken_up.h"
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

// The properties of the broker that wrote them are not known. Compaction alone deletes nothing that
// a reader would miss.
void keep_records_of_all(MetadataImage& image, const ConfigMap& kept) {
  for (const auto& [id, topic] : image.topics) {
    ConfigMap& configs = image.configs[{kTopicResource, topic.name}];
    const auto policy = configs.find("cleanup.policy");
    if (policy == configs.end() || policy->second != "compact") {
      configs.insert(kept.begin(), kept.end());
    }
  }
}

void tell_of_kafkas(const LogEnvironment& environment, const Topics& topics) {
  std::size_t without = 0;
  for (const auto& [name, topic] : topics) {
    without += static_cast<std::size_t>(std::ranges::count_if(
        topic->partitions, [](const auto& partition) { return !partition->has_directory(); }));
  }
  std::string line = environment.full(kMetadataDirectory) + ": was an Apache Kafka's, and is now " +
                     kKafkasDirectory + "; its " + std::to_string(topics.size()) +
                     " topics were taken over with their configurations, and those without a "
                     "retention of their own keep everything until somebody sets one";
  if (without > 0) {
    line += "; " + std::to_string(without) +
            " partitions have no directory here, as those of other brokers, and begin empty";
  }
  environment.report(line);
}

void report_findings(const LogEnvironment& environment, const Partition& partition) {
  const std::string found = partition.findings().describe();
  if (found.empty()) return;
  environment.report(environment.full(partition_directory(partition.topic(), partition.index())) +
                     ": " + found);
}

}  // namespace

void Cluster::count_internal_partitions() {
  for (const InternalTopicDef& def : internal_topics()) {
    const Topic* const topic = find_topic(def.name);
    found_internal_partitions_[static_cast<std::size_t>(def.topic)] =
        topic == nullptr ? 0 : std::ssize(topic->partitions);
  }
}

std::optional<std::string> Cluster::load() {
  Storage& storage = environment_.storage;
  const bool was_clean = storage.load(kCleanShutdownFile).has_value();
  if (auto failure = load_properties()) return failure;
  MetadataImage image;
  if (auto failure = load_metadata(image, was_clean)) return failure;
  use_configs_of(image);
  const NodeId first = options_.nodes.front().id;
  FoundDirectories found(environment_, random_, image, first);
  if (auto failure = found.look_through(metadata_log_.was_there())) return failure;
  for (const TopicPartition& partition : found.taken_up()) {
    image.configs[{kTopicResource, partition.topic}] =
        configs_when_taken_up(configs_.inherited(first));
  }
  const bool is_kafkas = metadata_log_.is_kafkas();
  if (is_kafkas) keep_records_of_all(image, configs_when_taken_up(configs_.inherited(first)));
  next_producer_id_ = image.next_producer_id;
  if (auto failure = load_topics(image, was_clean, found)) return failure;
  count_internal_partitions();
  if (auto failure = write_properties()) return failure;
  if (!metadata_log_.rewrite(this->image(), metadata_version_level(profile_))) {
    return environment_.full(kMetadataDirectory) + ": cannot be written";
  }
  if (is_kafkas) tell_of_kafkas(environment_, topics_);
  // Not before: a start that was refused has changed nothing of what the stop left.
  if (was_clean && !storage.remove(kCleanShutdownFile)) {
    return environment_.full(kCleanShutdownFile) + ": cannot be removed";
  }
  return std::nullopt;
}

std::optional<std::string> Cluster::load_properties() {
  const std::string path = environment_.full(kMetaPropertiesFile);
  const auto text = environment_.storage.load(kMetaPropertiesFile);
  if (!text) {
    const Storage::Listing files = environment_.storage.list("");
    const bool is_there =
        std::ranges::find(files, kMetaPropertiesFile, &Storage::Entry::name) != files.end();
    if (is_there || !files.is_whole) return path + ": cannot be read; make it readable";
    return std::nullopt;
  }
  auto read = read_meta_properties(*text);
  if (const auto* wrong = std::get_if<std::string>(&read)) {
    return path + ": " + *wrong + "; restore it, or remove it: the cluster then gets a new id";
  }
  properties_ = std::get<MetaProperties>(std::move(read));
  if (!properties_->cluster_id.empty()) options_.cluster_id = properties_->cluster_id;
  return std::nullopt;
}

// Ours name node 1. Whoever copied partitions of another broker may have copied its file as well.
std::optional<std::string> Cluster::check_properties_node() const {
  if (!properties_ || !properties_->node_id || find_node(*properties_->node_id) != nullptr) {
    return std::nullopt;
  }
  const std::string id = std::to_string(*properties_->node_id);
  return environment_.full(kMetaPropertiesFile) + ": is of node " + id +
         ", and there is no such node; correct the file, or start with as many nodes as before";
}

std::optional<std::string> Cluster::write_properties() {
  const bool is_good =
      properties_ && properties_->version == 1 && find_node(*properties_->node_id) != nullptr;
  if (is_good) return std::nullopt;
  Storage& storage = environment_.storage;
  const std::string path = environment_.full(kMetaPropertiesFile);
  MetaProperties properties = properties_.value_or(MetaProperties{});
  properties.version = 1;
  properties.node_id = options_.nodes.front().id;
  properties.cluster_id = options_.cluster_id;
  if (properties.directory_id.empty()) properties.directory_id = wire::to_string(random_.uuid());
  if (properties_) {
    environment_.report(path +
                        (properties_->version == 0
                             ? ": is of the old version 0, from the time of ZooKeeper"
                             : ": is of node " + std::to_string(*properties_->node_id) +
                                   ", which here is node " + std::to_string(*properties.node_id)) +
                        "; written again, with " +
                        (properties_->cluster_id.empty() ? "a new" : "its") + " cluster id");
  }
  if (storage.replace(kMetaPropertiesFile, write_meta_properties(properties))) {
    // Written once, and read by every start: a power cut is not to take it.
    const auto file = storage.open(kMetaPropertiesFile);
    if (file != nullptr && file->sync()) return std::nullopt;
  }
  return path + ": cannot be written";
}

std::optional<std::string> Cluster::load_metadata(MetadataImage& image, bool was_clean) {
  if (auto failure = metadata_log_.load(image, was_clean)) return failure;
  if (!metadata_log_.was_there()) return std::nullopt;
  if (metadata_log_.is_kafkas()) {
    std::vector<NodeId> nodes;
    for (const Node& node : options_.nodes) nodes.push_back(node.id);
    move_to_nodes(image, nodes, configs_.defs());
  }
  if (const auto wrong = check_metadata(image, configs_.defs())) {
    return environment_.full(kMetadataDirectory) + "/" + offset_file_name(0, kLogSuffix) + ": " +
           *wrong + "; restore the file, or remove it: topics are then found by their directories";
  }
  if (metadata_log_.is_kafkas()) return std::nullopt;
  if (auto failure = check_properties_node()) return failure;
  return check_nodes(image);
}

void Cluster::use_configs_of(const MetadataImage& image) {
  for (const auto& [resource, configs] : image.configs) {
    const auto& [type, name] = resource;
    if (type == kGroupResource) configs_.set_of_group(name, configs);
    if (type != kBrokerResource) continue;
    if (name.empty()) {
      use_broker_configs(std::nullopt, configs);
    } else {
      NodeId node = 0;
      std::from_chars(name.data(), name.data() + name.size(), node);
      if (find_node(node) != nullptr) use_broker_configs(node, configs);
    }
  }
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

std::optional<std::string> Cluster::load_topics(const MetadataImage& image, bool was_clean,
                                                const FoundDirectories& found) {
  logs_.load_checkpoints();
  bool is_behind = found.has_put_aside();  // what the checkpoints say
  RecoveryProgress progress(environment_, image);
  for (const auto& [id, stored] : image.topics) {
    const auto configs = image.configs.find({kTopicResource, stored.name});
    Topic& topic =
        make_topic(stored.name, id, configs == image.configs.end() ? ConfigMap{} : configs->second);
    bool is_taken_up = false;
    for (const auto& [index, leadership] : stored.partitions) {
      const TopicPartition name{stored.name, index};
      const bool is_taken = found.taken_up().contains(name);
      const bool is_foreign = is_taken || metadata_log_.is_kafkas();
      LoadHints hints = logs_.hints_for(name);
      hints.was_clean = was_clean;
      hints.recovered = [&](std::uint64_t bytes) { progress.add(bytes); };
      // What another broker had in its checkpoints says nothing of where gaps may be.
      if (is_foreign) hints.high_watermark.reset();
      if (auto failure = load_partition(topic, index, leadership, hints)) return failure;
      const Partition& partition = *topic.partitions.back();
      is_behind |= is_foreign || partition.recovery_point() < hints.recovery_point;
      if (is_foreign) report_findings(environment_, partition);
      if (!is_taken) continue;
      is_taken_up = true;
      // It is not known which blocks the producers had: an id that wrote a record there is never
      // given again.
      const std::int64_t highest = partition.producers().highest_producer_id();
      if (highest >= next_producer_id_) {
        next_producer_id_ = (highest / kProducerIdBlockSize + 1) * kProducerIdBlockSize;
      }
    }
    if (is_taken_up) {
      environment_.report(environment_.storage.directory() + ": " +
                          describe_taken_up(topic, found.taken_up()));
    }
  }
  // Before anything is appended in the place of what is missing. What another broker wrote is not
  // to be believed by the next start either.
  if (is_behind && !logs_.write_checkpoints()) {
    return environment_.full(kRecoveryPointFile) + ": cannot be written";
  }
  return std::nullopt;
}

std::optional<std::string> Cluster::load_partition(Topic& topic, std::int32_t index,
                                                   const Leadership& stored,
                                                   const LoadHints& hints) {
  if (index != static_cast<std::int32_t>(topic.partitions.size())) {
    return environment_.full(kMetadataDirectory) + ": says nothing of partition " +
           std::to_string(topic.partitions.size()) + " of topic " + topic.name +
           "; restore the file, or remove it";
  }
  Leadership next = stored;
  // Kafka elects again when a broker comes back; clients only need the epoch to rise.
  next.leader_epoch = next_leader_epoch(next.leader_epoch);
  ++next.partition_epoch;
  topic.partitions.push_back(make_partition(topic, index, std::move(next)));
  Partition& partition = *topic.partitions.back();
  if (auto failure = partition.load(hints)) return failure;
  if (!partition.has_directory() && hints.recovery_point > 0) {
    environment_.report(environment_.full(partition_directory(topic.name, index)) +
                        ": is missing, and with it the records up to offset " +
                        std::to_string(hints.recovery_point));
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
  for (const auto& [group, configs] : configs_.of_all_groups()) {
    image.configs[{kGroupResource, group}] = configs;
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
