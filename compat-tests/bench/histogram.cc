#include "bench/histogram.h"

#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>

namespace understudy::bench {
namespace {

constexpr std::size_t kSteps = 64;  // per octave
constexpr std::size_t kStepBits = 6;

std::size_t index_of(std::uint64_t ns) {
  if (ns < kSteps) return ns;
  const auto exponent = static_cast<std::size_t>(63 - std::countl_zero(ns));
  const std::size_t octave = exponent - kStepBits + 1;
  return std::min(octave * kSteps + ((ns >> (exponent - kStepBits)) & (kSteps - 1)),
                  kSteps * 48 - 1);
}

std::uint64_t upper_end(std::size_t index) {
  if (index < kSteps) return index;
  const std::size_t shift = index / kSteps - 1;
  return ((kSteps + index % kSteps + 1) << shift) - 1;
}

}  // namespace

std::uint64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void Histogram::add(std::uint64_t ns) {
  ++count_;
  largest_ns_ = std::max(largest_ns_, ns);
  ++counts_[index_of(ns)];
}

void Histogram::merge(const Histogram& other) {
  count_ += other.count_;
  largest_ns_ = std::max(largest_ns_, other.largest_ns_);
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

double Histogram::quantile_us(double quantile) const {
  const auto wanted = static_cast<std::uint64_t>(quantile * static_cast<double>(count_));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen > wanted) return static_cast<double>(std::min(upper_end(i), largest_ns_)) / 1e3;
  }
  return static_cast<double>(largest_ns_) / 1e3;
}

std::string Histogram::json() const {
  char text[256];
  std::snprintf(text, sizeof text,
                "{\"n\":%llu,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}",
                static_cast<unsigned long long>(count_), quantile_us(.5), quantile_us(.9),
                quantile_us(.99), quantile_us(.999), static_cast<double>(largest_ns_) / 1e3);
  return text;
}

}  // namespace understudy::bench
