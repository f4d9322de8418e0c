#include "durability/raw_window.h"

#include <algorithm>
#include <utility>

#include "wire/assert.h"

namespace understudy::durability {
namespace {

using wire::ErrorCode;

std::string text_of(const RawBatch& batch) {
  return batch.names.empty() ? "batch " + std::to_string(batch.number)
                             : "the batch of " + batch.names.front().text();
}

Finding finding(Fault fault, const RawBatch& batch, const std::string& text) {
  return {fault, text_of(batch) + ": " + text};
}

std::string text_of(const RawAnswer& answer) {
  return std::string(wire::name_of(answer.error)) + ", offset " +
         std::to_string(answer.base_offset) + ", append time " +
         std::to_string(answer.log_append_time_ms);
}

}  // namespace

std::vector<RawBatch> RawWindow::reconnect() {
  ++life_;
  sent_.clear();
  std::vector<RawBatch> batches;
  for (Open& open : open_) {
    open.is_refused = false;
    sent_.push_back({Purpose::kRetry, open.batch.number});
    batches.push_back(open.batch);
  }
  return batches;
}

void RawWindow::send(RawBatch batch) {
  ASSERT(!is_full());
  ASSERT(batch.number > newest_);
  newest_ = batch.number;
  sent_.push_back({Purpose::kFirst, batch.number});
  open_.push_back({std::move(batch)});
}

std::vector<RawBatch> RawWindow::repeatable() const {
  std::vector<RawBatch> batches;
  for (const Settled& settled : settled_) {
    // What is in flight may be appended before the repetition is judged.
    if (newest_ - settled.batch.number < std::int64_t(kRemembered)) {
      batches.push_back(settled.batch);
    }
  }
  return batches;
}

void RawWindow::repeat(const RawBatch& batch) { sent_.push_back({Purpose::kRepeat, batch.number}); }

void RawWindow::start_again() {
  ASSERT(open_.empty());
  ASSERT(sent_.empty());
  settled_.clear();
}

RawVerdict RawWindow::answer(const RawAnswer& answer) {
  ASSERT(!sent_.empty());
  const Sent sent = sent_.front();
  sent_.pop_front();
  if (sent.purpose == Purpose::kRepeat) return answer_to_repeat(sent.number, answer);
  RawVerdict verdict = answer_to_open(sent, answer);
  const bool awaits_more = std::any_of(sent_.begin(), sent_.end(), [](const Sent& other) {
    return other.purpose != Purpose::kRepeat;
  });
  if (!verdict.finding && !awaits_more && !open_.empty()) {
    verdict.finding =
        finding(Fault::kProducerState, open_.front().batch,
                "refused as out of order, and so is everything behind it: the broker knows less "
                "of this producer than it acknowledged, or more than was sent");
  }
  return verdict;
}

RawVerdict RawWindow::answer_to_repeat(std::int64_t number, const RawAnswer& answer) const {
  const auto found = std::find_if(settled_.begin(), settled_.end(), [&](const Settled& settled) {
    return settled.batch.number == number;
  });
  // It has left the memory of five since it was sent, so nothing can be said.
  if (found == settled_.end()) return {};
  RawVerdict verdict;
  const bool was_restarted = found->life != life_;
  if (answer.error == ErrorCode::kOutOfOrderSequenceNumber && was_restarted) return verdict;
  if (answer.error != ErrorCode::kNone) {
    verdict.finding = finding(Fault::kUnexpectedAnswer, found->batch,
                              "acknowledged, sent again, and answered " + text_of(answer));
  } else if (answer.base_offset != found->base_offset) {
    verdict.finding = finding(Fault::kContradiction, found->batch,
                              "acknowledged at offset " + std::to_string(found->base_offset) +
                                  ", and a repetition " + text_of(answer));
  } else if (answer.log_append_time_ms != found->batch.max_timestamp) {
    verdict.finding =
        finding(Fault::kUnexpectedAnswer, found->batch,
                "a duplicate without the time of the original, " +
                    std::to_string(found->batch.max_timestamp) + ": " + text_of(answer));
  } else {
    verdict.is_duplicate = true;
  }
  return verdict;
}

RawVerdict RawWindow::answer_to_open(const Sent& sent, const RawAnswer& answer) {
  RawVerdict verdict;
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& open) {
    return open.batch.number == sent.number;
  });
  ASSERT(found != open_.end());
  if (answer.error == ErrorCode::kOutOfOrderSequenceNumber) {
    refuse(sent, verdict);
    return verdict;
  }
  if (answer.error != ErrorCode::kNone) {
    verdict.finding =
        finding(Fault::kUnexpectedAnswer, found->batch, "answered " + text_of(answer));
    return verdict;
  }
  verdict.is_duplicate = answer.log_append_time_ms != -1;
  if (verdict.is_duplicate && sent.purpose == Purpose::kFirst) {
    verdict.finding = finding(Fault::kUnexpectedAnswer, found->batch,
                              "sent for the first time and taken for a duplicate");
  } else if (verdict.is_duplicate && answer.log_append_time_ms != found->batch.max_timestamp) {
    verdict.finding =
        finding(Fault::kUnexpectedAnswer, found->batch,
                "a duplicate without the time of the original, " +
                    std::to_string(found->batch.max_timestamp) + ": " + text_of(answer));
  } else if (!verdict.is_duplicate && found != open_.begin()) {
    // Then the one before it was the newest that the broker knew, and no reason to refuse it.
    verdict.finding = finding(Fault::kUnexpectedAnswer, std::prev(found)->batch,
                              "refused as out of order, although the next one was in order");
  }
  settle(sent.number, answer, verdict);
  return verdict;
}

// A success says that everything before it is in the log as well.
void RawWindow::settle(std::int64_t number, const RawAnswer& answer, RawVerdict& verdict) {
  while (!open_.empty() && open_.front().batch.number < number) {
    verdict.acknowledged.push_back({std::move(open_.front().batch), std::nullopt});
    open_.pop_front();
  }
  RawBatch batch = std::move(open_.front().batch);
  open_.pop_front();
  settled_.push_back({batch, answer.base_offset, life_});
  if (settled_.size() > kRemembered) settled_.pop_front();
  verdict.acknowledged.push_back({std::move(batch), answer.base_offset});
}

void RawWindow::refuse(const Sent& sent, RawVerdict& verdict) {
  const bool follows_a_refusal = open_.front().is_refused;
  for (Open& open : open_) {
    if (open.batch.number == sent.number) open.is_refused = true;
  }
  if (sent.purpose == Purpose::kRetry || follows_a_refusal) return;
  verdict.finding = finding(Fault::kUnexpectedAnswer, open_.front().batch,
                            "refused as out of order without a restart");
}

}  // namespace understudy::durability
