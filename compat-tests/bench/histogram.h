// Times of the load programs: a clock, the processor's time, and a histogram of latencies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace understudy::bench {

std::uint64_t now_ns();
// Of this process, user and system.
double cpu_seconds();

// Logarithmic, 64 steps per octave: an error below 1.6 %.
class Histogram {
 public:
  void add(std::uint64_t ns);
  void merge(const Histogram& other);
  double quantile_us(double quantile) const;
  // {"n":...,"p50":...,"p90":...,"p99":...,"p999":...,"max":...} in microseconds.
  std::string json() const;

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(std::size_t{64} * 48);
  std::uint64_t count_ = 0;
  std::uint64_t largest_ns_ = 0;
};

}  // namespace understudy::bench
