// What a broker may make of a damaged file, and whether it did.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "durability/damage.h"
#include "durability/reference.h"
#include "support/raw_client.h"

namespace understudy::durability {

// Without any damage nothing of this applies: everything has to be as it was.
struct Allowance {
  enum class Producers : std::uint8_t {
    kAsBefore,
    kAsBeforeOrNone,  // nothing is left that tells of them (idempotence, R3)
    kNotMore,         // what was cut off is not known any more
  };

  std::string directory;  // of the partition that the rest is about; empty: of none

  // Offsets from `harmed_from` to below `harmed_to` may be unreadable, and missing.
  std::int64_t harmed_from = INT64_MAX;
  std::int64_t harmed_to = INT64_MAX;
  // A Fetch of these may be answered with an error. It is a pity for what is sound in the segment.
  std::int64_t errors_from = INT64_MAX;
  std::int64_t errors_to = INT64_MAX;
  // The log may end as early as this.
  std::int64_t end_from = INT64_MAX;
  bool any_start = false;  // the log may begin somewhere else
  bool times_may_differ = false;
  // The partition may answer errors to everything.
  bool may_be_offline = false;
  // Its directory may be renamed to one that ends in "-stray", and the partition begin anew, as in
  // Kafka when partition.metadata names another topic (LogManager).
  bool may_be_put_aside = false;
  Producers producers = Producers::kAsBefore;

  bool topics_may_miss = false;  // the cluster may have forgotten what came last
  bool ids_may_repeat = false;   // and which producer ids it has handed out
};

Allowance allowance_for(const Reference& reference, const std::string& path, FileKind kind,
                        const Damage& damage);

struct CheckResult {
  std::vector<std::string> complaints;
  // Where the partitions' logs end now, by directory; those that are offline are not there.
  std::map<std::string, std::int64_t> ends;
  bool is_complete = true;  // nothing was missing that the reference has
  bool is_put_aside = false;
  bool is_available = true;  // nothing that is sound was answered with an error
};

// Asks a broker on the damaged directory for everything.
CheckResult check_broker(support::RawClient& client, const Reference& reference,
                         const Allowance& allowance);

// Appends a batch to the partition in `directory` (any, if it is empty) and reads it back.
std::vector<std::string> check_append(support::RawClient& client, const Reference& reference,
                                      const Allowance& allowance, const CheckResult& checked);

}  // namespace understudy::durability
