#include "broker/core/broker.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "broker/api/context.h"
#include "broker/api/fetch_session.h"
#include "broker/api/producer_ids.h"
#include "broker/api/table.h"
#include "broker/core/error_response.h"
#include "broker/faults/faults.h"
#include "wire/header.h"
#include "wire/messages.h"
#include "wire/messages/api_versions.h"

namespace understudy::broker {
namespace {

using wire::ApiKey;
using wire::ErrorCode;
using wire::Slice;

// "Produce v9 from client \"orders\"", for log lines about frames that make no sense.
std::string describe(const Request& request) {
  const std::string_view name = wire::name_of(request.api_key);
  return (name.empty() ? "API " + std::to_string(static_cast<int>(request.api_key))
                       : std::string(name)) +
         " v" + std::to_string(request.version) + " from client \"" + request.client_id + "\"";
}

std::vector<Slice> frame_of(const Request& request, const wire::Struct& schema,
                            const void* response, wire::Version version) {
  wire::Output out;
  const std::size_t size_at = out.reserve_int32();
  wire::write_response_header(request.api_key, version, request.correlation_id, out);
  wire::encode(schema, response, version, out);
  out.patch_int32(size_at, static_cast<std::int32_t>(out.size() - sizeof(std::int32_t)));
  return out.finish();
}

void cut(std::vector<Slice>& pieces, std::size_t size) {
  for (Slice& piece : pieces) {
    const std::size_t kept = std::min(piece.size(), size);
    piece = piece.sub(0, kept);
    size -= kept;
  }
}

std::size_t session_slots(const Cluster& cluster) {
  const BrokerConfig& config = cluster.configs().of(cluster.nodes().front().id);
  return static_cast<std::size_t>(config.max_incremental_fetch_session_cache_slots);
}

}  // namespace

class Broker::Impl : public ReplySink {
 public:
  Impl(BrokerOptions options, const Clock& clock, Random& random, Storage& storage, Outbox& outbox)
      : profile_(options.profile),
        clock_(clock),
        outbox_(outbox),
        purgatory_(timers_),
        environment_{.storage = storage,
                     .clock = clock,
                     .timers = timers_,
                     .progressed = [this](const PartitionKey& key) { purgatory_.changed(key); },
                     .tell = std::move(options.tell)},
        cluster_options_(std::move(options.cluster)),
        random_(random),
        cluster_(std::in_place, cluster_options_, profile_, random, environment_),
        faults_(clock, timers_),
        fetch_sessions_(session_slots(*cluster_), random),
        context_{profile_,  clock,   random,  timers_,         purgatory_,
                 *cluster_, faults_, events_, fetch_sessions_, producer_ids_} {
    failure_ = cluster_->load();
    // The first pass of retention comes earlier than the later ones.
    repeat(&BrokerConfig::log_retention_check_interval_ms, config().log_initial_task_delay_ms,
           [this] { apply_retention(); });
    repeat(&BrokerConfig::producer_id_expiration_check_interval_ms, std::nullopt,
           [this] { expire_producers(); });
    repeat(&BrokerConfig::log_flush_offset_checkpoint_interval_ms, std::nullopt,
           [this] { cluster_->logs().write_recovery_points(); });
    repeat(&BrokerConfig::log_flush_start_offset_checkpoint_interval_ms, std::nullopt,
           [this] { cluster_->logs().write_start_offsets(); });
    repeat(&BrokerConfig::replica_high_watermark_checkpoint_interval_ms, std::nullopt,
           [this] { cluster_->logs().write_high_watermarks(); });
    repeat(&BrokerConfig::log_cleaner_backoff_ms, std::nullopt,
           [this] { cluster_->logs().compact(); });
    repeat(&BrokerConfig::log_flush_scheduler_interval_ms, std::nullopt,
           [this] { cluster_->logs().flush_due(); });
  }

  void connected(ConnectionId connection, NodeId node) { nodes_[connection] = node; }

  void disconnected(ConnectionId connection) {
    nodes_.erase(connection);
    purgatory_.disconnected(connection);
  }

  void receive(ConnectionId connection, Slice frame);
  void advance() { timers_.run_due(clock_.now_ms()); }
  std::optional<std::int64_t> next_deadline_ms() const { return timers_.next_deadline_ms(); }

  void respond(std::unique_ptr<Request> request, const wire::Struct& schema,
               void* response) override;
  void respond_nothing(std::unique_ptr<Request> request) override;
  void close(std::unique_ptr<Request> request, const std::string& reason) override;

  Cluster& cluster() { return *cluster_; }
  Faults& faults() { return faults_; }
  Events& events() { return events_; }
  Context& context() { return context_; }

  const std::optional<std::string>& failure() const { return failure_; }
  void close() { cluster_->close(); }
  std::optional<std::string> restart(const std::optional<Crash>& crash);
  std::optional<std::string> restart_node(NodeId node, const std::optional<Crash>& crash);

 private:
  void add_restarted(NodeId node, const std::optional<Crash>& crash);
  void handle(std::unique_ptr<Request> request, const Slice& body);
  void refuse_api_versions(std::unique_ptr<Request> request);
  bool faults_on_request(std::unique_ptr<Request>& request, const Slice& body);
  void faults_on_response(Request& request, const wire::Struct& schema, void* response);
  void deliver(const Request& request, std::vector<Slice> frame);
  const BrokerConfig& config() const {
    return cluster_->configs().of(cluster_->nodes().front().id);
  }
  void repeat(std::int64_t BrokerConfig::* interval, std::optional<std::int64_t> first_delay_ms,
              std::function<void()> task);
  void apply_retention();
  void expire_producers();

  const Profile profile_;
  const Clock& clock_;
  Outbox& outbox_;
  Timers timers_;
  Purgatory purgatory_;
  const LogEnvironment environment_;
  const ClusterOptions cluster_options_;
  Random& random_;
  std::optional<Cluster> cluster_;  // made anew, in the same place, by a restart
  std::optional<std::string> failure_;
  Faults faults_;
  Events events_;
  FetchSessions fetch_sessions_;
  ProducerIds producer_ids_;
  Context context_;
  std::unordered_map<ConnectionId, NodeId> nodes_;  // of the living connections
};

void Broker::Impl::receive(ConnectionId connection, Slice frame) {
  const auto node = nodes_.find(connection);
  if (node == nodes_.end()) return;
  wire::DecodeError error;
  auto parsed = wire::read_request_header(frame, error);
  if (!parsed) {
    outbox_.close(connection, "request header: " + error.describe());
    return;
  }
  auto request = std::make_unique<Request>();
  request->connection = connection;
  request->node = node->second;
  request->api_key = parsed->key;
  request->version = parsed->version;
  request->correlation_id = parsed->header.correlation_id;
  if (parsed->header.client_id) request->client_id = std::move(*parsed->header.client_id);
  const Slice body = frame.sub(parsed->body_at, frame.size() - parsed->body_at);
  if (!faults_.empty() && !faults_on_request(request, body)) return;
  handle(std::move(request), body);
}

void Broker::Impl::handle(std::unique_ptr<Request> request, const Slice& body) {
  const ApiEntry* api = find_api(request->api_key);
  const VersionRange served =
      api == nullptr ? VersionRange{} : profile_.served(api->key, api->versions);
  if (!served.contains(request->version)) {
    if (request->api_key == ApiKey::kApiVersions) return refuse_api_versions(std::move(request));
    const std::string reason = describe(*request) + ": not served";
    return close(std::move(request), reason);
  }
  wire::DecodeError error;
  if (api->run(context_, *this, request, body, error)) return;
  const std::string reason = describe(*request) + ": " + error.describe();
  close(std::move(request), reason);
}

// KIP-511: a client that asks in a version from the future is told ours in the oldest layout.
void Broker::Impl::refuse_api_versions(std::unique_ptr<Request> request) {
  const ApiEntry& api = *find_api(ApiKey::kApiVersions);
  const VersionRange served = profile_.served(api.key, api.versions);
  wire::ApiVersionsResponse response;
  response.error_code = ErrorCode::kUnsupportedVersion;
  response.api_keys.push_back({.api_key = static_cast<std::int16_t>(ApiKey::kApiVersions),
                               .min_version = served.min,
                               .max_version = served.max});
  deliver(*request, frame_of(*request, wire::schema_of<wire::ApiVersionsResponse>, &response, 0));
}

// False if the request does not go on now.
bool Broker::Impl::faults_on_request(std::unique_ptr<Request>& request, const Slice& body) {
  FaultPlan plan;
  for (const Faults::Strike& strike : faults_.strikes(Seam::kRequest, *request, nullptr)) {
    Faults::note_in(strike, plan);
    if (plan.kind == FaultPlan::Kind::kClose) {
      close(std::move(request), "a fault drops the connection before the request is parsed");
      return false;
    }
    if (strike.action.kind == Action::Kind::kError) {
      const wire::Struct& schema = *wire::find_response(request->api_key);
      const std::unique_ptr<void, void (*)(void*)> response(schema.make(), schema.destroy);
      set_top_level_error_code(schema, response.get(), strike.action.error);
      respond(std::move(request), schema, response.get());
      return false;
    }
  }
  if (plan.delay_ms == 0 && plan.hold == 0) return true;
  const auto parked = std::make_shared<std::unique_ptr<Request>>(std::move(request));
  faults_.run_later(plan.delay_ms, plan.hold,
                    [this, parked, body] { handle(std::move(*parked), body); });
  return false;
}

void Broker::Impl::faults_on_response(Request& request, const wire::Struct& schema,
                                      void* response) {
  for (const Faults::Strike& strike : faults_.strikes(Seam::kResponse, request, nullptr)) {
    Faults::note_in(strike, request.plan);
    if (strike.action.kind == Action::Kind::kError) {
      set_all_error_codes(schema, response, strike.action.error);
    } else if (strike.action.kind == Action::Kind::kEdit) {
      strike.action.edit(schema, response);
    }
  }
}

void Broker::Impl::respond(std::unique_ptr<Request> request, const wire::Struct& schema,
                           void* response) {
  if (!faults_.empty()) faults_on_response(*request, schema, response);
  auto frame = frame_of(*request, schema, response, request->version);
  const FaultPlan& plan = request->plan;
  if (plan.delay_ms == 0 && plan.hold == 0) {
    deliver(*request, std::move(frame));
    return;
  }
  const std::shared_ptr<Request> parked = std::move(request);
  faults_.run_later(parked->plan.delay_ms, parked->plan.hold,
                    [this, parked, frame = std::move(frame)] { deliver(*parked, frame); });
}

void Broker::Impl::deliver(const Request& request, std::vector<Slice> frame) {
  const ConnectionId connection = request.connection;
  if (!nodes_.contains(connection)) return;
  switch (request.plan.kind) {
    case FaultPlan::Kind::kSend:
      outbox_.respond(connection, std::move(frame));
      break;
    case FaultPlan::Kind::kDrop:
      outbox_.respond_nothing(connection);
      break;
    case FaultPlan::Kind::kCut:
      cut(frame, request.plan.cut_after_bytes);
      outbox_.respond(connection, std::move(frame));
      outbox_.close(connection, "a fault cuts the response of " + describe(request));
      break;
    case FaultPlan::Kind::kClose:
      outbox_.close(connection, "a fault drops the connection at " + describe(request));
      break;
  }
}

void Broker::Impl::respond_nothing(std::unique_ptr<Request> request) {
  if (!nodes_.contains(request->connection)) return;
  if (request->plan.kind == FaultPlan::Kind::kClose) {
    outbox_.close(request->connection, "a fault drops the connection at " + describe(*request));
    return;
  }
  outbox_.respond_nothing(request->connection);
}

void Broker::Impl::close(std::unique_ptr<Request> request, const std::string& reason) {
  if (nodes_.contains(request->connection)) outbox_.close(request->connection, reason);
}

void Broker::Impl::repeat(std::int64_t BrokerConfig::* interval,
                          std::optional<std::int64_t> first_delay_ms, std::function<void()> task) {
  const std::int64_t interval_ms = config().*interval;
  // An interval may be as long as a number can be, which means never, or so short that nothing else
  // would run.
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 2;
  const std::int64_t delay_ms = first_delay_ms.value_or(std::max<std::int64_t>(interval_ms, 1));
  if (delay_ms >= kNever) return;
  timers_.at(clock_.now_ms() + delay_ms, [this, interval, task = std::move(task)] {
    task();
    repeat(interval, std::nullopt, task);
  });
}

std::optional<std::string> Broker::Impl::restart(const std::optional<Crash>& crash) {
  purgatory_.clear();
  faults_.drop_parked();
  fetch_sessions_.clear();
  producer_ids_.clear();
  if (!crash || crash->follows_clean_stop()) cluster_->close();
  cluster_.reset();
  const bool is_done = !crash || damage_storage(environment_, *crash);
  cluster_.emplace(cluster_options_, profile_, random_, environment_);
  if (!is_done) return "the storage refused what the crash does to it";
  if (auto failure = cluster_->load()) return failure;
  if (crash && !crash->doubt().empty()) {
    for (const auto& [name, topic] : cluster_->topics()) {
      for (const auto& partition : topic->partitions) partition->note_lost_state(crash->doubt());
    }
  }
  add_restarted(-1, crash);
  return std::nullopt;
}

std::optional<std::string> Broker::Impl::restart_node(NodeId node,
                                                      const std::optional<Crash>& crash) {
  for (const auto& [name, topic] : cluster_->topics()) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      Partition& partition = *topic->partitions[i];
      if (!partition.is_leader(node)) continue;
      const auto& isr = partition.leadership().isr;
      const auto next = std::ranges::find_if(isr, [&](NodeId one) { return one != node; });
      const PartitionKey key = partition.key();
      if (next != isr.end()) {
        // Others have what was replicated. A leader that stops in order lets them have the rest.
        cluster_->elect(partition, *next, crash ? Partition::Tail::kLose : Partition::Tail::kKeep);
      } else if (auto failure =
                     cluster_->restart_partition(*topic, static_cast<std::int32_t>(i), crash)) {
        return failure;
      }
      purgatory_.changed(key);
    }
  }
  add_restarted(node, crash);
  return std::nullopt;
}

void Broker::Impl::add_restarted(NodeId node, const std::optional<Crash>& crash) {
  events_.add({.at_ms = clock_.now_ms(),
               .kind = Event::Kind::kRestarted,
               .node = node,
               .client_id = {},
               .topic = {},
               .reason = crash ? crash->describe() : "a clean stop"});
}

void Broker::Impl::apply_retention() { cluster_->logs().apply_retention(); }

void Broker::Impl::expire_producers() { cluster_->logs().expire_producers(); }

Broker::Broker(BrokerOptions options, const Clock& clock, Random& random, Storage& storage,
               Outbox& outbox)
    : impl_(std::make_unique<Impl>(std::move(options), clock, random, storage, outbox)) {}
Broker::~Broker() = default;

const std::optional<std::string>& Broker::failure() const { return impl_->failure(); }
void Broker::close() { impl_->close(); }
void Broker::close_later(const std::function<void()>& done) {
  impl_->cluster().logs().flush_later([this, done] {
    impl_->close();
    done();
  });
}
std::optional<std::string> Broker::restart_clean(std::optional<NodeId> node) {
  return node ? impl_->restart_node(*node, std::nullopt) : impl_->restart(std::nullopt);
}
std::optional<std::string> Broker::crash(const Crash& crash, std::optional<NodeId> node) {
  return node ? impl_->restart_node(*node, crash) : impl_->restart(crash);
}
void Broker::connected(ConnectionId connection, NodeId node) { impl_->connected(connection, node); }
void Broker::receive(ConnectionId connection, wire::Slice frame) {
  impl_->receive(connection, std::move(frame));
}
void Broker::disconnected(ConnectionId connection) { impl_->disconnected(connection); }
void Broker::advance() { impl_->advance(); }
std::optional<std::int64_t> Broker::next_deadline_ms() const { return impl_->next_deadline_ms(); }
Cluster& Broker::cluster() { return impl_->cluster(); }
Faults& Broker::faults() { return impl_->faults(); }
Events& Broker::events() { return impl_->events(); }
Context& Broker::context() { return impl_->context(); }

}  // namespace understudy::broker
