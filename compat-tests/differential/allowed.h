// The one list of what may differ between Understudy and Apache Kafka.
#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string_view>

#include "differential/compare.h"

namespace understudy::differential {

// An array whose order Kafka leaves to a hash map, or shuffles: it is sorted before it is compared.
struct Unordered {
  std::string_view api;
  std::string_view pattern;  // of the array: "answer.responses[].partitionResponses"
  std::string_view reason;
};

// An array of which Understudy has a part only: what it lacks is not compared.
struct Partial {
  std::string_view api;
  std::string_view pattern;  // of the array
  std::string_view key;      // the member that tells which element is which
  std::string_view reason;
};

struct Allowance {
  std::string_view api;      // "*" for any
  std::string_view pattern;  // "answer.topics[].errorMessage"; "*" at an end stands for anything
  // Whether this very difference is meant. Null: always.
  bool (*condition)(const Difference& difference, const Exchange& ours, const Exchange& theirs);
  std::string_view reason;
};

std::span<const Unordered> unordered();
std::span<const Partial> partial();
std::span<const Allowance> allowances();

}  // namespace understudy::differential
