#include "differential/allowed.h"

#include <cstdlib>

namespace understudy::differential {
namespace {

bool both_are_text(const Difference& difference, const Exchange&, const Exchange&) {
  return difference.ours.is_string() && difference.theirs.is_string() &&
         difference.ours != "(missing)" && difference.theirs != "(missing)";
}

// Milliseconds since 1970 that both brokers read from their clocks, one soon after the other.
bool both_are_now(const Difference& difference, const Exchange&, const Exchange&) {
  constexpr std::int64_t kAroundTheYear2020 = 1'500'000'000'000;
  constexpr std::int64_t kApart = 120'000;
  if (!difference.ours.is_int64() || !difference.theirs.is_int64()) return false;
  const std::int64_t ours = difference.ours.get_int64();
  const std::int64_t theirs = difference.theirs.get_int64();
  return ours > kAroundTheYear2020 && std::llabs(ours - theirs) < kApart;
}

constexpr std::string_view kHashOrder = "Kafka collects these in a hash map";

constexpr std::string_view kClock = "the broker's clock: log append time";

constexpr Unordered kUnordered[] = {
    {"Produce", "answer.responses", kHashOrder},
    {"Produce", "answer.responses[].partitionResponses", kHashOrder},
    {"ListOffsets", "answer.topics", kHashOrder},
    {"ListOffsets", "answer.topics[].partitions", kHashOrder},
    {"OffsetForLeaderEpoch", "answer.topics", kHashOrder},
    {"OffsetForLeaderEpoch", "answer.topics[].partitions", kHashOrder},
    {"DeleteRecords", "answer.topics", kHashOrder},
    {"DeleteRecords", "answer.topics[].partitions", kHashOrder},
    {"DescribeLogDirs", "answer.results[].topics", kHashOrder},
    {"DescribeLogDirs", "answer.results[].topics[].partitions", kHashOrder},
    {"DescribeConfigs", "answer.results[].configs", kHashOrder},
    {"Metadata", "answer.topics", kHashOrder},
    {"DeleteTopics", "answer.responses",
     "Kafka shuffles the answers (ControllerApis.deleteTopics)"},
    {"log", "producers.topics[].partitions[].activeProducers", kHashOrder},
    {"DescribeProducers", "answer.topics[].partitions[].activeProducers", kHashOrder},
};

constexpr Partial kPartial[] = {
    {"ApiVersions", "answer.apiKeys", "apiKey",
     "APIs that Understudy does not serve: groups, transactions, the quorum, quotas, ACLs"},
};

constexpr Allowance kAllowances[] = {
    {"*", "*rrorMessage", both_are_text, "the wording of messages is nobody's contract"},
    {"Produce", "answer.responses[].partitionResponses[].logAppendTimeMs", both_are_now, kClock},
    {"ListOffsets", "answer.topics[].partitions[].timestamp", both_are_now, kClock},
    {"*", "*lastTimestamp", both_are_now, kClock},
    {"*", "*axTimestamp", both_are_now, kClock},
    {"*", "*records[].timestamp", both_are_now, kClock},
    {"log", "maxTimestamp.timestamp", both_are_now, kClock},
};

}  // namespace

std::span<const Unordered> unordered() { return kUnordered; }
std::span<const Partial> partial() { return kPartial; }
std::span<const Allowance> allowances() { return kAllowances; }

}  // namespace understudy::differential
