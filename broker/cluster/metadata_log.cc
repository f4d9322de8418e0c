#include "broker/cluster/metadata_log.h"

#include <algorithm>
#include <span>

#include "broker/cluster/kafkas_metadata.h"
#include "broker/cluster/metadata_reader.h"
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

// What takes several batches is a transaction, as in Kafka (KIP-868): a process may be killed
// between two of them.
std::vector<std::string> whole_or_not_at_all(const std::vector<std::string>& values) {
  if (values.size() <= kRecordsPerBatch) return values;
  MetadataRecords begin;
  begin.add(wire::BeginTransactionRecord{});
  MetadataRecords end;
  end.add(wire::EndTransactionRecord{});
  std::vector<std::string> framed = begin.values();
  framed.insert(framed.end(), values.begin(), values.end());
  framed.push_back(end.values().front());
  return framed;
}

// One that cannot be listed is taken for one with files in it: reading it says what is wrong.
bool is_there(Storage& storage, const char* directory) {
  const Storage::Listing files = storage.list(directory);
  return !files.is_whole || !files.empty();
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
  const Storage::Listing files = storage.list(kMetadataDirectory);
  if (!files.is_whole) return directory + ": cannot be listed; make it readable";
  if (is_kafkas_metadata(storage, kMetadataDirectory, files)) return load_kafkas(image);
  const auto file = storage.open(log_path());
  if (file == nullptr) {
    const bool is_listed = std::ranges::find(files, offset_file_name(0, kLogSuffix),
                                             &Storage::Entry::name) != files.end();
    if (is_listed) return environment_.full(log_path()) + ": cannot be opened; make it readable";
    return is_there(storage, kKafkasDirectoryInUse) ? load_kafkas(image) : std::nullopt;
  }
  was_there_ = file->size_bytes() > 0;
  if (!was_there_) {
    environment_.report(environment_.full(log_path()) +
                        ": is empty; topics are found by their directories, without their "
                        "configurations");
  }
  if (file->size_bytes() > kLogBytesMax) return directory + ": is larger than 1 GiB";
  const auto bytes = file->read(0, file->size_bytes());
  if (!bytes) return environment_.full(log_path()) + ": cannot be read";
  return apply_all(*bytes, image, was_clean);
}

// From its own place, or from where a start that was killed has put it aside.
std::optional<std::string> MetadataLog::load_kafkas(MetadataImage& image) {
  Storage& storage = environment_.storage;
  const bool is_aside = is_there(storage, kKafkasDirectoryInUse);
  const Storage::Listing files = storage.list(kMetadataDirectory);
  const bool is_in_place = is_kafkas_metadata(storage, kMetadataDirectory, files);
  if (is_in_place && (is_aside || is_there(storage, kKafkasDirectory))) {
    return environment_.full(kMetadataDirectory) +
           ": is an Apache Kafka's metadata log, and another one was put aside already as " +
           std::string(is_aside ? kKafkasDirectoryInUse : kKafkasDirectory) +
           "; move one of them away";
  }
  is_kafkas_ = true;
  was_there_ = true;
  return read_kafkas_metadata(environment_,
                              is_in_place ? kMetadataDirectory : kKafkasDirectoryInUse, image);
}

// It keeps its bytes, under another name.
bool MetadataLog::put_kafkas_aside() {
  Storage& storage = environment_.storage;
  if (is_there(storage, kKafkasDirectoryInUse)) return true;
  return storage.rename(kMetadataDirectory, kKafkasDirectoryInUse);
}

std::optional<std::string> MetadataLog::apply_all(const wire::Slice& bytes, MetadataImage& image,
                                                  bool was_clean) {
  const std::string path = environment_.full(log_path());
  static constexpr const char* kAdvice =
      "; restore the file, or remove it: topics are then found by their directories, without their "
      "configurations (cleanup.policy, retention)";
  MetadataReader reader(image);
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
      break;
    }
    const codec::BatchView batch(left.first(size));
    if (const auto offset = reader.apply(batch)) {
      return path + ": the record at offset " + std::to_string(*offset) + " cannot be read" +
             kAdvice;
    }
    end_offset_ = batch.next_offset();
    at += size;
  }
  reader.end();
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
  if (is_kafkas_ && !put_kafkas_aside()) return false;
  if (!environment_.storage.replace(log_path(), bytes)) return false;
  if (is_kafkas_ && !environment_.storage.rename(kKafkasDirectoryInUse, kKafkasDirectory)) {
    return false;
  }
  is_kafkas_ = false;
  is_own_ = true;
  end_offset_ = static_cast<std::int64_t>(records.values().size());
  file_ = environment_.storage.open(log_path());
  is_doubtful_ = false;
  return file_ != nullptr && sync();
}

bool MetadataLog::append(const MetadataRecords& records) {
  if (records.empty()) return true;
  if (!open_own()) return false;
  const std::vector<std::string> values = whole_or_not_at_all(records.values());
  const std::string bytes = batches_of(values, end_offset_, environment_.clock.wall_ms());
  if (!file_->append(wire::Slice::copy_of(bytes))) return false;
  is_own_ = true;
  end_offset_ += static_cast<std::int64_t>(values.size());
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
