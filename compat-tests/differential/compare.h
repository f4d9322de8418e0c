// Finds where two transcripts of one script differ.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "differential/player.h"

namespace understudy::differential {

// One place of an answer. A value that is not there at all is kind null and says so in `missing`.
struct Difference {
  std::size_t exchange = 0;  // which one of the transcript
  std::string path;          // "answer.topics[2].errorCode"
  std::string pattern;       // the same without numbers: "answer.topics[].errorCode"
  json::value ours;
  json::value theirs;
};

// What a difference is about, whichever topic, offset or script it struck: equal for two
// occurrences of one defect.
std::string signature(const Difference& difference, const Exchange& exchange);

// "Fetch v12, answer.responses[0].partitions[0].errorCode: Understudy 1, Apache Kafka 0"
std::string describe(const Difference& difference, const Exchange& exchange);

// Every difference between two values, in the order of the fields.
std::vector<Difference> differences_of(const json::value& ours, const json::value& theirs);

struct Comparison {
  std::vector<Difference> differences;  // that nobody allowed
  // How often which allowance was used, by its reason's number in allowed.cc.
  std::vector<std::size_t> allowed;
};

Comparison compare(const Transcript& ours, const Transcript& theirs);

}  // namespace understudy::differential
