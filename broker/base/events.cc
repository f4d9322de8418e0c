#include "broker/base/events.h"

#include <utility>

namespace understudy::broker {
namespace {

std::string producer_of(const Event& event) {
  if (event.producer_id < 0) return " (no producer id)";
  return " (producer " + std::to_string(event.producer_id) + ", epoch " +
         std::to_string(event.producer_epoch) + ", sequence " +
         std::to_string(event.base_sequence) + ")";
}

}  // namespace

std::string Event::describe() const {
  if (kind == Kind::kRestarted) return "restarted: " + reason;
  std::string text = topic + "-" + std::to_string(partition) + ": ";
  switch (kind) {
    case Kind::kAppended:
      text += "appended " + std::to_string(record_count) + " records at offset " +
              std::to_string(base_offset);
      break;
    case Kind::kDuplicate:
      text += "duplicate of the batch at offset " + std::to_string(base_offset) + ", not appended";
      break;
    case Kind::kRefused:
      text += "refused with " + std::string(wire::name_of(error)) + ": " + reason;
      break;
    case Kind::kRestarted:
      break;
  }
  text += producer_of(*this);
  if (kind == Kind::kAppended && !reason.empty()) text += "; " + reason;
  return text;
}

void Events::add(Event event) {
  event.number = ++last_number_;
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.push_back(std::move(event));
  if (listener_) listener_(kept_.back());
}

}  // namespace understudy::broker
