#include "broker/server/runtime.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <random>
#include <string_view>
#include <utility>

#include "broker/cluster/config_def.h"
#include "broker/cluster/config_effects.h"
#include "broker/server/blocked_signals.h"
#include "broker/server/did_you_mean.h"
#include "broker/server/kept_storage.h"
#include "broker/server/logging.h"
#include "broker/server/temporary_storage.h"

namespace understudy::server {
namespace {

// No wait is longer; a later deadline is waited for in pieces.
constexpr std::int64_t kWaitMsMax = 86'400'000;

std::uint64_t draw_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

// The endpoint of the node with this index, by the rule of RuntimeOptions::listen.
Endpoint endpoint_of(const std::vector<Endpoint>& endpoints, std::size_t index) {
  if (endpoints.size() > 1) return endpoints[index];
  Endpoint endpoint = endpoints.front();
  if (endpoint.port != 0) endpoint.port = static_cast<std::uint16_t>(endpoint.port + index);
  return endpoint;
}

// Why the endpoints cannot be those of so many nodes.
std::optional<std::string> why_unfit(const std::vector<Endpoint>& endpoints, std::size_t nodes,
                                     const std::string& name) {
  if (endpoints.size() > 1 && endpoints.size() != nodes) {
    return name + " is given " + std::to_string(endpoints.size()) + " times for " +
           std::to_string(nodes) + " nodes: give it once, or once per node";
  }
  if (endpoints.size() == 1 && endpoints.front().port != 0 &&
      endpoints.front().port + nodes - 1 > std::numeric_limits<std::uint16_t>::max()) {
    return name + " " + to_string(endpoints.front()) + " leaves no port for " +
           std::to_string(nodes) + " nodes";
  }
  return std::nullopt;
}

// Clients cannot connect to a wildcard address; on this machine the loopback address reaches it.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return host;
}

// Once, however many nodes there are.
void warn_of_wildcard(const std::vector<Endpoint>& listen) {
  for (const Endpoint& endpoint : listen) {
    const std::string host = reachable(endpoint.host);
    if (host == endpoint.host) continue;
    return log(LogLevel::kWarn, "listening on " + endpoint.host + ", but clients get " + host +
                                    ", which no other machine can reach; --advertise names an "
                                    "address for them");
  }
}

std::string unknown_host(const std::string& host) {
  return "max.connections.per.ip.overrides: unknown host " + host;
}

std::string unknown_property(std::string_view name, const broker::ConfigDefs& defs,
                             const broker::Profile& profile) {
  std::vector<std::string_view> known;
  for (const broker::ConfigDef& def : defs.broker()) known.push_back(def.name);
  return "'" + std::string(name) + "' is not a broker property of Kafka " +
         std::string(profile.name()) + did_you_mean(name, known);
}

}  // namespace

std::optional<std::string> why_refused(const broker::Profile& profile,
                                       const broker::ConfigMap& overrides) {
  if (overrides.empty()) return std::nullopt;
  const broker::ConfigDefs defs(profile);
  for (const auto& [name, value] : overrides) {
    if (auto unheeded = broker::why_unheeded(defs, name, value)) return unheeded;
    const bool is_known =
        defs.find_broker(name) != nullptr || defs.find_of_listener(name) != nullptr;
    if (!is_known) return unknown_property(name, defs, profile);
  }
  return broker::check_static_configs(profile, overrides);
}

std::optional<std::string> why_racks_unfit(const RuntimeOptions& options) {
  const auto nodes = static_cast<std::size_t>(options.node_count);
  if (options.racks.empty() || options.racks.size() == nodes) return std::nullopt;
  return "one rack for each node is wanted, which makes " + std::to_string(nodes) + " and not " +
         std::to_string(options.racks.size()) + "; the property broker.rack is for all of them";
}

Runtime::Runtime(RuntimeOptions options)
    : options_(std::move(options)),
      seed_(options_.seed ? *options_.seed : draw_seed()),
      clock_(options_.clock),
      random_(seed_),
      network_(io_, clock_),
      limited_hosts_(look_up_with(io_.get_executor())),
      deadline_timer_(io_.get_executor()) {}

Runtime::~Runtime() = default;

std::optional<std::string> Runtime::start() {
  shares_ =
      share_descriptors(raise_open_files_limit(), static_cast<std::size_t>(options_.node_count));
  if (auto failure = open_storage()) return failure;
  if (auto failure = listen()) return failure;
  nodes_ = advertised_nodes();
  if (options_.advertise.empty()) warn_of_wildcard(options_.listen);
  broker::BrokerOptions options{.profile = options_.profile, .cluster = {}};
  options.cluster.cluster_id = wire::to_string(random_.uuid());
  options.cluster.nodes = nodes_;
  options.cluster.static_configs = options_.overrides;
  options.report = [](const std::string& line) { log(LogLevel::kWarn, line); };
  if (logs(LogLevel::kTrace)) {
    options.trace = [](const std::string& line) { log(LogLevel::kTrace, line); };
  }
  broker_ =
      std::make_unique<broker::Broker>(std::move(options), clock_, random_, *storage_, network_);
  if (const auto& failure = broker_->failure()) return failure;
  arm_deadline_timer();
  follow_configs();
  const broker::BrokerConfig& config = *followed_config_;
  network_.start(*this,
                 {.request_size_max = static_cast<std::int32_t>(config.socket_request_max_bytes),
                  .idle_ms_max = config.connections_max_idle_ms,
                  .connections_max = shares_.connections_max});
  return std::nullopt;
}

std::optional<std::string> Runtime::open_storage() {
  const Post post = [this](std::function<void()> action) {
    asio::post(io_, [this, action = std::move(action)] {
      was_active_ = true;
      action();
      network_.finish_turn();
    });
  };
  if (options_.data_dir.empty()) {
    storage_ = std::make_unique<TemporaryStorage>(
        post, clock_,
        TemporaryStorage::Options{.durability = options_.durability,
                                  .open_files_max = shares_.temporary_files_max});
    return std::nullopt;
  }
  auto opened = KeptStorage::open(options_.data_dir, post, {.durability = options_.durability});
  if (opened.storage == nullptr) return opened.failure;
  storage_ = std::move(opened.storage);
  return std::nullopt;
}

std::optional<std::string> Runtime::listen() {
  const auto count = static_cast<std::size_t>(options_.node_count);
  const auto config = broker::make_broker_config(options_.profile, options_.overrides);
  const SocketOptions sockets = socket_options(config);
  if (auto unknown = why_hosts_unknown(config)) return unknown;
  if (auto unfit = why_unfit(options_.listen, count, "--listen")) return unfit;
  if (auto unfit = why_unfit(options_.advertise, count, "--advertise")) return unfit;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = static_cast<broker::NodeId>(i + 1);
    if (auto failure = network_.listen(id, endpoint_of(options_.listen, i), sockets)) {
      return failure;
    }
  }
  return std::nullopt;
}

std::vector<broker::Node> Runtime::advertised_nodes() const {
  std::vector<broker::Node> nodes;
  for (std::size_t i = 0; i < static_cast<std::size_t>(options_.node_count); ++i) {
    const auto id = static_cast<broker::NodeId>(i + 1);
    Endpoint endpoint =
        endpoint_of(options_.advertise.empty() ? options_.listen : options_.advertise, i);
    if (options_.advertise.empty()) endpoint.host = reachable(endpoint.host);
    if (endpoint.port == 0) endpoint.port = network_.port(id);
    broker::Node& node = nodes.emplace_back();
    node = {.id = id, .host = endpoint.host, .port = endpoint.port, .rack = {}};
    if (!options_.racks.empty()) node.rack = options_.racks[i];
  }
  return nodes;
}

std::string Runtime::bootstrap() const {
  std::string text;
  for (const broker::Node& node : nodes_) {
    if (!text.empty()) text += ',';
    text += to_string(Endpoint{node.host, node.port});
  }
  return text;
}

bool Runtime::run() {
  block_broken_pipes();
  io_.run();
  return is_closed_cleanly_;
}

void Runtime::stop() {
  asio::post(io_, [this] {
    broker_->resign();
    network_.finish_turn();  // its answers leave before the connections go
    network_.stop();
    deadline_timer_.cancel();
    broker_->close_later([this](bool is_clean) {
      is_closed_cleanly_ = is_clean;
      io_.stop();
    });
  });
}

std::optional<std::string> Runtime::restart(const std::optional<broker::Crash>& crash,
                                            std::optional<broker::NodeId> node) {
  network_.drop_connections(node);
  was_active_ = true;
  return crash ? broker_->crash(*crash, node) : broker_->restart_clean(node);
}

void Runtime::advance_clock(std::int64_t ms) {
  clock_.advance(ms);
  was_active_ = true;
  broker_->advance();
  network_.look_at_clock();
  armed_deadline_ms_.reset();  // the timer counts real time
}

void Runtime::drop_connections(std::optional<broker::NodeId> node) {
  network_.drop_connections(node);
}

void Runtime::connected(broker::ConnectionId connection, const Peer& peer) {
  was_active_ = true;
  broker_->connected(connection, peer);
}

void Runtime::receive(broker::ConnectionId connection, wire::Slice frame) {
  was_active_ = true;
  broker_->receive(connection, std::move(frame));
}

void Runtime::peer_finished(broker::ConnectionId connection) {
  was_active_ = true;
  broker_->peer_finished(connection);
}

void Runtime::disconnected(broker::ConnectionId connection) {
  was_active_ = true;
  broker_->disconnected(connection);
}

void Runtime::turn_finished() {
  if (io_.stopped()) return;  // the core is closed
  arm_deadline_timer();
  if (!std::exchange(was_active_, false)) return;
  follow_configs();
  if (activity_listener_) activity_listener_();
}

// Only what the command line says is worth a failure: what was set while it ran is stored, and
// cannot be corrected by somebody who has to start it first.
std::optional<std::string> Runtime::why_hosts_unknown(const broker::BrokerConfig& of_overrides) {
  const auto unknown = limited_hosts_.set(1, of_overrides.max_connections_per_ip_overrides);
  return unknown.empty() ? std::nullopt : std::optional(unknown_host(unknown.front()));
}

// Every node has other objects after a change, whichever node was meant: one is looked at.
void Runtime::follow_configs() {
  auto config = broker_->controls().broker_config(nodes_.front().id);
  if (config == nullptr || config == followed_config_) return;
  followed_config_ = std::move(config);
  for (const broker::Node& node : nodes_) {
    config = broker_->controls().broker_config(node.id);
    const auto unknown = limited_hosts_.set(node.id, config->max_connections_per_ip_overrides);
    for (const std::string& host : unknown) log(LogLevel::kWarn, unknown_host(host));
    network_.limit(node.id, connection_limits(*config, limited_hosts_.of(node.id)));
  }
}

// The timer is only ever moved to an earlier time: when it wakes too early it is armed again, which
// is far less often than deadlines come and go.
void Runtime::arm_deadline_timer() {
  if (!clock_.moves_by_itself()) return;
  const std::optional<std::int64_t> deadline_ms = broker_->next_deadline_ms();
  if (!deadline_ms || (armed_deadline_ms_ && *armed_deadline_ms_ <= *deadline_ms)) return;
  armed_deadline_ms_ = deadline_ms;
  const std::int64_t wait_ms =
      std::clamp<std::int64_t>(*deadline_ms - clock_.monotonic_ms(), 0, kWaitMsMax);
  deadline_timer_.expires_after(std::chrono::milliseconds(wait_ms));
  deadline_timer_.async_wait([this](const error_code& error) {
    if (error) return;  // another wait has taken its place
    armed_deadline_ms_.reset();
    was_active_ = true;
    broker_->advance();
    network_.finish_turn();
  });
}

}  // namespace understudy::server
