// An unmodified librdkafka producer with idempotence on, in a thread of its own, that writes to
// several partitions.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "durability/drain.h"
#include "durability/ledger.h"
#include "durability/topology.h"

namespace understudy::durability {

class RdkafkaWriter {
 public:
  struct Options {
    std::string bootstrap;
    std::int32_t slots = 1;  // it writes to the first ones
    std::vector<Place> places;
    std::uint64_t seed = 0;
    // Requests on their way at a time. With 1 no restart of a broker can end the producer. With
    // more, two batches of a partition may lie in the log unheard of, and a broker that was
    // restarted refuses the retry of the first one (idempotence, R1): librdkafka then stops with a
    // fatal error, and this writer goes on with a new producer.
    int in_flight = 1;
  };

  RdkafkaWriter(const Options& options, Ledger& ledger);
  ~RdkafkaWriter();
  RdkafkaWriter(const RdkafkaWriter&) = delete;
  RdkafkaWriter& operator=(const RdkafkaWriter&) = delete;

  // While it is asked for nothing new is handed over, and it is confirmed once all has a report.
  Drain& drain() { return drain_; }

 private:
  struct Closer {
    void operator()(rd_kafka_t* client) const;
  };
  using Client = std::unique_ptr<rd_kafka_t, Closer>;

  static void on_report(rd_kafka_t* client, const rd_kafka_message_t* report, void* self);

  void run();
  Client make_client();
  void hand_over_some();
  void hand_over_one();
  // False if the producer is finished, which was reported if it must not be.
  bool go_on_after_fatal_error();

  Options options_;
  Ledger& ledger_;
  std::mt19937_64 random_;
  std::int32_t producer_ = -1;
  Client client_;
  std::uint64_t unreported_ = 0;
  std::uint64_t unreported_max_ = 1;
  Drain drain_;
  std::atomic<bool> is_closing_ = false;
  std::thread thread_;
};

}  // namespace understudy::durability
