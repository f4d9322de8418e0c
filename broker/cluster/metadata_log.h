// Topics, configurations and producer id blocks on the disk: a log of Kafka's own metadata records,
// as a KRaft controller writes it (TopicRecord, PartitionRecord, ConfigRecord and similar ones).
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/cluster/config_def.h"
#include "broker/log/environment.h"
#include "broker/log/partition.h"
#include "wire/engine.h"
#include "wire/messages/metadata_records.h"

namespace understudy::broker {

// ConfigResource.Type.
inline constexpr std::int8_t kTopicResource = 2;
inline constexpr std::int8_t kBrokerResource = 4;
inline constexpr std::int8_t kGroupResource = 32;

// What a metadata log amounts to.
struct MetadataImage {
  struct Topic {
    std::string name;
    std::map<std::int32_t, Leadership> partitions;
  };
  std::map<wire::Uuid, Topic> topics;
  // Deleted since the log was last rewritten: their directories may still be there.
  std::set<wire::Uuid> removed_topics;
  // By resource type and name; the name of the cluster-wide broker configuration is empty.
  std::map<std::pair<std::int8_t, std::string>, ConfigMap> configs;
  std::int64_t next_producer_id = 0;
};

// Records on their way into the log.
class MetadataRecords {
 public:
  template <class Record>
  void add(const Record& record, wire::Version version = 0) {
    values_.push_back(
        frame(Record::wire_message.key, version, wire::encode(record, version).joined()));
  }
  // What has changed between two sets of configurations of one resource.
  void add_config_changes(std::int8_t type, const std::string& name, const ConfigMap& before,
                          const ConfigMap& after);
  void add_partition(const wire::Uuid& topic_id, std::int32_t index, const Leadership& leadership);
  const std::vector<std::string>& values() const { return values_; }
  bool empty() const { return values_.empty(); }

 private:
  static std::string frame(std::int16_t key, wire::Version version, const wire::Slice& message);

  std::vector<std::string> values_;
};

class MetadataLog {
 public:
  explicit MetadataLog(const LogEnvironment& environment) : environment_(environment) {}

  // Reads what is there. After a crash a last batch that is not whole is dropped: its writer was
  // killed before it was answered. Why the log cannot be used, in a sentence that says what
  // to do.
  std::optional<std::string> load(MetadataImage& image, bool was_clean);
  // Whether load() found one that says something.
  bool was_there() const { return was_there_; }
  // Whether it is an Apache Kafka's, which is put aside when the first rewrite takes its place. Its
  // nodes are that cluster's.
  bool is_kafkas() const { return is_kafkas_; }

  // Writes the file again, with just this image: what was changed long ago is not read again.
  [[nodiscard]] bool rewrite(const MetadataImage& image, std::int16_t metadata_version);

  // All records or none. False: the storage refused, or the file is of an earlier start and was not
  // rewritten by this one: nobody knows where its last record lies.
  [[nodiscard]] bool append(const MetadataRecords& records);
  // Of its last record; the first one's while there is none.
  std::int64_t last_offset() const { return std::max<std::int64_t>(end_offset_ - 1, 0); }
  // Everything would survive a power cut.
  [[nodiscard]] bool sync();

 private:
  std::optional<std::string> load_kafkas(MetadataImage& image);
  [[nodiscard]] bool put_kafkas_aside();
  std::optional<std::string> apply_all(const wire::Slice& bytes, MetadataImage& image,
                                       bool was_clean);
  [[nodiscard]] bool open_own();
  [[nodiscard]] bool write_doubtful_again();

  const LogEnvironment& environment_;
  std::unique_ptr<File> file_;  // null before the first change
  bool was_there_ = false;
  bool is_kafkas_ = false;
  bool is_own_ = false;  // this start has written all that is in the file
  std::int64_t end_offset_ = 0;
  bool is_doubtful_ = false;  // a sync failed
};

}  // namespace understudy::broker
