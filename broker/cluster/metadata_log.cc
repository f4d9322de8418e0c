#include "broker/cluster/metadata_log.h"

#include <algorithm>
#include <span>

#include "broker/log/files.h"
#include "codec/record.h"

namespace understudy::broker {
namespace {

// Only Kafka's own quorum counts epochs here; a log without a quorum is in its first one.
constexpr std::int32_t kLeaderEpoch = 1;
constexpr std::size_t kRecordsPerBatch = 1000;
constexpr std::int64_t kLogBytesMax = 1LL << 30;

std::string log_path() {
  return std::string(kMetadataDirectory) + "/" + offset_file_name(0, kLogSuffix);
}

void add_varint(std::string& bytes, std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

std::optional<std::uint32_t> take_varint(std::string_view& bytes) {
  std::uint32_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (bytes.empty()) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

// One record on its way into the image; false if it is not what it says it is.
class Applier {
 public:
  Applier(MetadataImage& image, wire::Version version, std::string_view message)
      : image_(image), version_(version), bytes_(wire::Slice::copy_of(message)) {}

  bool apply(std::int16_t key) {
    switch (key) {
      case wire::TopicRecord::wire_message.key:
        return take<wire::TopicRecord>(
            [&](const auto& record) { image_.topics[record.topic_id].name = record.name; });
      case wire::PartitionRecord::wire_message.key:
        return take<wire::PartitionRecord>([&](const auto& record) {
          image_.topics[record.topic_id].partitions[record.partition_id] = {
              .replicas = record.replicas,
              .isr = record.isr,
              .leader = record.leader,
              .leader_epoch = record.leader_epoch,
              .partition_epoch = record.partition_epoch};
        });
      case wire::PartitionChangeRecord::wire_message.key:
        return take<wire::PartitionChangeRecord>([&](const auto& record) { change(record); });
      case wire::RemoveTopicRecord::wire_message.key:
        return take<wire::RemoveTopicRecord>([&](const auto& record) {
          const auto topic = image_.topics.find(record.topic_id);
          if (topic == image_.topics.end()) return;
          image_.configs.erase({kTopicResource, topic->second.name});
          image_.topics.erase(topic);
        });
      case wire::ConfigRecord::wire_message.key:
        return take<wire::ConfigRecord>([&](const auto& record) {
          ConfigMap& configs = image_.configs[{record.resource_type, record.resource_name}];
          if (record.value) {
            configs[record.name] = *record.value;
          } else {
            configs.erase(record.name);
          }
        });
      case wire::ProducerIdsRecord::wire_message.key:
        return take<wire::ProducerIdsRecord>([&](const auto& record) {
          image_.next_producer_id = std::max(image_.next_producer_id, record.next_producer_id);
        });
      default:
        return true;  // says nothing that this broker keeps
    }
  }

 private:
  template <class Record, class Use>
  bool take(const Use& use) {
    Record record;
    wire::DecodeError error;
    if (!wire::decode(record, version_, bytes_, error)) return false;
    use(record);
    return true;
  }

  void change(const wire::PartitionChangeRecord& record) {
    static constexpr std::int32_t kNoLeaderChange = -2;
    const auto topic = image_.topics.find(record.topic_id);
    if (topic == image_.topics.end()) return;
    Leadership& leadership = topic->second.partitions[record.partition_id];
    if (record.isr) leadership.isr = *record.isr;
    if (record.replicas) leadership.replicas = *record.replicas;
    if (record.leader != kNoLeaderChange) {
      leadership.leader = record.leader;
      ++leadership.leader_epoch;
    }
    ++leadership.partition_epoch;
  }

  MetadataImage& image_;
  wire::Version version_;
  wire::Slice bytes_;
};

// Of the batch that begins here; 0 if there is none that is whole and right.
std::size_t sound_batch_size(codec::ByteView bytes) {
  if (bytes.size() < codec::kBatchHeaderSize) return 0;
  const std::int64_t length = codec::detail::load<std::int32_t>(bytes.data() + 8);
  if (length < static_cast<std::int64_t>(codec::kBatchHeaderSize - codec::kLogOverhead)) return 0;
  const auto size = codec::kLogOverhead + static_cast<std::size_t>(length);
  if (size > bytes.size()) return 0;
  const codec::BatchView batch(bytes.first(size));
  return batch.magic() == codec::kMagic && batch.has_valid_crc() ? size : 0;
}

bool holds_sound_batch(codec::ByteView bytes) {
  for (; bytes.size() >= codec::kBatchHeaderSize; bytes = bytes.subspan(1)) {
    if (sound_batch_size(bytes) != 0) return true;
  }
  return false;
}

// The offset of the first record that is not one of metadata; nothing if all are.
std::optional<std::int64_t> apply_batch(const codec::BatchView& batch, MetadataImage& image) {
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    std::string_view value = record->value.value_or("");
    const auto frame_version = take_varint(value);
    const auto key = take_varint(value);
    const auto version = take_varint(value);
    const bool is_framed = frame_version && key && version;
    if (!is_framed || !Applier(image, static_cast<wire::Version>(*version), value)
                           .apply(static_cast<std::int16_t>(*key))) {
      return record->offset;
    }
  }
  if (!reader.verdict().ok()) return batch.base_offset();
  return std::nullopt;
}

std::string batch_of(std::span<const std::string> values, std::int64_t base_offset,
                     std::int64_t now_ms) {
  codec::RecordBatchBuilder builder(
      {.base_offset = base_offset, .partition_leader_epoch = kLeaderEpoch});
  for (const std::string& value : values) builder.add({.timestamp = now_ms, .value = value});
  return std::string(builder.build_slice().view());
}

std::string batches_of(const std::vector<std::string>& values, std::int64_t base_offset,
                       std::int64_t now_ms) {
  std::string bytes;
  const std::span<const std::string> all(values);
  for (std::size_t at = 0; at < all.size(); at += kRecordsPerBatch) {
    const auto part = all.subspan(at, std::min(kRecordsPerBatch, all.size() - at));
    bytes += batch_of(part, base_offset + static_cast<std::int64_t>(at), now_ms);
  }
  return bytes;
}

}  // namespace

std::string MetadataRecords::frame(std::int16_t key, wire::Version version,
                                   const wire::Slice& message) {
  static constexpr std::uint32_t kFrameVersion = 1;
  std::string value;
  add_varint(value, kFrameVersion);
  add_varint(value, static_cast<std::uint32_t>(key));
  add_varint(value, static_cast<std::uint32_t>(version));
  value += message.view();
  return value;
}

void MetadataRecords::add_config_changes(std::int8_t type, const std::string& name,
                                         const ConfigMap& before, const ConfigMap& after) {
  const auto add_change = [&](const std::string& config, std::optional<std::string> value) {
    add(wire::ConfigRecord{
        .resource_type = type, .resource_name = name, .name = config, .value = std::move(value)});
  };
  for (const auto& [config, value] : after) {
    const auto old = before.find(config);
    if (old == before.end() || old->second != value) add_change(config, value);
  }
  for (const auto& [config, value] : before) {
    if (!after.contains(config)) add_change(config, std::nullopt);
  }
}

void MetadataRecords::add_partition(const wire::Uuid& topic_id, std::int32_t index,
                                    const Leadership& leadership) {
  add(wire::PartitionRecord{.partition_id = index,
                            .topic_id = topic_id,
                            .replicas = leadership.replicas,
                            .isr = leadership.isr,
                            .leader = leadership.leader,
                            .leader_epoch = leadership.leader_epoch,
                            .partition_epoch = leadership.partition_epoch});
}

std::optional<std::string> MetadataLog::load(MetadataImage& image, bool was_clean) {
  Storage& storage = environment_.storage;
  const std::string directory = environment_.full(kMetadataDirectory);
  if (storage.load(std::string(kMetadataDirectory) + "/quorum-state")) {
    return directory +
           ": belongs to a quorum of Apache Kafka; copy its partitions' directories alone into an "
           "empty directory and start there";
  }
  const auto file = storage.open(log_path());
  if (file == nullptr) return std::nullopt;
  if (file->size_bytes() == 0) {
    environment_.report(environment_.full(log_path()) +
                        ": is empty; topics are found by their directories, without their "
                        "configurations");
  }
  if (file->size_bytes() > kLogBytesMax) return directory + ": is larger than 1 GiB";
  const auto bytes = file->read(0, file->size_bytes());
  if (!bytes) return environment_.full(log_path()) + ": cannot be read";
  return apply_all(*bytes, image, was_clean);
}

std::optional<std::string> MetadataLog::apply_all(const wire::Slice& bytes, MetadataImage& image,
                                                  bool was_clean) {
  const std::string path = environment_.full(log_path());
  static constexpr const char* kAdvice =
      "; restore the file, or remove it: topics are then found by their directories, without their "
      "configurations (cleanup.policy, retention)";
  std::size_t at = 0;
  while (at < bytes.size()) {
    const codec::ByteView left(bytes.data() + at, bytes.size() - at);
    // What the checksum does not cover is checked as well: this log has no gaps and one epoch.
    std::size_t size = sound_batch_size(left);
    if (size != 0) {
      const codec::BatchView batch(left.first(size));
      const bool follows =
          batch.base_offset() == end_offset_ && batch.partition_leader_epoch() == kLeaderEpoch;
      if (!follows) size = 0;
    }
    if (size == 0) {
      // The first batch is never torn: a start writes it by a replacement.
      if (was_clean || at == 0 || holds_sound_batch(left.subspan(1))) {
        return path + ": damaged at byte " + std::to_string(at) + kAdvice;
      }
      environment_.report(path + ": the last change was not written whole; " +
                          std::to_string(left.size()) + " bytes at byte " + std::to_string(at) +
                          " are dropped");
      return std::nullopt;
    }
    const codec::BatchView batch(left.first(size));
    if (!batch.is_control()) {
      if (const auto offset = apply_batch(batch, image)) {
        return path + ": the record at offset " + std::to_string(*offset) + " cannot be read" +
               kAdvice;
      }
    }
    end_offset_ = batch.next_offset();
    at += size;
  }
  return std::nullopt;
}

bool MetadataLog::rewrite(const MetadataImage& image, std::int16_t metadata_version) {
  MetadataRecords records;
  records.add(
      wire::FeatureLevelRecord{.name = "metadata.version", .feature_level = metadata_version});
  for (const auto& [id, topic] : image.topics) {
    records.add(wire::TopicRecord{.name = topic.name, .topic_id = id});
    for (const auto& [index, leadership] : topic.partitions) {
      records.add_partition(id, index, leadership);
    }
  }
  for (const auto& [resource, configs] : image.configs) {
    records.add_config_changes(resource.first, resource.second, {}, configs);
  }
  records.add(wire::ProducerIdsRecord{.broker_id = 1, .next_producer_id = image.next_producer_id});
  file_.reset();
  const std::string bytes = batches_of(records.values(), 0, environment_.clock.wall_ms());
  if (!environment_.storage.replace(log_path(), bytes)) return false;
  is_own_ = true;
  end_offset_ = static_cast<std::int64_t>(records.values().size());
  file_ = environment_.storage.open(log_path());
  is_doubtful_ = false;
  return file_ != nullptr && sync();
}

bool MetadataLog::append(const MetadataRecords& records) {
  if (records.empty()) return true;
  if (!open_own()) return false;
  const std::string bytes = batches_of(records.values(), end_offset_, environment_.clock.wall_ms());
  if (!file_->append(wire::Slice::copy_of(bytes))) return false;
  is_own_ = true;
  end_offset_ += static_cast<std::int64_t>(records.values().size());
  if (environment_.storage.is_synced()) return sync();
  // Nobody waits for it, but what a cluster consists of is not left to the page cache for long.
  file_->sync_later([this](bool succeeded) { is_doubtful_ = is_doubtful_ || !succeeded; });
  return true;
}

bool MetadataLog::open_own() {
  if (file_ != nullptr) return true;
  file_ = environment_.storage.open(log_path());
  if (is_own_) return file_ != nullptr;
  if (file_ != nullptr) {
    file_.reset();
    environment_.report(environment_.full(log_path()) +
                        ": was not read to its end by this start; nothing is appended to it");
    return false;
  }
  file_ = environment_.storage.create(log_path());
  return file_ != nullptr;
}

bool MetadataLog::sync() {
  if (file_ == nullptr) return true;
  if (is_doubtful_ && !write_doubtful_again()) return false;
  is_doubtful_ = !file_->sync();
  return !is_doubtful_;
}

// After a failure the machine takes for written what it is not: a later change would be safe, and
// what lies before it lost, and so both. No sync of a file that is open is believed any more.
bool MetadataLog::write_doubtful_again() {
  file_.reset();
  file_ = environment_.storage.open(log_path());
  return file_ != nullptr && file_->write_again(0);
}

}  // namespace understudy::broker
