#include "broker/cluster/metadata_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace understudy::broker {
namespace {

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
          image_.removed_topics.insert(topic->first);
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
        return true;  // says nothing that this broker stores
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
      leadership.leader_epoch = next_leader_epoch(leadership.leader_epoch);
    }
    ++leadership.partition_epoch;
  }

  MetadataImage& image_;
  wire::Version version_;
  wire::Slice bytes_;
};

}  // namespace

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

std::optional<std::int64_t> MetadataReader::apply(const codec::BatchView& batch) {
  if (batch.is_control()) return std::nullopt;
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    std::string_view value = record->value.value_or("");
    const auto frame_version = take_varint(value);
    const auto key = take_varint(value);
    const auto version = take_varint(value);
    const bool is_framed = frame_version && key && version;
    if (!is_framed) return record->offset;
    if (change_transaction(static_cast<std::int16_t>(*key))) continue;
    if (!Applier(image_, static_cast<wire::Version>(*version), value)
             .apply(static_cast<std::int16_t>(*key))) {
      return record->offset;
    }
  }
  if (!reader.verdict().ok()) return batch.base_offset();
  return std::nullopt;
}

bool MetadataReader::change_transaction(std::int16_t key) {
  switch (key) {
    case wire::BeginTransactionRecord::wire_message.key:
      before_transaction_ = image_;
      return true;
    case wire::EndTransactionRecord::wire_message.key:
      before_transaction_.reset();
      return true;
    case wire::AbortTransactionRecord::wire_message.key:
      end();
      return true;
    default:
      return false;
  }
}

void MetadataReader::end() {
  if (before_transaction_) image_ = *std::move(before_transaction_);
  before_transaction_.reset();
}

}  // namespace understudy::broker
