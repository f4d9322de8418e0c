#include "broker/cluster/kafkas_metadata.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "broker/cluster/metadata_reader.h"
#include "broker/log/files.h"

namespace understudy::broker {
namespace {

using Failure = std::optional<std::string>;

constexpr std::string_view kSnapshotFileSuffix = ".checkpoint";
constexpr const char* kAdvice =
    "; copy the directories of its partitions alone into an empty directory and start there: their "
    "topics then begin without configurations";

// "00000000000000000042-0000000003.checkpoint" holds what lies before offset 42.
std::optional<std::int64_t> offset_of_snapshot(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (!name.ends_with(kSnapshotFileSuffix) || dash == std::string_view::npos) return std::nullopt;
  return offset_in_file_name(name.substr(0, dash), "");
}

class Reading {
 public:
  Reading(const LogEnvironment& environment, std::string directory, MetadataImage& image)
      : environment_(environment), directory_(std::move(directory)), reader_(image) {}

  Failure read() {
    const Storage::Listing files = environment_.storage.list(directory_);
    if (!files.is_whole) return environment_.full(directory_) + ": cannot be listed";
    if (Failure failure = read_snapshot(files)) return failure;
    std::vector<std::int64_t> bases;
    for (const Storage::Entry& file : files) {
      if (const auto base = offset_in_file_name(file.name, kLogSuffix)) bases.push_back(*base);
    }
    for (const std::int64_t base : bases) {
      const std::string name = offset_file_name(base, kLogSuffix);
      if (base > next_offset_) {
        return path(name) + ": begins behind what comes before it" + kAdvice;
      }
      if (Failure failure = apply_file(name, base == bases.back())) return failure;
    }
    reader_.end();
    if (next_offset_ > 0) return std::nullopt;
    return environment_.full(directory_) +
           ": is an Apache Kafka's metadata log without any record" + kAdvice;
  }

 private:
  std::string path(const std::string& name) const {
    return environment_.full(directory_ + "/" + name);
  }

  Failure read_snapshot(const Storage::Listing& files) {
    std::string newest;
    std::int64_t end_offset = -1;
    for (const Storage::Entry& file : files) {
      const auto offset = offset_of_snapshot(file.name);
      if (!offset || *offset < end_offset) continue;
      newest = file.name;
      end_offset = *offset;
    }
    if (newest.empty()) return std::nullopt;
    Failure failure = apply_file(newest, false);
    next_offset_ = end_offset;
    return failure;
  }

  // The last file may end in a batch whose writer was killed.
  Failure apply_file(const std::string& name, bool is_last) {
    const auto bytes = environment_.storage.load(directory_ + "/" + name);
    if (!bytes) return path(name) + ": cannot be read";
    const bool is_snapshot = name.ends_with(kSnapshotFileSuffix);
    codec::ByteView left(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
    while (!left.empty()) {
      const std::size_t size = sound_batch_size(left);
      if (size == 0) {
        if (is_last && !holds_sound_batch(left)) return std::nullopt;
        return path(name) + ": damaged at byte " + std::to_string(bytes->size() - left.size()) +
               kAdvice;
      }
      const codec::BatchView batch(left.first(size));
      left = left.subspan(size);
      if (!is_snapshot && batch.next_offset() <= next_offset_) continue;
      if (const auto offset = reader_.apply(batch)) {
        return path(name) + ": the record at offset " + std::to_string(*offset) +
               " cannot be read" + kAdvice;
      }
      if (!is_snapshot) next_offset_ = batch.next_offset();
    }
    return std::nullopt;
  }

  const LogEnvironment& environment_;
  const std::string directory_;
  MetadataReader reader_;
  std::int64_t next_offset_ = 0;
};

bool is_among(const std::vector<NodeId>& nodes, NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

Leadership moved(const Leadership& stored, const std::vector<NodeId>& nodes) {
  Leadership here{.leader_epoch = std::max(stored.leader_epoch, 0),
                  .partition_epoch = std::max(stored.partition_epoch, 0)};
  for (const NodeId node : stored.replicas) {
    if (is_among(nodes, node) && !is_among(here.replicas, node)) here.replicas.push_back(node);
  }
  if (here.replicas.empty()) here.replicas.push_back(nodes.front());
  // A directory holds one copy of each partition, and so all have it.
  here.isr = here.replicas;
  here.leader = is_among(here.replicas, stored.leader) ? stored.leader : here.replicas.front();
  return here;
}

}  // namespace

bool is_kafkas_metadata(Storage& storage, const std::string& directory,
                        const Storage::Listing& files) {
  for (const Storage::Entry& file : files) {
    if (file.name == "quorum-state" || file.name.ends_with(kSnapshotFileSuffix)) return true;
  }
  const auto log = storage.open(directory + "/" + offset_file_name(0, kLogSuffix));
  if (log == nullptr || log->size_bytes() < codec::kBatchHeaderSize) return false;
  const auto head = log->read(0, codec::kBatchHeaderSize);
  return head && codec::BatchView(codec::view_of(*head)).magic() == codec::kMagic &&
         codec::BatchView(codec::view_of(*head)).is_control();
}

std::optional<std::string> read_kafkas_metadata(const LogEnvironment& environment,
                                                const std::string& directory,
                                                MetadataImage& image) {
  return Reading(environment, directory, image).read();
}

void move_to_nodes(MetadataImage& image, const std::vector<NodeId>& nodes, const ConfigDefs& defs) {
  image.removed_topics.clear();
  for (auto& [id, topic] : image.topics) {
    for (auto& [index, leadership] : topic.partitions) leadership = moved(leadership, nodes);
  }
  std::set<std::string_view> inherited;
  for (const TopicConfigDef& def : defs.topic()) {
    for (const BrokerSynonym& synonym : def.broker_synonyms()) inherited.insert(synonym.name);
  }
  for (auto& [resource, configs] : image.configs) {
    if (resource.first == kTopicResource) continue;
    if (resource.first == kGroupResource) {
      std::erase_if(configs, [&](const auto& config) {
        const ConfigDef* const def = defs.find_group(config.first);
        return def == nullptr || !def->is_heeded();
      });
      continue;
    }
    std::erase_if(configs, [&](const auto& config) { return !inherited.contains(config.first); });
  }
  std::erase_if(image.configs, [](const auto& entry) {
    const std::int8_t type = entry.first.first;
    if (type == kTopicResource) return false;
    return (type != kBrokerResource && type != kGroupResource) || entry.second.empty();
  });
}

}  // namespace understudy::broker
