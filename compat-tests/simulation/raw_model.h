// A writer that knows no rules: beside batches that are in order it sends duplicates, gaps, batches
// of other sizes, old and new epochs, sequences about the wrap, and batches without a producer.
//
// It waits for each answer. What became of its records is not asked; what the broker makes of its
// sequences is.
#pragma once

#include <map>
#include <tuple>

#include "simulation/client.h"

namespace understudy::simulation {

class RawModel : public Producer {
 public:
  RawModel(ClientWorld& world, const ProducerOptions& options, std::uint64_t seed);

  void offer(const Name& name) override;
  bool is_idle() const override { return records_.empty() && !is_waiting_; }

 private:
  struct Sent {
    Identity identity;
    std::int32_t first = 0;
    std::vector<Name> names;
    std::int64_t timestamp_ms = 0;
  };
  struct Partition {
    Identity identity;
    std::int32_t next = 0;
    std::vector<Sent> sent;
  };

  using Key = std::tuple<std::int64_t, std::int16_t, std::int32_t, std::size_t>;

  static Key key_of(const Sent& sent);
  void step();
  Sent choose(Slot slot, Partition& partition);
  Sent fresh(Slot slot, const Identity& identity, std::int32_t first);
  void send(Slot slot, const Sent& sent);
  void answered(Slot slot, const Sent& sent, const Answer* answer);

  std::map<Slot, std::deque<Name>> records_;
  std::map<Slot, Partition> partitions_;
  // The only records that ever went under an identity and sequence; none if there were several.
  std::map<Key, std::vector<Name>> first_sent_;
  bool is_waiting_ = false;
};

}  // namespace understudy::simulation
