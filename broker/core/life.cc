#include "broker/core/life.h"

#include <algorithm>
#include <array>
#include <limits>

namespace understudy::broker {
namespace {

// What a broker does again and again.
struct Task {
  std::int64_t BrokerConfig::* interval_ms;
  std::int64_t BrokerConfig::* first_delay_ms;  // of its first run; null: the interval
  void (*run)(LogManager& logs);
};

constexpr std::array kTasks = {
    Task{&BrokerConfig::log_retention_check_interval_ms, &BrokerConfig::log_initial_task_delay_ms,
         [](LogManager& logs) { logs.apply_retention(); }},
    Task{&BrokerConfig::producer_id_expiration_check_interval_ms, nullptr,
         [](LogManager& logs) { logs.expire_producers(); }},
    Task{&BrokerConfig::log_flush_offset_checkpoint_interval_ms, nullptr,
         [](LogManager& logs) { logs.write_recovery_points(); }},
    Task{&BrokerConfig::log_flush_start_offset_checkpoint_interval_ms, nullptr,
         [](LogManager& logs) { logs.write_start_offsets(); }},
    Task{&BrokerConfig::replica_high_watermark_checkpoint_interval_ms, nullptr,
         [](LogManager& logs) { logs.write_high_watermarks(); }},
    Task{&BrokerConfig::log_cleaner_backoff_ms, nullptr, [](LogManager& logs) { logs.compact(); }},
    Task{&BrokerConfig::log_flush_scheduler_interval_ms, nullptr,
         [](LogManager& logs) { logs.flush_due(); }},
};

constexpr std::int64_t kShortestMs = 1;

const BrokerConfig& config_of(const Cluster& cluster) {
  return cluster.configs().of(cluster.nodes().front().id);
}

// An interval may be as long as a number can be, which means never, or so short that nothing else
// would run. It is asked for each time: it may be changed while the broker runs.
void run_again(Life& life, const Task& task, std::int64_t delay_ms) {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 2;
  if (delay_ms >= kNever) return;
  life.timers.at(life.environment.clock.monotonic_ms() + delay_ms, [&life, &task] {
    task.run(life.cluster.logs());
    run_again(life, task, std::max(config_of(life.cluster).*task.interval_ms, kShortestMs));
  });
}

std::size_t session_slots(const Cluster& cluster) {
  return static_cast<std::size_t>(config_of(cluster).max_incremental_fetch_session_cache_slots);
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
      groups({.profile = surroundings.profile,
              .clock = surroundings.clock,
              .random = surroundings.random,
              .cluster = cluster,
              .events = surroundings.events},
             timers),
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
              .nodes = nodes,
              .groups = groups} {
  news.listen(purgatory);
  news.listen(groups);
}

std::optional<std::string> Life::start() {
  if (auto failure = cluster.load()) return failure;
  groups.start();
  run_at_intervals();
  return std::nullopt;
}

bool Life::close() {
  groups.stop();
  return cluster.close();
}

void Life::run_at_intervals() {
  const BrokerConfig& config = config_of(cluster);
  for (const Task& task : kTasks) {
    const bool has_first = task.first_delay_ms != nullptr;
    run_again(
        *this, task,
        has_first ? config.*task.first_delay_ms : std::max(config.*task.interval_ms, kShortestMs));
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
