#include "simulation/checks/sent_items.h"

#include "codec/record.h"
#include "wire/messages/produce.h"

namespace understudy::simulation {
namespace {

SentBatch sent_batch(const wire::Slice& bytes) {
  const codec::BatchView batch(codec::view_of(bytes));
  return {.sequences = {.producer_id = batch.producer_id(),
                        .epoch = batch.producer_epoch(),
                        .first = batch.base_sequence(),
                        .last = batch.last_sequence()},
          .record_count = batch.record_count(),
          .max_timestamp = batch.max_timestamp(),
          .bytes = bytes,
          .names = names_in(batch)};
}

Circumstances circumstances_of(const Scene& scene, Slot slot, NodeId node) {
  const broker::PartitionView at = scene.partition(slot);
  const bool fails_syncs = scene.is_fsync() && scene.disk.fails_syncs();
  return {.is_leader = at.leader == node,
          .is_offline = at.is_offline,
          .is_disk_failing = scene.disk.is_full() || fails_syncs};
}

}  // namespace

std::vector<Name> names_in(const codec::BatchView& batch) {
  std::vector<Name> names;
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    const auto name = support::name_of(record->key.value_or(""), record->value.value_or(""));
    names.push_back(name.value_or(Name{-1, -1, -1}));
  }
  return names;
}

SentItems items_of(const Request& request, const Scene& scene) {
  SentItems items;
  wire::ProduceRequest produce;
  wire::DecodeError error;
  if (request.key != wire::ApiKey::kProduce) return items;
  if (!wire::decode(produce, request.version, request.body, error)) return items;
  for (const auto& topic : produce.topic_data) {
    for (const auto& data : topic.partition_data) {
      const auto slot = find_slot(scene.places, topic.name, data.index);
      if (!slot || !data.records) continue;
      items.push_back({.slot = *slot,
                       .acks = produce.acks,
                       .sent = sent_batch(*data.records),
                       .circumstances = circumstances_of(scene, *slot, request.node)});
    }
  }
  return items;
}

}  // namespace understudy::simulation
