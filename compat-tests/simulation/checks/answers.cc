#include "simulation/checks/answers.h"

#include <algorithm>

#include "wire/messages/init_producer_id.h"

namespace understudy::simulation {
namespace {

using wire::ErrorCode;

// False if it cannot be read, which is a finding.
template <class Response>
bool decode_answer(Response& response, const Request& request, const wire::Slice& body,
                   const Scene& scene) {
  wire::DecodeError error;
  if (wire::decode(response, request.version, body, error)) return true;
  const std::string name(wire::name_of(request.key));
  scene.find_fault(Check::kAnswer, "an answer of " + name + " that cannot be read");
  return false;
}

std::string text_of(const Scene& scene, const SentItem& item) {
  return scene.name_of(item.slot) + ": " + item.sent.sequences.text();
}

}  // namespace

void Answers::produced(const Request& request, const SentItems& items, const wire::Slice& body) {
  wire::ProduceResponse response;
  if (!decode_answer(response, request, body, scene_)) return;
  std::size_t answers = 0;
  for (const auto& topic : response.responses) {
    for (const Produced& answer : topic.partition_responses) {
      const auto slot = find_slot(scene_.places, topic.name, answer.index);
      const auto item = std::ranges::find_if(
          items, [&](const SentItem& one) { return slot && one.slot == *slot; });
      if (item == items.end()) continue;
      ++answers;
      check_produced(*item, answer);
    }
  }
  if (answers != items.size() && !may_be_spoiled_) {
    scene_.find_fault(Check::kAnswer, "a Produce answer that leaves out a partition");
  }
}

void Answers::check_produced(const SentItem& item, const Produced& answer) {
  if (answer.error_code == ErrorCode::kNone) return check_success(item, answer);
  // With acks = all a batch may be in the log and the answer still be that others are not known to
  // have it.
  const bool is_right = item.is_written() ? item.acks == -1 : answer.error_code == item.error;
  if (is_right || may_be_spoiled_) return;
  scene_.find_fault(Check::kAnswer, text_of(scene_, item) + " is answered with " +
                                        std::to_string(int(answer.error_code)));
}

void Answers::check_success(const SentItem& item, const Produced& answer) {
  const std::int64_t base_offset = answer.base_offset;
  const std::string what =
      text_of(scene_, item) + " is acknowledged at offset " + std::to_string(base_offset);
  if (!item.is_written() || item.base_offset != base_offset) {
    const std::string where =
        item.is_written() ? "at " + std::to_string(item.base_offset) : "nowhere";
    return scene_.find_fault(Check::kAnswer, what + ", and lies " + where);
  }
  Entry* entry = logs_[item.slot].model.find(base_offset);
  if (entry == nullptr || entry->sent.sequences != item.sent.sequences) {
    return scene_.find_fault(Check::kAnswer, what + ", where it lies no more");
  }
  check_time(item, *entry, answer.log_append_time_ms);
  scene_.ledger.say(entry->sent.names, base_offset);
  if (item.acks != -1) return;
  check_promise(item, base_offset + item.sent.record_count);
  entry->is_promised = true;
}

// An answer to a duplicate says the original's time, whatever the topic goes by.
void Answers::check_time(const SentItem& item, const Entry& entry,
                         std::int64_t log_append_time_ms) const {
  const bool may_be_none = !scene_.place(item.slot).plan->is_stamped_here;
  if (log_append_time_ms == entry.sent.max_timestamp) return;
  if (may_be_none && log_append_time_ms == -1) return;
  scene_.find_fault(Check::kTime, text_of(scene_, item) + " is said to be appended at " +
                                      std::to_string(log_append_time_ms) + ", and was at " +
                                      std::to_string(entry.sent.max_timestamp));
}

void Answers::check_promise(const SentItem& item, std::int64_t end_offset) const {
  if (scene_.is_fsync() && logs_.durable_end(item.slot) < end_offset) {
    scene_.find_fault(Check::kWatermark,
                      text_of(scene_, item) + " is acknowledged before the disk has it");
  }
  if (end_offset > logs_[item.slot].held.value_or(end_offset)) {
    scene_.find_fault(Check::kWatermark,
                      text_of(scene_, item) + " is acknowledged before it is replicated");
  }
}

void Answers::fetched(const Request& request, const wire::Slice& body) const {
  wire::FetchResponse response;
  if (!decode_answer(response, request, body, scene_)) return;
  for (const auto& topic : response.responses) {
    for (const auto& answer : topic.partitions) {
      const auto slot = find_slot(scene_.places, topic.topic, answer.partition_index);
      if (!slot || answer.error_code != ErrorCode::kNone) continue;
      check_watermark(*slot, answer.high_watermark);
      if (answer.records) check_shown(*slot, *answer.records, answer.high_watermark);
    }
  }
}

void Answers::check_watermark(Slot slot, std::int64_t high_watermark) const {
  scene_.ledger.show_watermark(slot, high_watermark, scene_.findings);
  const std::int64_t limit = logs_.replicated_end(slot);
  if (high_watermark <= limit) return;
  scene_.find_fault(Check::kWatermark, scene_.name_of(slot) + ": the high watermark is " +
                                           std::to_string(high_watermark) +
                                           ", and only what lies below " + std::to_string(limit) +
                                           " is replicated");
}

void Answers::check_shown(Slot slot, const wire::Slice& records,
                          std::int64_t high_watermark) const {
  codec::BatchCursor cursor(codec::view_of(records));
  while (cursor.next() == codec::BatchCursor::Step::kBatch) {
    if (cursor.batch().size() < codec::kBatchHeaderSize) {
      return scene_.find_fault(Check::kBytes,
                               scene_.name_of(slot) + ": less than a batch is shown");
    }
    check_shown(slot, codec::BatchView(cursor.batch()), high_watermark);
  }
  if (!cursor.verdict().ok()) {
    scene_.find_fault(Check::kBytes, scene_.name_of(slot) + ": what is shown is no batch");
  }
}

void Answers::check_shown(Slot slot, const codec::BatchView& batch,
                          std::int64_t high_watermark) const {
  if (batch.next_offset() > high_watermark) {
    scene_.find_fault(Check::kWatermark, scene_.name_of(slot) + ": records at offset " +
                                             std::to_string(batch.base_offset()) +
                                             " are shown beyond the high watermark");
  }
  if (!batch.has_valid_crc()) {
    scene_.find_fault(Check::kBytes, scene_.name_of(slot) + ": damaged records are shown");
  }
  std::int64_t offset = batch.base_offset();
  for (const Name& name : names_in(batch)) {
    scene_.ledger.show(slot, offset++, name, scene_.findings);
  }
}

void Answers::producer_id_given(const Request& request, const wire::Slice& body) const {
  wire::InitProducerIdResponse response;
  if (!decode_answer(response, request, body, scene_)) return;
  if (response.error_code != ErrorCode::kNone) return;
  scene_.ledger.hand_out_producer_id(response.producer_id, scene_.findings);
}

}  // namespace understudy::simulation
