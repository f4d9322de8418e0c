#include "broker/core/life.h"

#include <algorithm>
#include <array>
#include <limits>

namespace understudy::broker {
namespace {

void apply_retention(Cluster& cluster) {
  for (const auto& [name, topic] : cluster.topics()) {
    for (const auto& partition : topic->partitions) partition->apply_retention();
  }
}

void expire_producers(Cluster& cluster) {
  const std::int64_t expiration_ms =
      cluster.broker_config_int(cluster.nodes().front().id, "producer.id.expiration.ms");
  for (const auto& [name, topic] : cluster.topics()) {
    for (const auto& partition : topic->partitions) {
      partition->producers().set_expiration_ms(expiration_ms);
      partition->expire_producers();
    }
  }
}

// What a broker does again and again.
struct Task {
  const char* interval_config;
  const char* first_delay_config;  // of its first run; null: the interval
  void (*run)(Cluster& cluster);
};

constexpr std::array kTasks = {
    Task{"log.retention.check.interval.ms", "log.initial.task.delay.ms", apply_retention},
    Task{"producer.id.expiration.check.interval.ms", nullptr, expire_producers},
    Task{"log.flush.offset.checkpoint.interval.ms", nullptr,
         [](Cluster& cluster) { cluster.write_recovery_points(); }},
    Task{"log.flush.start.offset.checkpoint.interval.ms", nullptr,
         [](Cluster& cluster) { cluster.write_start_offsets(); }},
    Task{"replica.high.watermark.checkpoint.interval.ms", nullptr,
         [](Cluster& cluster) { cluster.write_high_watermarks(); }},
    Task{"log.cleaner.backoff.ms", nullptr, [](Cluster& cluster) { cluster.compact(); }},
    Task{"log.flush.scheduler.interval.ms", nullptr, [](Cluster& cluster) { cluster.flush_due(); }},
};

constexpr std::int64_t kShortestMs = 1;

std::int64_t config_ms(const Cluster& cluster, const char* name) {
  return cluster.broker_config_int(cluster.nodes().front().id, name);
}

// An interval may be as long as a number can be, which means never, or so short that nothing else
// would run. It is asked for each time: it may be changed while the broker runs.
void run_again(Life& life, const Task& task, std::int64_t delay_ms) {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 2;
  if (delay_ms >= kNever) return;
  life.timers.at(life.environment.clock.now_ms() + delay_ms, [&life, &task] {
    task.run(life.cluster);
    run_again(life, task, std::max(config_ms(life.cluster, task.interval_config), kShortestMs));
  });
}

std::size_t session_slots(const Cluster& cluster) {
  return static_cast<std::size_t>(cluster.broker_config_int(
      cluster.nodes().front().id, "max.incremental.fetch.session.cache.slots"));
}

}  // namespace

Life::Life(const Surroundings& surroundings)
    : environment{.storage = surroundings.storage,
                  .clock = surroundings.clock,
                  .timers = timers,
                  .news = &news,
                  .events = &surroundings.events,
                  .tell = surroundings.report},
      cluster(surroundings.cluster, surroundings.profile, surroundings.random, environment),
      nodes(session_slots(cluster), surroundings.random),
      purgatory(timers),
      parked(surroundings.faults, surroundings.clock, timers),
      context{.profile = surroundings.profile,
              .apis = surroundings.apis,
              .clock = surroundings.clock,
              .random = surroundings.random,
              .timers = timers,
              .purgatory = purgatory,
              .cluster = cluster,
              .faults = surroundings.faults,
              .parked = parked,
              .events = surroundings.events,
              .nodes = nodes} {
  news.listen(purgatory);
}

std::optional<std::string> Life::start() {
  if (auto failure = cluster.load()) return failure;
  run_at_intervals();
  return std::nullopt;
}

void Life::run_at_intervals() {
  for (const Task& task : kTasks) {
    run_again(*this, task,
              task.first_delay_config != nullptr
                  ? config_ms(cluster, task.first_delay_config)
                  : std::max(config_ms(cluster, task.interval_config), kShortestMs));
  }
}

void Life::note_lost_state(const std::string& why) {
  for (const auto& [name, topic] : cluster.topics()) {
    for (const auto& partition : topic->partitions) partition->note_lost_state(why);
  }
}

std::optional<std::string> Life::restart_node(NodeId node, const std::optional<Crash>& crash) {
  parked.drop(node);
  nodes.forget(node);
  for (const auto& [name, topic] : cluster.topics()) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      Partition& partition = *topic->partitions[i];
      if (!partition.is_leader(node)) continue;
      const auto& isr = partition.leadership().isr;
      const auto next = std::ranges::find_if(isr, [&](NodeId one) { return one != node; });
      if (next != isr.end()) {
        // Others have what was replicated. A leader that stops in order lets them have the rest.
        cluster.elect(partition, *next, crash ? Partition::Tail::kLose : Partition::Tail::kKeep);
      } else if (auto failure =
                     cluster.restart_partition(*topic, static_cast<std::int32_t>(i), crash)) {
        return failure;
      }
    }
  }
  return std::nullopt;
}

}  // namespace understudy::broker
