// An idempotent producer after librdkafka's rules.
//
// One request per batch, up to five in flight per partition. A batch keeps its records and its
// sequence through all retries; a retry waits until nothing of the partition is in flight, so that
// order is kept. OUT_OF_ORDER_SEQUENCE_NUMBER for the batch that is next to be acknowledged is
// fatal; for one behind it the producer lets everything come back and goes on in the next epoch. A
// success beyond batches whose fate is not known says that they are in the log. After a fatal error
// the application takes a new producer, and does not send again what it does not know of.
#pragma once

#include "simulation/client.h"

namespace understudy::simulation {

class LibrdkafkaModel : public Producer {
 public:
  LibrdkafkaModel(ClientWorld& world, const ProducerOptions& options, std::uint64_t seed);

  void offer(const Name& name) override;
  bool is_idle() const override;

 private:
  static constexpr std::size_t kInFlightMax = 5;

  struct Batch {
    std::vector<Name> names;
    std::int64_t first_message = 0;  // counted per partition and identity, from 0: its sequence
    std::int64_t created_ms = 0;
    std::int64_t timestamp_ms = 0;
    bool may_be_there = false;  // it was sent, and nobody knows what became of it
    std::int64_t end() const { return first_message + std::int64_t(names.size()); }
  };
  struct Toppar {
    Identity identity;
    std::int64_t next_message = 0;
    std::int64_t next_acknowledged = 0;
    std::deque<Batch> retries;  // in their order
    std::deque<Name> fresh;
    std::size_t in_flight = 0;
    bool backs_off = false;
  };

  void pump();
  void pump(Slot slot, Toppar& toppar);
  bool take_identity(Toppar& toppar);
  void send(Slot slot, Toppar& toppar, Batch batch);
  void answered(Slot slot, Batch batch, const Identity& identity, int life,
                const wire::ProduceResponse* response);
  void succeeded(Toppar& toppar, const Batch& batch, const Identity& identity, std::int64_t offset);
  void failed(Slot slot, Toppar& toppar, Batch batch, wire::ErrorCode error);
  void retry(Slot slot, Toppar& toppar, Batch batch);
  void back_off(Slot slot);
  void expire(Toppar& toppar);
  void bump_when_drained(const char* why);
  void die(const char* why);
  void start();

  std::map<Slot, Toppar> toppars_;
  Identity identity_;
  bool has_identity_ = false;
  bool is_draining_ = false;  // then the epoch rises
  int life_ = 0;              // of the producer that the application uses now
};

}  // namespace understudy::simulation
