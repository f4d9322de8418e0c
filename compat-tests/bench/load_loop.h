// Connections that keep a number of Produce requests in flight each, on one thread.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "bench/batch_template.h"
#include "bench/histogram.h"

namespace understudy::bench {

struct Totals {
  std::uint64_t acknowledged = 0;
  std::map<int, std::uint64_t> errors;  // by code; -1: no answer, -2: cut off, -3: closed
  Histogram latency;

  void merge(const Totals& other);
};

struct LoadConnection {
  int socket = -1;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = 0;
  std::size_t first_partition = 0;
  std::vector<std::int32_t> sequences = {};  // per partition

  // In flight: slot n % requests_in_flight belongs to the n-th request.
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::vector<Bytes> heads = {};
  std::vector<std::uint64_t> began_ns = {};

  std::vector<iovec> unwritten = {};
  std::size_t unwritten_at = 0;
  bool waits_for_room = false;
  Bytes input = {};
  std::size_t input_size = 0;
};

struct LoadOptions {
  std::size_t requests_in_flight = 5;
  std::size_t partitions = 1;
  std::uint64_t batches_max = 0;
  std::uint64_t deadline_ns = 0;
  bool answers_are_canned = false;  // not looked into
  bool new_producer_each = false;   // every batch has the next producer id, sequence 0
};

class LoadLoop {
 public:
  LoadLoop(const BatchTemplate& batch, const LoadOptions& options,
           std::vector<LoadConnection> connections);
  LoadLoop(const LoadLoop&) = delete;
  LoadLoop& operator=(const LoadLoop&) = delete;
  ~LoadLoop();

  // Until the deadline, or all batches are sent; then until everything is answered.
  Totals run();

 private:
  void serve(LoadConnection& connection, std::uint32_t events);
  void fill(LoadConnection& connection);
  void flush(LoadConnection& connection);
  void wait_for(LoadConnection& connection, bool room_too);
  bool receive(LoadConnection& connection);
  void take_answers(LoadConnection& connection);

  const BatchTemplate& batch_;
  const LoadOptions options_;
  std::vector<LoadConnection> connections_;
  int epoll_;
  std::uint64_t left_;
  std::uint64_t outstanding_ = 0;
  std::size_t closed_ = 0;
  bool is_stopped_ = false;
  Totals totals_;
};

}  // namespace understudy::bench
