#include "simulation/checks/log_check.h"

#include <algorithm>
#include <utility>

#include "codec/record.h"
#include "simulation/checks/retention.h"
#include "simulation/client.h"

namespace understudy::simulation {

void LogCheck::request(const Request& request) {
  in_flight_.insert_or_assign(request.connection, items_of(request, scene_));
}

void LogCheck::answer(const Request& request, const wire::Slice& body) {
  const auto entry = in_flight_.extract(request.connection);
  const SentItems items = entry.empty() ? SentItems{} : entry.mapped();
  if (request.key == wire::ApiKey::kProduce) answers_.produced(request, items, body);
  if (request.key == wire::ApiKey::kFetch) answers_.fetched(request, body);
  if (request.key == wire::ApiKey::kInitProducerId) answers_.producer_id_given(request, body);
}

// Every batch leaves an event, which names the connection it came over.
void LogCheck::event(const broker::Event& event) {
  if (event.at_ms != scene_.wall_ms()) {
    scene_.find_fault(Check::kTime, event.describe() + " at " + std::to_string(event.at_ms) +
                                        ", and the clock shows " +
                                        std::to_string(scene_.wall_ms()));
  }
  const broker::BatchEvent* batch = event.batch();
  if (batch == nullptr) return;
  const auto connection = connection_of(batch->client_id);
  const auto slot = find_slot(scene_.places, batch->topic, batch->partition);
  const auto items = connection ? in_flight_.find(*connection) : in_flight_.end();
  if (!slot || items == in_flight_.end()) {
    return scene_.find_fault(Check::kExplanation, event.describe() + ": nobody asked for that");
  }
  for (SentItem& item : items->second) {
    if (item.slot != *slot) continue;
    if (batch->verdict == broker::BatchEvent::Verdict::kAppended) stamp(item);
    item.is_judged = true;
    item.base_offset = batch->base_offset;
    item.error = batch->error;
    logs_[*slot].model.observe(*batch, item.sent, item.circumstances, scene_.findings);
  }
}

// What is appended now has this time in the log, if its topic says so.
void LogCheck::stamp(SentItem& item) const {
  if (scene_.place(item.slot).plan->is_stamped_here) item.sent.max_timestamp = scene_.wall_ms();
}

void LogCheck::befell(const Blow& blow) {
  if (std::holds_alternative<AnswersSpoiled>(blow)) answers_.may_be_spoiled();
  if (const auto* dies = std::get_if<ProcessDies>(&blow)) note_silent(*dies);
  recovery_.befell(blow);
  note_held(blow);
}

// Its batches may be in the log, and nobody has said so.
void LogCheck::note_silent(const ProcessDies& blow) {
  const auto served = blow.serving ? in_flight_.find(*blow.serving) : in_flight_.end();
  if (served == in_flight_.end()) return;
  for (SentItem& item : served->second) {
    if (item.is_judged) continue;
    stamp(item);
    logs_[item.slot].model.expect_silently(item.sent);
  }
}

// A log that is read again from its files is replicated again.
void LogCheck::note_held(const Blow& blow) {
  if (const auto* held = std::get_if<ReplicationHeld>(&blow)) {
    logs_[held->slot].held = scene_.partition(held->slot).high_watermark;
  }
  if (const auto* released = std::get_if<ReplicationReleased>(&blow)) {
    logs_[released->slot].held.reset();
  }
  const auto* node = std::get_if<NodeStops>(&blow);
  const bool is_new_life =
      std::holds_alternative<BrokerStops>(blow) || std::holds_alternative<ProcessDies>(blow);
  for (Slot slot = 0; slot < logs_.count(); ++slot) {
    const bool is_read_again = node != nullptr && scene_.leads_alone(node->node, slot);
    if (is_new_life || is_read_again) logs_[slot].held.reset();
  }
}

void LogCheck::time_passed() {
  for (Slot slot = 0; slot < logs_.count(); ++slot) {
    KnownLog& log = logs_[slot];
    log.model.may_expire(scene_.wall_ms(), scene_.schedule.producer_expiration_ms);
    note_start(scene_, log, slot);
  }
}

// Nothing befell the logs since they were compared last: they are as the models say.
void LogCheck::at_rest() {
  for (Slot slot = 0; slot < logs_.count(); ++slot) {
    if (scene_.partition(slot).is_offline) continue;
    PartitionModel& model = logs_[slot].model;
    model.compare(logs_.read(slot), scene_.findings);
    model.compare(read_memories(scene_, slot), scene_.findings);
  }
}

void LogCheck::end() {
  for (Slot slot = 0; slot < logs_.count(); ++slot) {
    const PartitionModel& model = logs_[slot].model;
    scene_.ledger.check(
        slot, read_for_ledger(slot),
        [&](std::int64_t id, std::int16_t epoch) { return model.began_in_the_middle(id, epoch); },
        scene_.findings);
  }
}

ReadLog LogCheck::read_for_ledger(Slot slot) {
  const LogView view = logs_.read(slot);
  ReadLog log{.start_offset = view.start_offset, .batches = {}};
  for (const wire::Slice& bytes : view.batches) {
    const codec::BatchView batch(codec::view_of(bytes));
    ReadBatch read{.base_offset = batch.base_offset(),
                   .sequences = {.producer_id = batch.producer_id(),
                                 .epoch = batch.producer_epoch(),
                                 .first = batch.base_sequence(),
                                 .last = batch.last_sequence()}};
    codec::RecordReader reader(batch);
    while (const codec::RecordView* record = reader.next()) {
      read.names.push_back(support::name_of(record->key.value_or(""), record->value.value_or("")));
    }
    if (const Entry* entry = logs_[slot].model.find(batch.base_offset())) {
      read.row = entry->row;
      read.is_doubtful = entry->is_doubtful;
    }
    log.batches.push_back(std::move(read));
  }
  return log;
}

}  // namespace understudy::simulation
