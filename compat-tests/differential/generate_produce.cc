// Produce and InitProducerId: sequences around duplicates, gaps, overlaps, the wrap and new epochs,
// and batches that are wrong in every way that a header or a record can be wrong.
#include "differential/generator.h"

namespace understudy::differential {
namespace {

constexpr std::int64_t kOwnProducerIds = 1'000'000'000'000;  // no broker hands these out

constexpr std::int64_t kProducerIdAt = 43;  // in a batch
constexpr std::int64_t kProducerIdSize = 8;
constexpr std::int64_t kSmallestBatch = 61;

// Where a batch is altered. An id that the broker drew stays: it would be another one at each.
std::int64_t altered_position(Draw& draw, const json::object& batch) {
  // Not in the size: see README.md for the sizes that are not played.
  if (draw.chance(10)) return draw.below(8);
  const json::value* id = batch.if_contains("producerId");
  const bool is_drawn = id != nullptr && id->is_string();
  // What lies behind the end of a small batch counts from its beginning again.
  if (!is_drawn) return draw.between(12, 120);
  return draw.chance(50) ? draw.between(12, kProducerIdAt - 1)
                         : draw.between(kProducerIdAt + kProducerIdSize, kSmallestBatch - 1);
}

}  // namespace

void Generator::init_producer_id() {
  json::object request{{"transactionalId", nullptr},
                       {"transactionTimeoutMs", draw_.chance(70) ? 60000 : draw_.odd_int32()}};
  bool is_refused = false;
  if (draw_.chance(10)) {
    request["transactionalId"] = "";
    is_refused = true;
  }
  wire::Version version = any_version("InitProducerId");
  if (draw_.chance(25)) {
    request["producerId"] = draw_.odd_int64();
    request["producerEpoch"] = std::int16_t(draw_.odd_int32());
    constexpr wire::Version kFirstWithIds = 3;
    is_refused |= version >= kFirstWithIds &&
                  (request["producerId"] == -1) != (request["producerEpoch"] == -1);
  }
  add("InitProducerId", version, std::move(request));
  if (!is_refused) {
    model_.producers.push_back(json::string("$pid:" + std::to_string(model_.producer_ids++)));
  }
}

std::size_t Generator::some_producer() {
  constexpr std::size_t kMany = 6;
  if (model_.producers.empty() || (model_.producers.size() < kMany && draw_.chance(15))) {
    model_.producers.push_back(kOwnProducerIds + std::int64_t(model_.producers.size()));
  }
  return std::size_t(draw_.below(std::int64_t(model_.producers.size())));
}

void Generator::add_content(json::object& batch, std::int64_t count) {
  if (draw_.chance(20)) batch["compression"] = draw_.between(1, 4);
  if (draw_.chance(2)) batch["rawSnappy"] = true;
  const std::int64_t time = -draw_.below(10000);
  batch["timestamp"] = json::string("$now" + std::to_string(time));
  if (draw_.chance(4)) batch["timestamp"] = draw_.odd_int64();
  if (draw_.chance(2)) batch["timestamp"] = "$now+5400000";
  if (draw_.chance(10)) batch["step"] = draw_.of({0, -1, 1000, -1000});
  if (!draw_.chance(15) || count > 10) {
    batch["count"] = count;
    if (draw_.chance(15)) batch["valueSize"] = draw_.of({0, 10, 100, 3000});
    return;
  }
  json::array records;
  for (std::int64_t i = 0; i < count; ++i) {
    json::object record{{"timestamp", batch["timestamp"]}};
    record["key"] = draw_.chance(30) ? json::value(nullptr) : json::value("key");
    record["value"] = draw_.chance(20) ? json::value(nullptr) : json::value("value");
    if (draw_.chance(30)) {
      record["headers"] = json::array{json::object{{"key", draw_.text({"", "h"})}, {"value", "x"}},
                                      json::object{{"key", "null"}, {"value", nullptr}}};
    }
    if (draw_.chance(8)) record["delta"] = draw_.of({0, 1, 5, -1, INT32_MAX});
    if (draw_.chance(2)) record = {{"raw", draw_.base64(draw_.between(0, 12))}};
    records.push_back(std::move(record));
  }
  batch["records"] = std::move(records);
}

json::object Generator::sequenced_batch(ModelPartition& partition, bool will_be_taken) {
  const std::size_t producer = some_producer();
  json::object batch{{"producerId", model_.producers[producer]}};
  const auto known = partition.producers.find(producer);
  const ModelSequences state =
      known == partition.producers.end() ? ModelSequences{} : known->second;
  std::int64_t count = draw_.chance(85) ? draw_.between(1, 5) : draw_.between(6, 60);
  std::int32_t epoch = state.epoch;
  std::int32_t first = state.next;
  bool is_next = true;
  const std::int64_t kind = draw_.below(100);
  if (known == partition.producers.end()) {
    if (kind < 25) first = std::int32_t(draw_.between(INT32_MAX - 8, INT32_MAX));
    if (kind >= 25 && kind < 35) first = std::int32_t(draw_.below(100));
    if (kind >= 35 && kind < 45) epoch = std::int32_t(draw_.of({1, 5, 32766, 32767}));
    if (kind >= 45 && kind < 48) epoch = -1;
  } else if (kind < 20 && !state.recent.empty()) {  // a retry, perhaps one that is too late
    const SequenceRange range =
        state.recent[std::size_t(draw_.below(std::int64_t(state.recent.size())))];
    first = range.first;
    count = (std::int64_t{range.last} - range.first + (std::int64_t{1} << 31)) %
                (std::int64_t{1} << 31) +
            1;
    if (draw_.chance(10)) ++count;
    is_next = false;
  } else if (kind < 26) {
    first = sequence_after(first, draw_.of({1, 2, 10, -1, -2, 1 << 30}));
    is_next = false;
  } else if (kind < 32) {
    epoch = std::int32_t(std::int16_t(epoch + draw_.of({1, 1, 2, -1})));
    first = draw_.chance(75) ? 0 : first;
    is_next = epoch > state.epoch && first == 0;
  } else if (kind < 34) {
    first = std::int32_t(draw_.of({-1, -2, INT32_MIN, INT32_MAX, 0}));
    is_next = false;
  }
  batch["producerEpoch"] = epoch;
  batch["baseSequence"] = first;
  add_content(batch, count);
  const bool is_spoilt = draw_.chance(4);
  if (is_spoilt) spoil(batch);
  if (is_next && !is_spoilt && will_be_taken) {
    partition.producers[producer].append(epoch, {first, sequence_after(first, count - 1)});
    partition.end += count;
  }
  return batch;
}

json::object Generator::plain_batch() {
  json::object batch;
  add_content(batch, draw_.chance(80) ? draw_.between(1, 4) : draw_.between(0, 100));
  return batch;
}

// One thing about it is wrong, or at least unusual.
void Generator::spoil(json::object& batch) {
  json::object lies;
  switch (draw_.below(16)) {
    case 0:
      lies["baseOffset"] = draw_.odd_int64();
      break;
    case 1:
      lies["batchLength"] =
          draw_.chance(50) ? draw_.of({-1, 0, 13, INT32_MAX, INT32_MIN}) : draw_.between(49, 130);
      break;
    case 2:
      lies["partitionLeaderEpoch"] = draw_.odd_int32();
      break;
    case 3:
      lies["magic"] = draw_.of({0, 1, 3, -1, 127, -128});
      break;
    case 4:
      lies["crc"] = draw_.below(1000);
      break;
    case 5:
      lies["attributes"] = draw_.chance(50) ? draw_.below(256) : draw_.below(65536);
      break;
    case 6:
      lies["lastOffsetDelta"] = draw_.chance(50) ? draw_.odd_int32() : draw_.below(6);
      break;
    case 7:
      lies["baseTimestamp"] = draw_.odd_int64();
      break;
    case 8:
      lies["maxTimestamp"] = draw_.odd_int64();
      break;
    case 9:
      lies["recordCount"] = draw_.chance(50) ? draw_.odd_int32() : draw_.below(6);
      break;
    case 10:
      batch["producerId"] = draw_.of({-1, -2, 0, INT32_MAX});
      break;
    case 11:
      batch["producerEpoch"] = draw_.of({-1, -2, 32767, -32768});
      break;
    case 12:
      batch["control"] = true;
      break;
    case 13:
      batch["logAppendTime"] = true;
      break;
    case 14:
      batch["cut"] = draw_.between(1, 40);
      break;
    default: {
      batch["flip"] =
          json::array{json::array{altered_position(draw_, batch), draw_.between(1, 255)}};
      if (draw_.chance(70)) batch["fixCrc"] = true;
      break;
    }
  }
  if (!lies.empty()) batch["lies"] = std::move(lies);
  if (draw_.chance(3)) batch["transactional"] = true;
}

json::object Generator::odd_records() {
  json::array batches;
  for (std::int64_t i = draw_.between(0, 2); i > 0; --i) {
    batches.push_back(plain_batch());
    if (draw_.chance(60)) spoil(batches.back().as_object());
  }
  json::object records{{"$batches", std::move(batches)}};
  if (draw_.chance(50)) {
    records["tail"] = json::string(draw_.base64(draw_.between(0, 80)));
  }
  return records;
}

json::object Generator::records_for(ModelTopic* topic, std::int32_t partition, bool will_be_taken) {
  ModelPartition* place = nullptr;
  if (topic != nullptr && partition >= 0 && partition < std::ssize(topic->partitions)) {
    place = &topic->partitions[std::size_t(partition)];
  }
  ModelPartition nowhere;
  const std::int64_t kind = draw_.below(100);
  if (kind < 8) return odd_records();
  if (kind < 70) {
    json::object batch = sequenced_batch(place ? *place : nowhere, will_be_taken);
    return {{"$batches", json::array{std::move(batch)}}};
  }
  json::object batch = plain_batch();
  if (draw_.chance(15)) {
    spoil(batch);
  } else if (place != nullptr && will_be_taken) {
    place->end += int_or(batch, "count", 1);
  }
  return {{"$batches", json::array{std::move(batch)}}};
}

void Generator::produce() {
  const wire::Version version = any_version("Produce");
  const std::int64_t acks = draw_.chance(80) ? -1 : draw_.of({0, 1, 1, 0, 2, -2, 32767, -32768});
  const bool acks_are_right = acks >= -1 && acks <= 1;
  json::array topics;
  for (std::int64_t t = draw_.chance(80) ? 1 : draw_.between(0, 3); t > 0; --t) {
    ModelTopic* topic = draw_.chance(94) ? some_topic() : nullptr;
    const std::string name = topic != nullptr ? topic->name : topic_name();
    json::array partitions;
    for (std::int64_t p = draw_.chance(80) ? 1 : draw_.between(0, 3); p > 0; --p) {
      const auto index = std::int32_t(partition_index(topic));
      json::object partition{{"index", index}};
      partition["records"] = records_for(topic, index, acks_are_right);
      partitions.push_back(std::move(partition));
    }
    topics.push_back(json::object{{"name", name},
                                  {"topicId", json::string("$id:" + name)},
                                  {"partitionData", std::move(partitions)}});
  }
  json::object request{{"acks", acks}, {"timeoutMs", 30000}, {"topicData", std::move(topics)}};
  request["transactionalId"] = nullptr;
  // What the followers have in so little time is chance.
  if (draw_.chance(10) && !has_nodes()) request["timeoutMs"] = draw_.of({0, -1, 1, INT32_MIN});
  Step& step = add("Produce", version, std::move(request));
  if (draw_.chance(1)) step["clientId"] = "__admin_client";
}

}  // namespace understudy::differential
