#include "broker/cluster/found_directories.h"

#include <algorithm>
#include <utility>

#include "broker/base/counted.h"
#include "broker/cluster/topic_names.h"
#include "broker/log/put_aside.h"

namespace understudy::broker {
namespace {

// Partitions below a directory's number that have no directory begin empty. So many are believed;
// a name with a huge number is not.
constexpr std::int64_t kMissingPartitionsMax = 10'000;

}  // namespace

std::optional<std::string> FoundDirectories::look_through(bool has_metadata) {
  if (Failure failure = find()) return failure;
  for (const auto& [id, topic] : image_.topics) ids_.emplace(topic.name, id);
  std::map<std::string, std::vector<Found>> by_topic;
  for (const Found& found : found_) {
    if (has_metadata) {
      if (Failure failure = compare_with_metadata(found)) return failure;
    } else {
      by_topic[found.partition.topic].push_back(found);
    }
  }
  for (auto& [topic, directories] : by_topic) {
    std::ranges::sort(directories, {}, &Found::partition);
    if (Failure failure = take_up(topic, directories)) return failure;
  }
  return std::nullopt;
}

// What Kafka would refuse to start with, a name that is no partition's, is left alone.
FoundDirectories::Failure FoundDirectories::find() {
  Storage& storage = environment_.storage;
  const Storage::Listing listing = storage.list("");
  if (!listing.is_whole) return storage.directory() + ": cannot be listed; make it readable";
  for (const Storage::Entry& entry : listing) {
    const bool is_metadata = entry.name == kMetadataDirectory ||
                             entry.name.starts_with(std::string(kMetadataDirectory) + ".");
    if (!entry.is_directory || is_metadata) continue;
    if (is_set_aside_directory(entry.name, kDeleteDirectorySuffix)) {
      static_cast<void>(storage.remove(entry.name));
      continue;
    }
    if (is_set_aside_directory(entry.name, kStrayDirectorySuffix)) continue;
    const auto partition = partition_in_directory_name(entry.name);
    if (!partition || invalid_topic_name(partition->topic) || partition->topic == kMetadataTopic) {
      tell_of_records(entry.name);
    } else if (Failure failure = add(entry.name, *partition)) {
      return failure;
    }
  }
  return std::nullopt;
}

FoundDirectories::Failure FoundDirectories::add(const std::string& name,
                                                const TopicPartition& partition) {
  Found found{.partition = partition, .name = name, .topic_id = {}};
  found.topic_id = topic_id_of(environment_.storage, name);
  if (!found.topic_id) {
    const Storage::Listing files = environment_.storage.list(name);
    if (!files.is_whole) {
      return environment_.full(name) +
             ": cannot be listed; make it readable, or move it away to start without its records";
    }
    found.is_empty = files.empty();
    found.has_damaged_id =
        std::ranges::find(files, kPartitionMetadataFile, &Storage::Entry::name) != files.end();
  }
  found_.push_back(std::move(found));
  return std::nullopt;
}

// Not of the many other directories that a disk may have.
void FoundDirectories::tell_of_records(const std::string& name) const {
  const Storage::Listing files = environment_.storage.list(name);
  const bool has_records = std::ranges::any_of(files, [](const Storage::Entry& file) {
    return offset_in_file_name(file.name, kLogSuffix).has_value();
  });
  if (!has_records) return;
  const bool is_future = is_set_aside_directory(name, kFutureDirectorySuffix);
  environment_.report(environment_.full(name) +
                      (is_future ? ": a copy of a partition that Kafka had not finished"
                                 : ": holds records, but its name is no partition's") +
                      "; not loaded");
}

FoundDirectories::Failure FoundDirectories::compare_with_metadata(const Found& found) {
  const std::string& name = found.partition.topic;
  const auto id = ids_.find(name);
  const auto topic = id == ids_.end() ? image_.topics.end() : image_.topics.find(id->second);
  const bool is_known = topic != image_.topics.end();
  const bool is_other = is_known && found.topic_id && *found.topic_id != topic->first;
  if ((!is_known || is_other) && found.topic_id &&
      image_.removed_topics.contains(*found.topic_id)) {
    return finish_deletion(found);
  }
  const bool is_owned = is_known && topic->second.partitions.contains(found.partition.partition);
  if (!is_owned && found.is_empty) {
    // Of a deletion or a creation that a power cut has ended: there is nothing to put aside.
    static_cast<void>(environment_.storage.remove(found.name));
    return std::nullopt;
  }
  if (!is_known) return put_aside(found, "the metadata log has no topic " + name);
  if (is_other) return put_aside(found, "topic " + name + " has another topic id");
  if (!is_owned) {
    return put_aside(found,
                     "topic " + name + " has " +
                         counted(topic->second.partitions.size(), "partition", "partitions"));
  }
  // It is made before the first record, and a process may be killed before.
  if (found.topic_id || found.is_empty) return std::nullopt;
  if (!found.has_damaged_id)
    return put_aside(found, std::string("has no ") + kPartitionMetadataFile);
  environment_.report(environment_.full(found.name + "/" + kPartitionMetadataFile) +
                      ": damaged; written again");
  return write_id(found, topic->first);
}

// The deletion is in force since its record was written; whoever did the rest was killed.
FoundDirectories::Failure FoundDirectories::finish_deletion(const Found& found) {
  const std::string deleted =
      set_aside_directory(found.partition, *found.topic_id, kDeleteDirectorySuffix);
  if (!environment_.storage.rename(found.name, deleted)) {
    return environment_.full(found.name) +
           ": is of a deleted topic, and cannot be renamed; remove it";
  }
  has_put_aside_ = true;
  static_cast<void>(environment_.storage.remove(deleted));
  return std::nullopt;
}

FoundDirectories::Failure FoundDirectories::put_aside(const Found& found, const std::string& why) {
  const std::string path = environment_.full(found.name);
  const auto aside = broker::put_aside(environment_.storage, found.partition);
  if (!aside) return path + ": " + why + ", and it cannot be put aside; move it away";
  has_put_aside_ = true;
  environment_.report(path + ": " + why + "; put aside as " + *aside +
                      ". To serve its records, move it to an empty directory, as " + found.name +
                      ", and start there");
  return std::nullopt;
}

FoundDirectories::Failure FoundDirectories::write_id(const Found& found, const wire::Uuid& id) {
  const std::string path = found.name + "/" + kPartitionMetadataFile;
  if (environment_.storage.replace(path, write_partition_metadata(id))) {
    // The records may be on the disk already: without it, the next start would put them aside.
    const auto file = environment_.storage.open(path);
    if (file != nullptr && file->sync()) return std::nullopt;
  }
  return environment_.full(path) + ": cannot be written";
}

FoundDirectories::Failure FoundDirectories::take_up(const std::string& topic,
                                                    const std::vector<Found>& directories) {
  const auto with_id = std::ranges::find_if(
      directories, [](const Found& found) { return found.topic_id.has_value(); });
  const auto written = with_id == directories.end() ? std::nullopt : with_id->topic_id;
  const wire::Uuid id = id_for(topic, written);
  std::map<std::int32_t, Leadership> partitions;
  for (const Found& found : directories) {
    const std::int32_t index = found.partition.partition;
    const auto missing = index - static_cast<std::int64_t>(partitions.size());
    std::string why_not;
    if (found.topic_id && found.topic_id != written) {
      why_not = "has another topic id than " + with_id->name;
    } else if (missing > kMissingPartitionsMax) {
      why_not = "too many partitions below it have no directory";
    }
    Failure failure = !why_not.empty()       ? put_aside(found, why_not)
                      : found.topic_id == id ? std::nullopt
                                             : write_id(found, id);
    if (failure) return failure;
    if (!why_not.empty()) continue;
    for (auto next = static_cast<std::int32_t>(partitions.size()); next <= index; ++next) {
      partitions[next] = {.replicas = {node_}, .isr = {node_}, .leader = node_};
    }
    partitions[index].leader_epoch = leader_epoch_of(found);
    taken_up_.insert(found.partition);
  }
  if (!partitions.empty()) {
    image_.topics[id] = {.name = topic, .partitions = std::move(partitions)};
  }
  return std::nullopt;
}

// The one in its directories, unless another topic has it as well.
wire::Uuid FoundDirectories::id_for(const std::string& topic,
                                    const std::optional<wire::Uuid>& written) {
  if (!written) return random_.uuid();
  const auto owner = image_.topics.find(*written);
  if (owner == image_.topics.end()) return *written;
  environment_.report(environment_.storage.directory() + ": topic " + topic +
                      " has the topic id of " + owner->second.name +
                      ", as copies of its directories have; it gets an id of its own");
  return random_.uuid();
}

// A log with epochs of its own goes on above them.
std::int32_t FoundDirectories::leader_epoch_of(const Found& found) const {
  const auto epochs = environment_.storage.load(found.name + "/" + kLeaderEpochFile);
  const auto entries = epochs ? read_leader_epochs(*epochs) : std::nullopt;
  return entries && !entries->empty() ? entries->back().epoch : 0;
}

}  // namespace understudy::broker
