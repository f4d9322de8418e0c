#include "understudy/cluster.h"

#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "broker/core/controls.h"
#include "broker/embedding/convert.h"
#include "broker/server/logging.h"
#include "broker/server/runtime.h"
#include "wire/error_code.h"

namespace understudy {
namespace {

using broker::Controls;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

server::RuntimeOptions to_runtime(const ClusterOptions& options) {
  const auto profile = broker::Profile::named(options.profile);
  if (!profile) throw Error("the profile '" + options.profile + "' is not known");
  if (options.nodes < 1 || options.nodes > server::kNodesMax) {
    throw Error("a cluster has 1 to " + std::to_string(server::kNodesMax) + " nodes");
  }
  const auto level = server::log_level_named(options.log_level);
  if (!level) throw Error("the log level '" + options.log_level + "' is not known");
  server::set_log_level(*level);
  server::RuntimeOptions runtime;
  runtime.profile = *profile;
  runtime.node_count = options.nodes;
  runtime.listen = {{options.host, 0}};
  runtime.overrides = {options.overrides.begin(), options.overrides.end()};
  runtime.seed = options.seed;
  runtime.data_dir = options.data_dir;
  if (options.durability == Durability::kFsync) runtime.durability = server::Durability::kFsync;
  if (options.clock == ClockMotion::kFrozen) runtime.clock = server::SystemClock::Motion::kFrozen;
  if (const auto wrong = server::why_refused(runtime.profile, runtime.overrides))
    throw Error(*wrong);
  runtime.racks = options.racks;
  if (const auto wrong = server::why_racks_unfit(runtime)) throw Error(*wrong);
  return runtime;
}

}  // namespace

class Cluster::Impl {
 public:
  explicit Impl(const ClusterOptions& options) : runtime_(to_runtime(options)) {
    if (const auto failure = runtime_.start()) throw Error(*failure);
    runtime_.on_activity([this] { note_activity(); });
    thread_ = std::thread([this] { runtime_.run(); });
  }
  ~Impl() { stop(); }

  void stop() {
    const std::unique_lock lock(running_mutex_);
    if (!is_running_) return;
    is_running_ = false;
    runtime_.stop();
    thread_.join();
    note_activity();  // nobody waits for what cannot come any more
  }

  // Runs `question` on the cluster's thread. It changes nothing.
  template <class Question>
  auto ask(Question question) {
    const std::shared_lock lock(running_mutex_);
    if (!is_running_) throw Error("the cluster is stopped");
    return runtime_.call([&] { return question(runtime_.broker().controls()); });
  }

  // The same for what changes something that others may wait for.
  template <class Change>
  auto change(Change change) {
    return ask([&](Controls& controls) {
      runtime_.mark_active();
      return change(controls);
    });
  }

  // Waits until `condition`, asked on the cluster's thread after everything that happens there,
  // says yes; false if the time is over before.
  template <class Condition>
  bool wait_until(Condition condition, milliseconds timeout) {
    const auto deadline = steady_clock::now() + timeout;
    for (;;) {
      const std::uint64_t seen = activity();
      if (ask(condition)) return true;
      std::unique_lock lock(activity_mutex_);
      const bool is_new =
          activity_changed_.wait_until(lock, deadline, [&] { return activity_ != seen; });
      if (!is_new) return false;
    }
  }

  void restart(const std::optional<broker::Crash>& crash, std::optional<std::int32_t> node) {
    change([&](const Controls& controls) {
      if (node && !controls.has_node(*node)) {
        throw Error("there is no node " + std::to_string(*node));
      }
      if (node && crash && crash->kind == broker::Crash::Kind::kLoseUnsynced) {
        throw Error("a power cut meets all nodes: they share a disk");
      }
      if (crash && crash->batches < 0) throw Error("a number of batches is not negative");
      if (const auto failure = runtime_.restart(crash, node)) throw Error(*failure);
    });
  }

  broker::PartitionView view(const std::string& topic, std::int32_t partition);

  std::vector<Event> events_after(std::uint64_t number) {
    return ask([&](const Controls& controls) {
      const broker::Events::Page page = controls.events().after(number);
      std::vector<Event> events;
      for (auto event = page.begin; event != page.end; ++event) events.push_back(to_public(*event));
      return events;
    });
  }

  server::Runtime& runtime() { return runtime_; }

 private:
  void note_activity() {
    {
      const std::lock_guard lock(activity_mutex_);
      ++activity_;
    }
    activity_changed_.notify_all();
  }
  std::uint64_t activity() {
    const std::lock_guard lock(activity_mutex_);
    return activity_;
  }

  server::Runtime runtime_;
  std::thread thread_;
  std::shared_mutex running_mutex_;
  bool is_running_ = true;
  std::mutex activity_mutex_;
  std::condition_variable activity_changed_;
  std::uint64_t activity_ = 0;
};

namespace {

[[noreturn]] void fail(const broker::ApiError& error) {
  throw Error(error.message.value_or(std::string(wire::name_of(error.code))),
              static_cast<std::int16_t>(error.code));
}

void check(const broker::ApiError& error) {
  if (error.failed()) fail(error);
}

template <class Value>
Value value_of(broker::Outcome<Value> outcome) {
  if (const auto* error = std::get_if<broker::ApiError>(&outcome)) fail(*error);
  return std::get<Value>(std::move(outcome));
}

}  // namespace

// A fault's way to its cluster. The cluster may end before it.
struct Fault::Access {
  std::weak_ptr<Cluster::Impl> cluster;
  broker::Faults::RuleId id;

  std::shared_ptr<Cluster::Impl> lock() const {
    auto impl = cluster.lock();
    if (!impl) throw Error("the cluster of this fault is gone");
    return impl;
  }
};

std::uint64_t Fault::hits() const {
  return access_->lock()->ask([&](Controls& controls) { return controls.hits(access_->id); });
}

bool Fault::wait_for_hits(std::uint64_t count, milliseconds timeout) const {
  return access_->lock()->wait_until(
      [&](Controls& controls) { return controls.hits(access_->id) >= count; }, timeout);
}

void Fault::release() {
  access_->lock()->change([&](Controls& controls) { controls.release_rule(access_->id); });
}

void Fault::remove() {
  access_->lock()->change([&](Controls& controls) { controls.remove_rule(access_->id); });
}

Cluster::Cluster(const ClusterOptions& options) : impl_(std::make_shared<Impl>(options)) {}
// Faults that are waited for elsewhere may keep the rest alive a moment longer.
Cluster::~Cluster() { impl_->stop(); }

std::string Cluster::bootstrap() const { return impl_->runtime().bootstrap(); }
std::uint64_t Cluster::seed() const { return impl_->runtime().seed(); }
void Cluster::stop() { impl_->stop(); }

void Cluster::crash(const Crash& crash, std::optional<std::int32_t> node) {
  impl_->restart(to_core(crash), node);
}

void Cluster::restart_clean(std::optional<std::int32_t> node) {
  impl_->restart(std::nullopt, node);
}

void Cluster::create_topic(const std::string& name, const TopicOptions& options) {
  broker::TopicSpec topic;
  topic.name = name;
  topic.partitions = options.partitions;
  topic.replication_factor = options.replication_factor;
  topic.configs = {options.configs.begin(), options.configs.end()};
  broker::ApiError error =
      impl_->change([&](Controls& controls) { return controls.create_topic(topic); });
  if (!error.failed()) return;
  error.message =
      "topic '" + name + "': " + error.message.value_or(std::string(wire::name_of(error.code)));
  fail(error);
}

void Cluster::delete_topic(const std::string& name) {
  check(impl_->change([&](Controls& controls) { return controls.delete_topic(name); }));
}

std::int32_t Cluster::partition_count(const std::string& topic) const {
  const auto view = impl_->ask([&](Controls& controls) { return controls.find_topic(topic); });
  if (view) return view->partition_count;
  throw Error("there is no topic '" + topic + "'",
              static_cast<std::int16_t>(wire::ErrorCode::kUnknownTopicOrPartition));
}

Fault Cluster::inject(const Rule& rule) {
  broker::Rule core = to_core(rule);
  auto access = std::make_shared<Fault::Access>();
  access->cluster = impl_;
  access->id = value_of(
      impl_->change([&](Controls& controls) { return controls.add_rule(std::move(core)); }));
  return Fault(std::move(access));
}

void Cluster::clear_faults() {
  impl_->change([](Controls& controls) { controls.remove_all_rules(); });
}

void Cluster::drop_connections(std::optional<std::int32_t> node) {
  impl_->change([&](Controls&) { impl_->runtime().drop_connections(node); });
}

std::size_t Cluster::connection_count() const {
  return impl_->ask([&](Controls&) { return impl_->runtime().connection_count(); });
}

broker::PartitionView Cluster::Impl::view(const std::string& topic, std::int32_t partition) {
  return value_of(ask([&](Controls& controls) { return controls.partition({topic, partition}); }));
}

std::int32_t Cluster::leader(const std::string& topic, std::int32_t partition) const {
  return impl_->view(topic, partition).leader;
}

std::int32_t Cluster::leader_epoch(const std::string& topic, std::int32_t partition) const {
  return impl_->view(topic, partition).leader_epoch;
}

void Cluster::move_leader(const std::string& topic, std::int32_t partition, std::int32_t node,
                          Tail tail) {
  check(impl_->change([&](Controls& controls) {
    return controls.move_leader({topic, partition}, node, to_core(tail));
  }));
}

void Cluster::hold_replication(const std::string& topic, std::int32_t partition) {
  check(impl_->change(
      [&](Controls& controls) { return controls.hold_replication({topic, partition}); }));
}

void Cluster::release_replication(const std::string& topic, std::int32_t partition) {
  check(impl_->change(
      [&](Controls& controls) { return controls.release_replication({topic, partition}); }));
}

std::int64_t Cluster::log_start_offset(const std::string& topic, std::int32_t partition) const {
  return impl_->view(topic, partition).log_start_offset;
}

std::int64_t Cluster::log_end_offset(const std::string& topic, std::int32_t partition) const {
  return impl_->view(topic, partition).log_end_offset;
}

std::int64_t Cluster::high_watermark(const std::string& topic, std::int32_t partition) const {
  return impl_->view(topic, partition).high_watermark;
}

std::vector<Record> Cluster::records(const std::string& topic, std::int32_t partition) const {
  return impl_->ask([&](Controls& controls) { return read_records(controls, {topic, partition}); });
}

std::vector<ProducerState> Cluster::producers(const std::string& topic,
                                              std::int32_t partition) const {
  std::vector<ProducerState> states;
  for (const broker::ProducerView& view : value_of(impl_->ask(
           [&](Controls& controls) { return controls.producers({topic, partition}); }))) {
    states.push_back(to_public(view));
  }
  return states;
}

void Cluster::set_next_sequence(const std::string& topic, std::int32_t partition,
                                std::int64_t producer_id, std::int32_t sequence) {
  check(impl_->change([&](Controls& controls) {
    return controls.set_next_sequence({topic, partition}, producer_id, sequence);
  }));
}

void Cluster::set_producer_epoch(const std::string& topic, std::int32_t partition,
                                 std::int64_t producer_id, std::int16_t epoch) {
  check(impl_->change([&](Controls& controls) {
    return controls.set_producer_epoch({topic, partition}, producer_id, epoch);
  }));
}

void Cluster::forget_producer(const std::string& topic, std::int32_t partition,
                              std::int64_t producer_id) {
  check(impl_->change([&](Controls& controls) {
    return controls.forget_producer({topic, partition}, producer_id);
  }));
}

std::vector<GroupSummary> Cluster::groups() const {
  std::vector<GroupSummary> groups;
  for (const broker::GroupSummaryView& view :
       impl_->ask([](const Controls& controls) { return controls.groups(); })) {
    groups.push_back(to_public(view));
  }
  return groups;
}

GroupState Cluster::group(const std::string& id) const {
  return to_public(
      value_of(impl_->ask([&](const Controls& controls) { return controls.group(id); })));
}

bool Cluster::wait_for_group(const std::string& id, const std::string& state,
                             milliseconds timeout) const {
  return impl_->wait_until(
      [&](const Controls& controls) {
        const auto found = controls.group(id);
        const auto* group = std::get_if<broker::GroupDetailsView>(&found);
        return group != nullptr && group->summary.state == state;
      },
      timeout);
}

void Cluster::rebalance(const std::string& id) {
  check(impl_->change([&](Controls& controls) { return controls.rebalance(id); }));
}

void Cluster::evict(const std::string& id, const std::string& member_id) {
  check(impl_->change([&](Controls& controls) { return controls.evict(id, member_id); }));
}

void Cluster::set_offsets(const std::string& id, const std::vector<OffsetChange>& changes) {
  check(impl_->change(
      [&](Controls& controls) { return controls.set_offsets(id, to_core(changes)); }));
}

std::vector<Event> Cluster::events() const { return impl_->events_after(0); }

std::optional<Event> Cluster::wait_for_event(const std::function<bool(const Event&)>& predicate,
                                             milliseconds timeout) const {
  const auto deadline = steady_clock::now() + timeout;
  std::uint64_t last_number = 0;
  for (;;) {
    const auto has_fresh = [&](const Controls& controls) {
      return controls.events().last_number() > last_number;
    };
    const auto rest = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (!impl_->wait_until(has_fresh, std::max(rest, milliseconds(0)))) return std::nullopt;
    for (Event& event : impl_->events_after(last_number)) {
      last_number = event.number;
      if (predicate(event)) return std::move(event);
    }
  }
}

std::int64_t Cluster::now_ms() const {
  return impl_->ask([&](Controls&) { return impl_->runtime().wall_ms(); });
}

void Cluster::advance_clock(milliseconds time) {
  if (time.count() < 0) throw Error("time does not go back");
  impl_->change([&](Controls&) { impl_->runtime().advance_clock(time.count()); });
}

void Cluster::shift_wall_clock(milliseconds time) {
  impl_->change([&](Controls&) { impl_->runtime().shift_wall_clock(time.count()); });
}

}  // namespace understudy
