#include "broker/core/broker.h"

#include <new>
#include <utility>

#include "broker/core/broker_impl.h"

namespace understudy::broker {

Broker::Impl::Impl(BrokerOptions options, const Clock& clock, Random& random, Storage& storage,
                   Outbox& outbox)
    : options_(std::move(options)),
      apis_(options_.profile),
      clock_(clock),
      random_(random),
      storage_(storage),
      outbox_(outbox),
      dispatcher_({.apis = apis_,
                   .clock = clock_,
                   .outbox = outbox,
                   .sessions = sessions_,
                   .faults = faults_,
                   .life = life_,
                   .trace = options_.trace,
                   .report = options_.report}),
      controls_({.apis = apis_,
                 .cluster = options_.cluster,
                 .sessions = sessions_,
                 .faults = faults_,
                 .events = events_,
                 .life = life_,
                 .failure = failure_}) {
  start();
}

// A life whose start fails is over at once: what it has half loaded serves nobody.
void Broker::Impl::start() {
  life_.emplace(Surroundings{.profile = options_.profile,
                             .apis = apis_,
                             .cluster = options_.cluster,
                             .clock = clock_,
                             .random = random_,
                             .storage = storage_,
                             .faults = faults_,
                             .events = events_,
                             .report = options_.report});
  failure_ = life_->start();
  if (failure_) end_life();
}

void Broker::Impl::end_life() {
  dispatcher_.while_dying([this] { life_.reset(); });
}

bool Broker::Impl::damage(const Crash& crash) {
  Timers none;
  return damage_storage(
      {.storage = storage_, .clock = clock_, .timers = none, .tell = options_.report}, crash);
}

std::optional<std::string> Broker::Impl::restart(const std::optional<Crash>& crash) {
  const bool is_stopped_first = !crash || crash->follows_clean_stop();
  if (life_ && is_stopped_first) life_->close();
  end_life();
  if (crash && !damage(*crash)) {
    failure_ = "the storage refused what the crash does to it";
    return failure_;
  }
  start();
  if (failure_) return failure_;
  if (crash && !crash->doubt().empty()) life_->note_lost_state(crash->doubt());
  constexpr NodeId kAllNodes = -1;
  record_restart(kAllNodes, crash);
  return std::nullopt;
}

std::optional<std::string> Broker::Impl::restart_node(NodeId node,
                                                      const std::optional<Crash>& crash) {
  if (!life_) return failure_;
  failure_ = life_->news.during([&] { return life_->restart_node(node, crash); });
  // The nodes share a process: with a partition that cannot be read none of them serves.
  if (failure_) {
    end_life();
    return failure_;
  }
  record_restart(node, crash);
  return std::nullopt;
}

void Broker::Impl::record_restart(NodeId node, const std::optional<Crash>& crash) {
  events_.add(clock_.wall_ms(), node,
              RestartedEvent{.what_was_lost = crash ? crash->describe() : "a clean stop"});
}

void Broker::Impl::receive(ConnectionId connection, const wire::Slice& frame) {
  const std::shared_ptr<Session>* found = sessions_.find(connection);
  if (found == nullptr) return;
  if (!life_) return outbox_.close(connection, "the broker is down: " + failure_.value_or(""));
  const std::shared_ptr<Session> session = *found;
  const RequestClock::Request one(clock_);
  // A request that is too much for this machine fails alone.
  try {
    life_->news.during([&] { dispatcher_.receive(connection, session, frame); });
  } catch (const std::bad_alloc&) {
    outbox_.close(connection, "there is no memory for a request of " +
                                  std::to_string(frame.size()) + " bytes and what it asks for");
  }
}

void Broker::Impl::disconnected(ConnectionId connection) {
  sessions_.close(connection);
  call([&](Life& life) { life.purgatory.disconnected(connection); });
}

Broker::Broker(BrokerOptions options, const Clock& clock, Random& random, Storage& storage,
               Outbox& outbox)
    : impl_(std::make_unique<Impl>(std::move(options), clock, random, storage, outbox)) {}
Broker::~Broker() = default;

const std::optional<std::string>& Broker::failure() const { return impl_->failure(); }
bool Broker::close() {
  bool is_clean = false;
  impl_->call([&](Life& life) { is_clean = life.close(); });
  return is_clean;
}
void Broker::close_later(const std::function<void(bool)>& done) {
  if (!impl_->life()) return done(false);
  impl_->life()->cluster.logs().flush_later([this, done] { done(close()); });
}
std::optional<std::string> Broker::restart_clean(std::optional<NodeId> node) {
  return node ? impl_->restart_node(*node, std::nullopt) : impl_->restart(std::nullopt);
}
std::optional<std::string> Broker::crash(const Crash& crash, std::optional<NodeId> node) {
  return node ? impl_->restart_node(*node, crash) : impl_->restart(crash);
}
void Broker::connected(ConnectionId connection, Peer peer) {
  impl_->sessions().open(connection, std::move(peer));
}
void Broker::receive(ConnectionId connection, wire::Slice frame) {
  impl_->receive(connection, frame);
}
void Broker::peer_finished(ConnectionId connection) {
  impl_->call([&](Life& life) { life.purgatory.peer_finished(connection); });
}
void Broker::disconnected(ConnectionId connection) { impl_->disconnected(connection); }
void Broker::advance() {
  impl_->call([](Life& life) { life.timers.run_due(life.environment.clock.monotonic_ms()); });
}
std::optional<std::int64_t> Broker::next_deadline_ms() const {
  if (!impl_->life()) return std::nullopt;
  return impl_->life()->timers.next_deadline_ms();
}
Controls& Broker::controls() { return impl_->controls(); }

}  // namespace understudy::broker
