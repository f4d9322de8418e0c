#include "simulation/schedule.h"

#include <algorithm>
#include <array>
#include <utility>

#include "broker/base/random.h"

namespace understudy::simulation {
namespace {

constexpr std::array<std::string_view, kMischiefCount> kNames = {"lose-connection",
                                                                 "lose-connections",
                                                                 "stall-connection",
                                                                 "move-leader",
                                                                 "move-leader-and-lose",
                                                                 "hold-replication",
                                                                 "crash",
                                                                 "die-in-change",
                                                                 "power-cut-in-change",
                                                                 "power-cut",
                                                                 "lose-memory",
                                                                 "stale-memory",
                                                                 "lose-tail",
                                                                 "stop",
                                                                 "crash-node",
                                                                 "stop-node",
                                                                 "jump-clock",
                                                                 "set-clock",
                                                                 "fill-disk",
                                                                 "fail-syncs",
                                                                 "drop-answers",
                                                                 "refuse-batches",
                                                                 "spoil-answers"};

// How often each is drawn: what breaks connections and kills brokers more than the rest.
constexpr std::array<int, kMischiefCount> kWeights = {8, 3, 6, 4, 4, 4, 4, 5, 4, 4, 1, 1,
                                                      1, 3, 2, 1, 2, 3, 2, 2, 2, 2, 2};

TopicPlan draw_topic(int number, int nodes, broker::Random& random) {
  TopicPlan plan{.name = "topic" + std::to_string(number)};
  plan.partitions = 1 + int(random.below(3));
  plan.replicas = random.below(3) == 0 ? 1 : nodes;
  // A few batches fill a segment.
  if (random.below(4) != 0) {
    plan.configs["internal.segment.bytes"] = std::to_string(600 + random.below(1500));
  }
  if (random.below(4) == 0) plan.configs["index.interval.bytes"] = "200";
  plan.configs["file.delete.delay.ms"] = "1000";
  switch (random.below(4)) {
    case 0:
      // Or nothing but what is not replicated.
      plan.retention_bytes = random.below(4) == 0 ? 0 : 1000 + std::int64_t(random.below(4000));
      plan.configs["retention.bytes"] = std::to_string(*plan.retention_bytes);
      break;
    case 1:
      plan.retention_ms = 20'000;
      plan.configs["retention.ms"] = std::to_string(*plan.retention_ms);
      break;
    default:
      plan.configs["retention.ms"] = "-1";
  }
  if (!plan.retention_ms) plan.configs["retention.ms"] = "-1";
  plan.is_stamped_here = random.below(3) == 0;
  if (plan.is_stamped_here) plan.configs["message.timestamp.type"] = "LogAppendTime";
  return plan;
}

ClientPlan draw_client(int number, broker::Random& random) {
  ClientPlan plan;
  plan.kind =
      number < 2 ? static_cast<ClientKind>(number) : static_cast<ClientKind>(random.below(3));
  plan.acks = random.below(5) == 0 ? std::int16_t{1} : std::int16_t{-1};
  plan.version = random.below(2) == 0 ? std::int16_t{9} : std::int16_t{12};
  plan.records = 30 + int(random.below(50));
  plan.seed = random.next();
  return plan;
}

Mischief draw_mischief(broker::Random& random) {
  int total = 0;
  for (const int weight : kWeights) total += weight;
  int left = int(random.below(std::uint64_t(total)));
  for (int i = 0; i < kMischiefCount; ++i) {
    left -= kWeights[std::size_t(i)];
    if (left < 0) return static_cast<Mischief>(i);
  }
  return Mischief::kLoseConnection;
}

std::string list_of(const std::set<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text.empty() ? "none" : text;
}

}  // namespace

std::string_view name_of(Mischief mischief) { return kNames[static_cast<std::size_t>(mischief)]; }

std::string_view name_of(ClientKind kind) {
  switch (kind) {
    case ClientKind::kLibrdkafka:
      return "librdkafka";
    case ClientKind::kJava:
      return "java";
    case ClientKind::kRaw:
      return "raw";
  }
  return {};
}

Schedule draw_schedule(std::uint64_t seed) {
  broker::Random random(seed * 0x9e3779b97f4a7c15u + 1);
  Schedule schedule{.seed = seed};
  schedule.durability = random.below(3) == 0 ? Durability::kFsync : Durability::kPageCache;
  schedule.nodes = random.below(2) == 0 ? 1 : 2 + int(random.below(2));
  const int topics = 1 + int(random.below(2));
  for (int i = 0; i < topics; ++i) {
    schedule.topics.push_back(draw_topic(i, schedule.nodes, random));
  }
  const int clients = 2 + int(random.below(3));
  for (int i = 0; i < clients; ++i) schedule.clients.push_back(draw_client(i, random));
  schedule.duration_ms = 2000 + std::int64_t(random.below(6000));
  schedule.producer_expiration_ms = random.below(4) == 0 ? 5000 : 86'400'000;
  const int troubles = 1 + int(random.below(14));
  for (int i = 0; i < troubles; ++i) {
    schedule.troubles.push_back(
        {.at_ms = std::int64_t(random.below(std::uint64_t(schedule.duration_ms))),
         .mischief = draw_mischief(random),
         .draw = random.next()});
  }
  // As drawn, where they fall on one moment.
  std::ranges::sort(schedule.troubles, {},
                    [](const Trouble& trouble) { return std::pair(trouble.at_ms, trouble.draw); });
  for (int i = 0; i < troubles; ++i) schedule.troubles[std::size_t(i)].number = i;
  return schedule;
}

Schedule restricted(Schedule schedule, const Restriction& restriction) {
  if (restriction.troubles) {
    std::erase_if(schedule.troubles, [&](const Trouble& trouble) {
      return !restriction.troubles->contains(trouble.number);
    });
  }
  for (std::size_t i = 0; i < schedule.clients.size(); ++i) {
    int& records = schedule.clients[i].records;
    if (restriction.records_max) records = std::min(records, *restriction.records_max);
    // It is there and has nothing to say, so that the others have their names and numbers.
    if (restriction.clients && !restriction.clients->contains(int(i))) records = 0;
  }
  schedule.is_calm = restriction.is_calm;
  return schedule;
}

std::string Restriction::text() const {
  std::string text;
  if (troubles) text += " --troubles " + list_of(*troubles);
  if (clients) text += " --clients " + list_of(*clients);
  if (records_max) text += " --records " + std::to_string(*records_max);
  if (is_calm) text += " --calm";
  return text;
}

}  // namespace understudy::simulation
