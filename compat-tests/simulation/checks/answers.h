// What answers may say: of batches that were sent, of records that are shown, of producer ids.
#pragma once

#include <string>

#include "simulation/checks/known_log.h"
#include "simulation/checks/sent_items.h"
#include "wire/messages/fetch.h"
#include "wire/messages/produce.h"

namespace understudy::simulation {

class Answers {
 public:
  Answers(const Scene& scene, KnownLogs& logs) : scene_(scene), logs_(logs) {}

  // From here on an answer may be missing, or say what a fault made it say.
  void may_be_spoiled() { may_be_spoiled_ = true; }

  void produced(const Request& request, const SentItems& items, const wire::Slice& body);
  void fetched(const Request& request, const wire::Slice& body) const;
  void producer_id_given(const Request& request, const wire::Slice& body) const;

 private:
  using Produced = wire::produce_response::PartitionProduceResponse;

  void check_produced(const SentItem& item, const Produced& answer);
  void check_success(const SentItem& item, const Produced& answer);
  void check_time(const SentItem& item, const Entry& entry, std::int64_t log_append_time_ms) const;
  void check_promise(const SentItem& item, std::int64_t end_offset) const;
  void check_watermark(Slot slot, std::int64_t high_watermark) const;
  void check_shown(Slot slot, const wire::Slice& records, std::int64_t high_watermark) const;
  void check_shown(Slot slot, const codec::BatchView& batch, std::int64_t high_watermark) const;

  const Scene& scene_;
  KnownLogs& logs_;
  bool may_be_spoiled_ = false;
};

}  // namespace understudy::simulation
