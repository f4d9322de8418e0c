// What a check has to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::simulation {

enum class Check : std::uint8_t {
  kLost,        // an acknowledged or durable record is gone, and nothing that happened predicts it
  kDuplicated,  // a record is there twice, and no rule predicts it
  kOrder,       // records of a producer lie in another order than they were handed over
  kOffsets,     // offsets have a gap, or one shows another record than before
  kWatermark,   // told, shown or dropped by retention before it was replicated; or less than before
  kAnswer,      // an answer says something else than what was done
  kRules,       // a batch was let in, refused, or taken for a duplicate against the rules
  kMemory,      // what is remembered of producers is not what the log says
  kBytes,       // what lies in the log is not what was sent
  kProducerId,  // a producer id was given twice
  kStart,       // the broker did not come back
  kProgress,    // something does not get through although all is well, or waits for no sync
  kExplanation,  // what happened is right, and the broker's events do not say it
  kDeterminism,  // two runs of a seed differ
  kTime,         // it is not the time that the machine's clock shows
};
inline constexpr int kCheckCount = 15;

std::string_view name_of(Check check);
std::optional<Check> check_named(std::string_view name);

struct Finding {
  Check check;
  std::string text;
};
using Findings = std::vector<Finding>;

}  // namespace understudy::simulation
