// What a start finds in the data directory: whose partition's each directory is, and what becomes
// of those that are nobody's (Kafka's LogManager.loadLog and isStrayKraftReplica).
//
// Where there was a metadata log it says which partitions there are. What it does not know is put
// aside; what it says was deleted is deleted now. Without one, as in a directory into which
// partitions of another broker were copied, the directories themselves become topics: they are
// taken up, which Kafka never does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/random.h"
#include "broker/cluster/metadata_log.h"
#include "broker/log/environment.h"
#include "broker/log/files.h"

namespace understudy::broker {

class FoundDirectories {
 public:
  // Topics are added to `image` where there was no metadata log; `node` then leads them.
  FoundDirectories(const LogEnvironment& environment, Random& random, MetadataImage& image,
                   NodeId node)
      : environment_(environment), random_(random), image_(image), node_(node) {}

  // Why the cluster cannot start, in a sentence that says what to do; nothing if all is well.
  std::optional<std::string> look_through(bool has_metadata);

  // The partitions whose directories were taken up.
  const std::set<TopicPartition>& taken_up() const { return taken_up_; }
  // Of a partition that there may be again: what checkpoints say of it is no longer so.
  bool has_put_aside() const { return has_put_aside_; }

 private:
  using Failure = std::optional<std::string>;
  struct Found {
    TopicPartition partition;
    std::string name;
    std::optional<wire::Uuid> topic_id;
    bool has_damaged_id = false;
    bool is_empty = false;
  };

  Failure find();
  Failure add(const std::string& name, const TopicPartition& partition);
  void tell_of_records(const std::string& name) const;

  Failure compare_with_metadata(const Found& found);
  Failure finish_deletion(const Found& found);
  Failure put_aside(const Found& found, const std::string& why);
  Failure write_id(const Found& found, const wire::Uuid& id);

  Failure take_up(const std::string& topic, const std::vector<Found>& directories);
  wire::Uuid id_for(const std::string& topic, const std::optional<wire::Uuid>& written);
  std::int32_t leader_epoch_of(const Found& found) const;

  const LogEnvironment& environment_;
  Random& random_;
  MetadataImage& image_;
  const NodeId node_;
  std::vector<Found> found_;
  std::map<std::string, wire::Uuid, std::less<>> ids_;  // of the metadata's topics
  std::set<TopicPartition> taken_up_;
  bool has_put_aside_ = false;
};

}  // namespace understudy::broker
