#include "simulation/world.h"

#include <algorithm>
#include <stdexcept>

#include "simulation/checks/log_check.h"
#include "simulation/checks/sync_check.h"
#include "simulation/java_model.h"
#include "simulation/librdkafka_model.h"
#include "simulation/raw_model.h"
#include "wire/header.h"

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
      places_(places_of(schedule_)),
      disk_(agenda_.clock(), schedule_.durability, schedule_.seed + 1),
      broker_random_(schedule_.seed + 2),
      network_(agenda_, schedule_.seed + 3, schedule_.is_calm, broker_side()),
      scene_{.schedule = schedule_,
             .places = places_,
             .agenda = agenda_,
             .disk = disk_,
             .broker = broker_,
             .ledger = ledger_,
             .findings = findings_,
             .trace = [this](const auto& text) { trace(text); }},
      checkers_(findings_),
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
  checkers_.add(std::make_unique<SyncCheck>(scene_));
  checkers_.add(std::make_unique<LogCheck>(scene_));
}

World::~World() = default;

Network::BrokerSide World::broker_side() {
  return {.connected =
              [this](ConnectionId connection, NodeId node) {
                nodes_[connection] = node;
                in_core([&] { broker_->connected(connection, {.node = node}); });
              },
          .received = [this](ConnectionId connection,
                             const wire::Slice& frame) { received(connection, frame); },
          .disconnected =
              [this](ConnectionId connection) {
                nodes_.erase(connection);
                checkers_.disconnected(connection);
                in_core([&] { broker_->disconnected(connection); });
              },
          .answered = [this](ConnectionId connection,
                             const wire::Slice& frame) { answered(connection, frame); }};
}

void World::trace(const std::function<std::string()>& text) const {
  if (!options_.trace) return;
  options_.trace(std::to_string(agenda_.now_ms() - start_ms_) + " ms: " + text());
}

void World::trace_findings() {
  for (; traced_findings_ < findings_.size(); ++traced_findings_) {
    const Finding& finding = findings_[traced_findings_];
    trace([&] { return "WRONG: " + std::string(name_of(finding.check)) + ": " + finding.text; });
  }
}

broker::BrokerOptions World::broker_options() {
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
  return options;
}

void World::start_broker() {
  broker_ = std::make_unique<broker::Broker>(broker_options(), agenda_.clock(), broker_random_,
                                             disk_, network_);
  if (broker_->failure()) {
    find_fault(Check::kStart, *broker_->failure());
    is_over_ = true;
    return;
  }
  deciding_ = broker_->controls().on_event([this](const broker::Event& event) { decided(event); });
}

void World::make_topics() {
  for (const TopicPlan& plan : schedule_.topics) {
    const broker::ApiError error =
        broker_->controls().create_topic({.name = plan.name,
                                          .partitions = plan.partitions,
                                          .replication_factor = std::int16_t(plan.replicas),
                                          .configs = {plan.configs.begin(), plan.configs.end()}});
    if (error.failed()) find_fault(Check::kStart, "topic " + plan.name + " cannot be created");
  }
  // That topics exist is on the disk before anything befalls it.
  while (disk_.has_pending_syncs()) disk_.finish_sync();
}

void World::make_clients() {
  int number = 0;
  for (const ClientPlan& plan : schedule_.clients) {
    producers_.push_back(make_producer(number, plan));
    if (plan.kind == ClientKind::kRaw) ledger_.expect_no_order(number);
    ++number;
  }
  consumer_ = std::make_unique<ConsumerModel>(
      client_world_, ClientOptions{.name = "consumer", .request_timeout_ms = 3000},
      schedule_.seed + 4);
}

std::unique_ptr<Producer> World::make_producer(int number, const ClientPlan& plan) {
  const ProducerOptions options{
      .client = {.name = std::string(name_of(plan.kind)) + std::to_string(number),
                 .request_timeout_ms = 800},
      .acks = plan.acks,
      .version = plan.version,
      .delivery_timeout_ms = plan.seed % 3 == 0 ? 3000 : 120'000};
  switch (plan.kind) {
    case ClientKind::kLibrdkafka:
      return std::make_unique<LibrdkafkaModel>(client_world_, options, plan.seed);
    case ClientKind::kJava:
      return std::make_unique<JavaModel>(client_world_, options, plan.seed);
    case ClientKind::kRaw:
      return std::make_unique<RawModel>(client_world_, options, plan.seed);
  }
  return nullptr;
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

void World::plan_troubles() {
  for (const Trouble& trouble : schedule_.troubles) {
    agenda_.in(trouble.at_ms, [this, trouble] { befall(trouble); });
  }
}

// False if the process died in it, or if there is none.
bool World::in_core(const std::function<void()>& call) {
  if (is_over_) return false;
  try {
    call();
    return true;
  } catch (const Died&) {
    died();
    return false;
  }
}

void World::advance_broker() {
  in_core([this] { broker_->advance(); });
  if (!is_over_) checkers_.time_passed();
}

void World::received(ConnectionId connection, const wire::Slice& frame) {
  ++counts_.requests;
  hash_.add(connection);
  hash_.add(frame.view());
  checkers_.request(request_of(connection, frame));
  delivering_ = connection;
  // The core stamps batches in place, and the client may send the same bytes again.
  in_core([&] { broker_->receive(connection, wire::Slice::copy_of(frame.view())); });
  delivering_.reset();
}

Request World::request_of(ConnectionId connection, const wire::Slice& frame) const {
  wire::DecodeError error;
  const auto parsed = wire::read_request_header(frame, error);
  if (!parsed) throw std::logic_error("a client sends a request without a header");
  const Request request{.connection = connection,
                        .node = nodes_.at(connection),
                        .key = parsed->key,
                        .version = parsed->version,
                        .correlation_id = parsed->header.correlation_id,
                        .body = frame.sub(parsed->body_at, frame.size() - parsed->body_at)};
  trace([&] {
    return "node " + std::to_string(request.node) + " gets " +
           std::string(wire::name_of(request.key)) + " over connection " +
           std::to_string(connection);
  });
  return request;
}

void World::answered(ConnectionId connection, const wire::Slice& frame) {
  hash_.add(connection);
  hash_.add(frame.view());
  checkers_.answer(connection, frame);
}

void World::decided(const broker::Event& event) {
  hash_.add(event.number);
  trace([&] { return "broker: " + event.describe(); });
  if (const broker::BatchEvent* batch = event.batch()) count(*batch);
  checkers_.event(event);
}

void World::count(const broker::BatchEvent& batch) {
  ++counts_.batches;
  switch (batch.verdict) {
    case broker::BatchEvent::Verdict::kAppended:
      ++counts_.appended;
      break;
    case broker::BatchEvent::Verdict::kDuplicate:
      ++counts_.duplicates;
      break;
    case broker::BatchEvent::Verdict::kRefused:
      ++counts_.refused;
      break;
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
  trace_findings();
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
  checkers_.look();
  broker_->controls().remove_all_rules();
  repair_disk();
  disk_.die_in(0);
  for (std::size_t slot = 0; slot < places_.size(); ++slot) release_replication(Slot(slot));
  for (const ConnectionId connection : network_.open_connections()) network_.stall(connection, 0);
  if (scene_.is_any_offline()) restart(std::nullopt);
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
    words = offer_words();
    run_until([this] { return are_idle(); }, agenda_.now_ms() + kPatienceMs);
  }
  for (const Name& word : words) {
    if (is_over_ || ledger_.is_acknowledged(word)) continue;
    find_fault(Check::kProgress, word.text() + " does not get through although all is well");
  }
}

std::vector<Name> World::offer_words() {
  std::vector<Name> words;
  for (std::size_t client = 0; client < producers_.size(); ++client) {
    if (schedule_.clients[client].kind == ClientKind::kRaw) continue;  // it may send anything
    for (std::size_t slot = 0; slot < places_.size(); ++slot) {
      words.push_back(ledger_.hand_over(std::int32_t(client), Slot(slot)));
      producers_[client]->offer(words.back());
    }
  }
  return words;
}

// As long as troubles may come.
void World::play() {
  make_topics();
  make_clients();
  plan_records();
  plan_troubles();
  bool is_over_in_time = false;
  agenda_.at(start_ms_ + schedule_.duration_ms, [&is_over_in_time] { is_over_in_time = true; });
  run_until([&] { return is_over_in_time; }, INT64_MAX);
}

void World::come_to_rest() {
  heal();
  network_.pump();
  run_until([this] { return are_idle(); }, agenda_.now_ms() + kPatienceMs);
  if (!is_over_ && !are_idle()) find_fault(Check::kProgress, "clients do not come to rest");
  say_last_words();
  consumer_->stop();
}

void World::end() {
  checkers_.at_rest();
  if (schedule_.seed % 2 == 0) {
    restart(std::nullopt);
  } else {
    restart(broker::Crash{});
  }
  if (!is_over_) checkers_.end();
  if (!is_over_) grow_old();
}

// Until by the machine's clock everything is older than any retention.ms, and retention has looked.
void World::grow_old() {
  constexpr std::int64_t kLooksMs = 3000;
  std::int64_t shift_ms = 0;
  for (const TopicPlan& topic : schedule_.topics) {
    shift_ms = std::max(shift_ms, topic.retention_ms.value_or(0));
  }
  latest_wall_ms_ = std::max(latest_wall_ms_, agenda_.wall_ms());
  agenda_.set_wall(latest_wall_ms_ + shift_ms + 1);
  const std::int64_t until_ms = agenda_.now_ms() + kLooksMs;
  run_until([&] { return agenda_.now_ms() >= until_ms; }, until_ms);
  for (Slot slot = 0; slot < scene_.slot_count(); ++slot) {
    if (is_over_ || !scene_.place(slot).plan->retention_ms) continue;
    const broker::PartitionView at = scene_.partition(slot);
    if (at.log_start_offset == at.log_end_offset) continue;
    find_fault(Check::kTime, scene_.name_of(slot) + " still has records from " +
                                 std::to_string(at.log_start_offset) + " to " +
                                 std::to_string(at.log_end_offset) +
                                 ", which are older than retention.ms");
  }
}

RunResult World::run() {
  start_broker();
  if (!is_over_) play();
  if (!is_over_) come_to_rest();
  if (!is_over_) end();
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
