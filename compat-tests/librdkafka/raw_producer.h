// A producer without any will of its own, for what an unmodified client cannot be brought to do: it
// sends the batch it is given, with the epoch and the sequence it is given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/raw_client.h"
#include "wire/messages/produce.h"

namespace understudy::compat {

struct RawBatch {
  std::int64_t producer_id = 7000;
  std::int16_t producer_epoch = 0;
  std::int32_t base_sequence = 0;
  std::vector<std::string> values;
};

using RawAnswer = wire::produce_response::PartitionProduceResponse;

class RawProducer {
 public:
  // `bootstrap` as Cluster::bootstrap() gives it; it talks to the first node named there.
  explicit RawProducer(const std::string& bootstrap);

  RawAnswer ask(const wire::ProduceRequest& request);
  void send(const wire::ProduceRequest& request);
  RawAnswer receive();
  bool has_answer() const { return client_.has_answer(); }

 private:
  support::RawClient client_;
};

// One batch for one partition with acks = all.
wire::ProduceRequest request_of(const std::string& topic, std::int32_t partition,
                                const RawBatch& batch);

}  // namespace understudy::compat
