// What a seed stands for: a cluster, clients, and a list of what befalls them and when.
//
// The list is drawn before anything runs, and each entry draws its details from a number of its
// own, so that one can be left out and the others stay what they are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/disk.h"

namespace understudy::simulation {

enum class Mischief : std::uint8_t {
  kLoseConnection,
  kLoseConnections,  // all of them, each in its way
  kStallConnection,  // what is sent on it arrives late
  kMoveLeader,
  kMoveLeaderAndLose,  // what is not replicated is cut
  kHoldReplication,    // followers do not catch up for a while
  kCrash,              // kill -9
  kDieInChange,        // the same in the middle of a change of a file
  kPowerCutInChange,   // the same, and what was not synced is torn
  kPowerCut,
  kLoseMemory,   // the files of producer state are gone
  kStaleMemory,  // the newest one holds what an older one held
  kLoseTail,     // the last batches are gone
  kStop,         // a clean stop, and a start
  kCrashNode,
  kStopNode,
  kJumpClock,    // time goes by in which nothing was done
  kSetClock,     // the machine's clock shows another time, and none has gone by
  kFillDisk,     // for a while
  kFailSyncs,    // for a while
  kDropAnswers,  // a rule of the broker's own faults
  kRefuseBatches,
  kSpoilAnswers,  // written, and answered with an error
};
inline constexpr int kMischiefCount = 23;
std::string_view name_of(Mischief mischief);

struct Trouble {
  int number = 0;
  std::int64_t at_ms = 0;  // from the start
  Mischief mischief{};
  std::uint64_t draw = 0;
};

struct TopicPlan {
  std::string name;
  int partitions = 1;
  int replicas = 1;
  std::map<std::string, std::string> configs;
  std::optional<std::int64_t> retention_bytes;
  std::optional<std::int64_t> retention_ms;
  bool is_stamped_here = false;  // message.timestamp.type is LogAppendTime
};

enum class ClientKind : std::uint8_t { kLibrdkafka, kJava, kRaw };
std::string_view name_of(ClientKind kind);

struct ClientPlan {
  ClientKind kind{};
  std::int16_t acks = -1;
  std::int16_t version = 9;
  int records = 0;
  std::uint64_t seed = 0;
};

struct Schedule {
  std::uint64_t seed = 0;
  Durability durability = Durability::kPageCache;
  int nodes = 1;
  std::vector<TopicPlan> topics;
  std::vector<ClientPlan> clients;
  std::vector<Trouble> troubles;
  std::int64_t duration_ms = 0;
  std::int64_t producer_expiration_ms = 0;
  bool is_calm = false;  // the network takes as long for every frame
};

// What of a schedule is played; without any of it, all.
struct Restriction {
  std::optional<std::set<int>> troubles;  // only these numbers
  std::optional<std::set<int>> clients;   // only these, counted from 0
  std::optional<int> records_max;         // per client
  bool is_calm = false;

  // As options of the program.
  std::string text() const;
};

Schedule draw_schedule(std::uint64_t seed);
Schedule restricted(Schedule schedule, const Restriction& restriction);

}  // namespace understudy::simulation
