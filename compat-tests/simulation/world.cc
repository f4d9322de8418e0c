#include "simulation/world.h"

#include <algorithm>

#include "broker/faults/faults.h"
#include "simulation/java_model.h"
#include "simulation/librdkafka_model.h"
#include "simulation/raw_model.h"

namespace understudy::simulation {
namespace {

// After the last trouble everything has to get through in this time.
constexpr std::int64_t kPatienceMs = 300'000;
constexpr std::uint64_t kStepsMax = 400'000;

}  // namespace

void Counts::add(const Counts& other) {
  runs += other.runs;
  requests += other.requests;
  batches += other.batches;
  appended += other.appended;
  duplicates += other.duplicates;
  refused += other.refused;
  handed_over += other.handed_over;
  acknowledged += other.acknowledged;
  given_up += other.given_up;
  lost_as_predicted += other.lost_as_predicted;
  for (const auto& [mischief, count] : other.troubles) troubles[mischief] += count;
}

World::World(Schedule schedule, RunOptions options)
    : schedule_(std::move(schedule)),
      options_(std::move(options)),
      disk_(agenda_.clock(), schedule_.durability, schedule_.seed + 1),
      broker_random_(schedule_.seed + 2),
      network_(agenda_, schedule_.seed + 3, schedule_.is_calm,
               {.connected =
                    [this](ConnectionId connection, NodeId node) {
                      nodes_[connection] = node;
                      in_core([&] { broker_->connected(connection, {.node = node}); });
                    },
                .received = [this](ConnectionId connection,
                                   const wire::Slice& frame) { received(connection, frame); },
                .disconnected =
                    [this](ConnectionId connection) {
                      nodes_.erase(connection);
                      in_flight_.erase(connection);
                      in_core([&] { broker_->disconnected(connection); });
                    },
                .answered = [this](ConnectionId connection,
                                   const wire::Slice& frame) { answered(connection, frame); }}),
      client_world_{.agenda = agenda_,
                    .network = network_,
                    .ledger = ledger_,
                    .findings = findings_,
                    .places = places_,
                    .node_count = schedule_.nodes,
                    .trace = [this](const auto& text) { trace(text); }} {
  start_ms_ = agenda_.now_ms();
  disk_.on_sync_asked([this] {
    agenda_.in(1 + std::int64_t(broker_random_.below(20)),
               [this] { in_core([this] { disk_.finish_sync(); }); });
  });
}

World::~World() = default;

void World::trace(const std::function<std::string()>& text) const {
  if (!options_.trace) return;
  options_.trace(std::to_string(agenda_.now_ms() - start_ms_) + " ms: " + text());
}

std::string World::name_of_slot(Slot slot) const { return models_[std::size_t(slot)].name(); }

void World::start_broker() {
  broker::BrokerOptions options;
  options.cluster.cluster_id = "simulated-cluster-0000";
  options.cluster.static_configs = {
      {"log.initial.task.delay.ms", "500"},
      {"log.retention.check.interval.ms", "1000"},
      {"producer.id.expiration.check.interval.ms", "1000"},
      {"producer.id.expiration.ms", std::to_string(schedule_.producer_expiration_ms)},
      {"log.flush.offset.checkpoint.interval.ms", "1500"},
      {"log.flush.start.offset.checkpoint.interval.ms", "1500"},
      {"replica.high.watermark.checkpoint.interval.ms", "1500"}};
  for (int id = 1; id <= schedule_.nodes; ++id) {
    options.cluster.nodes.push_back({.id = id,
                                     .host = "node" + std::to_string(id),
                                     .port = static_cast<std::uint16_t>(9000 + id),
                                     .rack = {}});
  }
  options.report = [this](const std::string& line) { trace([&] { return "broker: " + line; }); };
  broker_ = std::make_unique<broker::Broker>(std::move(options), agenda_.clock(), broker_random_,
                                             disk_, network_);
  if (broker_->failure()) {
    find_fault(Check::kStart, *broker_->failure());
    is_over_ = true;
    return;
  }
  judging_ = broker_->controls().on_event([this](const broker::Event& event) {
    hash_.add(event.number);
    trace([&] { return "broker: " + event.describe(); });
    if (const broker::BatchEvent* batch = event.batch()) judged(event, *batch);
  });
}

void World::make_topics() {
  for (const TopicPlan& plan : schedule_.topics) {
    const broker::ApiError error =
        broker_->controls().create_topic({.name = plan.name,
                                          .partitions = plan.partitions,
                                          .replication_factor = std::int16_t(plan.replicas),
                                          .configs = {plan.configs.begin(), plan.configs.end()}});
    if (error.failed()) find_fault(Check::kStart, "topic " + plan.name + " cannot be created");
    for (int i = 0; i < plan.partitions; ++i) {
      places_.push_back({plan.name, i});
      plans_.push_back(&plan);
      models_.emplace_back(plan.name + "-" + std::to_string(i));
    }
  }
  // That topics exist is on the disk before anything befalls it.
  while (disk_.has_pending_syncs()) disk_.finish_sync();
}

void World::make_clients() {
  int number = 0;
  for (const ClientPlan& plan : schedule_.clients) {
    const ProducerOptions options{
        .client = {.name = std::string(name_of(plan.kind)) + std::to_string(number),
                   .request_timeout_ms = 800},
        .acks = plan.acks,
        .version = plan.version,
        .delivery_timeout_ms = plan.seed % 3 == 0 ? 3000 : 120'000};
    switch (plan.kind) {
      case ClientKind::kLibrdkafka:
        producers_.push_back(std::make_unique<LibrdkafkaModel>(client_world_, options, plan.seed));
        break;
      case ClientKind::kJava:
        producers_.push_back(std::make_unique<JavaModel>(client_world_, options, plan.seed));
        break;
      case ClientKind::kRaw:
        producers_.push_back(std::make_unique<RawModel>(client_world_, options, plan.seed));
        ledger_.expect_no_order(number);
        break;
    }
    ++number;
  }
  consumer_ = std::make_unique<ConsumerModel>(
      client_world_, ClientOptions{.name = "consumer", .request_timeout_ms = 3000},
      schedule_.seed + 4);
}

void World::plan_records() {
  for (std::size_t client = 0; client < schedule_.clients.size(); ++client) {
    const ClientPlan& plan = schedule_.clients[client];
    broker::Random random(plan.seed + 1);
    for (int i = 0; i < plan.records; ++i) {
      const std::int64_t at_ms = std::int64_t(random.below(std::uint64_t(schedule_.duration_ms)));
      const auto slot = Slot(random.below(places_.size()));
      // Often a few at once, as applications do.
      const int count = random.below(4) == 0 ? 4 : 1;
      agenda_.in(at_ms, [this, client, slot, count] {
        for (int record = 0; record < count; ++record) {
          producers_[client]->offer(ledger_.hand_over(std::int32_t(client), slot));
        }
      });
    }
  }
}

void World::in_core(const std::function<void()>& call) {
  if (is_over_) return;
  try {
    call();
  } catch (const Died&) {
    died();
  }
}

void World::advance_broker() {
  in_core([this] { broker_->advance(); });
  if (is_over_) return;  // it died in this, and did not come back
  for (std::size_t slot = 0; slot < models_.size(); ++slot) {
    models_[slot].may_expire(agenda_.now_ms(), schedule_.producer_expiration_ms);
    note_start(Slot(slot));
  }
}

// The next thing that happens: an entry of the agenda, or a timer of the broker's.
void World::step() {
  const auto entry_ms = agenda_.next_ms();
  const auto timer_ms = broker_->next_deadline_ms();
  if (timer_ms && (!entry_ms || *timer_ms <= *entry_ms)) {
    agenda_.advance_to(*timer_ms);
    advance_broker();
  } else if (entry_ms) {
    agenda_.run_next();
  }
  network_.pump();
  for (; traced_findings_ < findings_.size(); ++traced_findings_) {
    const Finding& finding = findings_[traced_findings_];
    trace([&] { return "WRONG: " + std::string(name_of(finding.check)) + ": " + finding.text; });
  }
}

void World::run_until(const std::function<bool()>& is_done, std::int64_t limit_ms) {
  for (std::uint64_t steps = 0; !is_over_ && !is_done(); ++steps) {
    if (agenda_.now_ms() > limit_ms || steps > kStepsMax) return;
    step();
  }
}

// From here on nothing befalls it any more.
void World::heal() {
  trace([] { return "nothing befalls it from here on"; });
  check_syncs();
  broker_->controls().remove_all_rules();
  disk_.set_full(false);
  disk_.fail_syncs(false);
  disk_.die_in(0);
  for (std::size_t slot = 0; slot < models_.size(); ++slot) release_replication(Slot(slot));
  for (const ConnectionId connection : network_.open_connections()) network_.stall(connection, 0);
  if (is_any_offline()) restart(std::nullopt);
}

bool World::are_idle() const {
  return std::ranges::all_of(producers_, [](const auto& producer) { return producer->is_idle(); });
}

// All is well: a record of every producer gets through to every partition. What happened before may
// yet end a producer, but not for ever.
void World::say_last_words() {
  static constexpr int kRounds = 3;
  std::vector<Name> words;
  for (int round = 0; round < kRounds && !is_over_; ++round) {
    words.clear();
    for (std::size_t client = 0; client < producers_.size(); ++client) {
      if (schedule_.clients[client].kind == ClientKind::kRaw) continue;  // it may send anything
      for (std::size_t slot = 0; slot < models_.size(); ++slot) {
        words.push_back(ledger_.hand_over(std::int32_t(client), Slot(slot)));
        producers_[client]->offer(words.back());
      }
    }
    run_until([this] { return are_idle(); }, agenda_.now_ms() + kPatienceMs);
  }
  for (const Name& word : words) {
    if (is_over_ || ledger_.is_acknowledged(word)) continue;
    find_fault(Check::kProgress, word.text() + " does not get through although all is well");
  }
}

void World::check_in_the_end() {
  for (std::size_t slot = 0; slot < models_.size(); ++slot) audit(Slot(slot));
  if (schedule_.seed % 2 == 0) {
    restart(std::nullopt);
  } else {
    restart(broker::Crash{});
  }
  if (is_over_) return;
  for (std::size_t index = 0; index < models_.size(); ++index) {
    const auto slot = Slot(index);
    const PartitionModel& model = models_[index];
    ledger_.check(
        slot, read_log(slot),
        [&](std::int64_t id, std::int16_t epoch) { return model.began_in_the_middle(id, epoch); },
        findings_);
  }
}

RunResult World::run() {
  start_broker();
  if (!is_over_) {
    make_topics();
    make_clients();
    plan_records();
    for (const Trouble& trouble : schedule_.troubles) {
      agenda_.in(trouble.at_ms, [this, trouble] { befall(trouble); });
    }
    const std::int64_t end_ms = start_ms_ + schedule_.duration_ms;
    bool is_over_in_time = false;
    agenda_.at(end_ms, [&is_over_in_time] { is_over_in_time = true; });
    run_until([&] { return is_over_in_time; }, INT64_MAX);
  }
  if (!is_over_) {
    heal();
    network_.pump();
    run_until([this] { return are_idle(); }, agenda_.now_ms() + kPatienceMs);
    if (!is_over_ && !are_idle()) find_fault(Check::kProgress, "clients do not come to rest");
    say_last_words();
    consumer_->stop();
  }
  if (!is_over_) check_in_the_end();
  hash_.add(disk_.hash());
  counts_.runs = 1;
  counts_.handed_over = ledger_.handed_over();
  counts_.acknowledged = ledger_.acknowledged();
  counts_.given_up = ledger_.given_up();
  counts_.lost_as_predicted = ledger_.forgiven();
  return {.findings = std::move(findings_), .hash = hash_.value(), .counts = counts_};
}

RunResult run_schedule(const Schedule& schedule, const RunOptions& options) {
  return World(schedule, options).run();
}

}  // namespace understudy::simulation
