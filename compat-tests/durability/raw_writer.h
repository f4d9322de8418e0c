// A raw idempotent producer in a thread of its own: batches of one partition, up to five in flight,
// sent again on a new connection until they are answered, and now and then sent again on purpose.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <thread>

#include "durability/drain.h"
#include "durability/ledger.h"
#include "durability/raw_window.h"
#include "durability/topology.h"
#include "support/raw_client.h"

namespace understudy::durability {

class RawWriter {
 public:
  struct Options {
    support::Address broker;
    Place place;
    Slot slot = 0;
    std::uint64_t seed = 0;
    // A real Kafka elects leaders for a while after it began to answer: then it is asked again.
    bool awaits_leaders = false;
  };

  RawWriter(const Options& options, Ledger& ledger, Lives& lives);
  ~RawWriter();
  RawWriter(const RawWriter&) = delete;
  RawWriter& operator=(const RawWriter&) = delete;

  // While it is asked for there are no new batches, and it is confirmed once all have an answer.
  Drain& drain() { return drain_; }

 private:
  void run();
  void talk(support::RawClient& client);
  void ask_for_producer_id(support::RawClient& client);
  void send_something(support::RawClient& client);
  void start_again(support::RawClient& client);
  void send(support::RawClient& client, const RawBatch& batch);
  void receive(support::RawClient& client);
  bool may_send() const;
  RawBatch new_batch();
  bool chance(int one_in) { return random_() % std::uint64_t(one_in) == 0; }

  Options options_;
  Ledger& ledger_;
  Lives& lives_;
  std::mt19937_64 random_;
  std::int32_t producer_;
  RawWindow window_;
  std::int64_t next_number_ = 0;
  std::int64_t producer_id_ = -1;
  std::int16_t producer_epoch_ = 0;
  std::int32_t next_sequence_ = 0;
  bool is_known_ = false;  // the broker has acknowledged something of this id
  Drain drain_;
  std::atomic<bool> is_closing_ = false;
  std::thread thread_;
};

}  // namespace understudy::durability
