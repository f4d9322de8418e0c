#include "simulation/client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "codec/record.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/metadata.h"

namespace understudy::simulation {

std::string client_id_of(const std::string& name, ConnectionId connection) {
  return name + "/" + std::to_string(connection);
}

std::optional<ConnectionId> connection_of(const std::string& client_id) {
  const std::size_t slash = client_id.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  ConnectionId connection = 0;
  const char* const end = client_id.data() + client_id.size();
  if (std::from_chars(client_id.data() + slash + 1, end, connection).ptr != end) return {};
  return connection;
}

wire::RequestHeader Link::next_header() {
  if (connection_ == 0) connection_ = world_.network.open(node_, *this);
  return {.correlation_id = ++last_correlation_id_, .client_id = client_id_of(name_, connection_)};
}

void Link::send(const wire::Slice& frame, std::function<void(const wire::Slice*)> done) {
  const std::int32_t correlation_id = last_correlation_id_;
  pending_.push_back({correlation_id, std::move(done)});
  world_.network.send(connection_, frame);
  world_.agenda.in(request_timeout_ms_, [this, correlation_id] {
    const bool is_pending = std::ranges::any_of(
        pending_, [&](const Pending& one) { return one.correlation_id == correlation_id; });
    if (is_pending) disconnect();
  });
}

void Link::received(const wire::Slice& frame) {
  const std::int32_t correlation_id =
      frame.size() < 4 ? -1 : codec::detail::load<std::int32_t>(frame.data());
  // An answer that was left out: nothing on this connection can be relied on any more.
  if (pending_.empty() || correlation_id != pending_.front().correlation_id) return disconnect();
  const Pending pending = std::move(pending_.front());
  pending_.pop_front();
  pending.done(&frame);
}

void Link::lost() {
  connection_ = 0;
  for (const Pending& pending : std::exchange(pending_, {})) pending.done(nullptr);
}

void Link::disconnect() {
  if (connection_ != 0) world_.network.close(connection_);
  lost();
}

void Link::complain(const std::string& text) {
  world_.findings.push_back({Check::kAnswer, name_ + ": " + text});
}

wire::Slice make_batch(const Identity& identity, std::int32_t first_sequence,
                       const std::vector<Name>& names, std::int64_t timestamp_ms) {
  codec::RecordBatchBuilder builder({.producer_id = identity.producer_id,
                                     .producer_epoch = identity.epoch,
                                     .base_sequence = first_sequence});
  for (const Name& name : names) {
    const std::string key = support::key_of(name);
    const std::string value = support::value_of(name, std::size_t(name.index % 7) * 5);
    builder.add({.timestamp = timestamp_ms, .key = key, .value = value});
  }
  return builder.build_slice();
}

Link& Client::link(NodeId node) {
  auto& link = links_[node];
  if (link == nullptr) {
    link = std::make_unique<Link>(world_, node, client_options_.name,
                                  client_options_.request_timeout_ms);
  }
  return *link;
}

NodeId Client::leader_of(Slot slot) const {
  const auto found = leaders_.find(slot);
  return found == leaders_.end() ? 1 : found->second;
}

void Client::refresh_leaders() {
  if (is_refreshing_ || world_.node_count == 1) return;
  is_refreshing_ = true;
  wire::MetadataRequest request;
  request.topics.reset();
  request.allow_auto_topic_creation = false;
  link(any_node())
      .ask<wire::MetadataResponse>(request, 9, [this](const wire::MetadataResponse* response) {
        is_refreshing_ = false;
        if (response == nullptr) {
          later(client_options_.retry_backoff_ms, [this] { refresh_leaders(); });
          return;
        }
        for (const auto& topic : response->topics) {
          for (const auto& partition : topic.partitions) {
            const auto slot =
                find_slot(world_.places, topic.name.value_or(""), partition.partition_index);
            if (slot && partition.leader_id > 0) leaders_[*slot] = partition.leader_id;
          }
        }
      });
}

void Producer::ask_for_identity(std::function<void(Identity)> done) {
  wire::InitProducerIdRequest request;
  request.transactional_id.reset();
  request.transaction_timeout_ms = 60'000;
  link(any_node())
      .ask<wire::InitProducerIdResponse>(
          request, 4, [this, done = std::move(done)](const wire::InitProducerIdResponse* response) {
            if (response == nullptr || response->error_code != wire::ErrorCode::kNone) {
              later(client_options_.retry_backoff_ms, [this, done] { ask_for_identity(done); });
              return;
            }
            done({response->producer_id, response->producer_epoch});
          });
}

wire::ProduceRequest Producer::produce_request() const {
  wire::ProduceRequest request;
  request.acks = options_.acks;
  request.timeout_ms = std::int32_t(options_.client.request_timeout_ms / 2);
  return request;
}

void Producer::add_to(wire::ProduceRequest& request, Slot slot, const wire::Slice& batch) const {
  const Place& place = world_.places[std::size_t(slot)];
  if (request.topic_data.empty() || request.topic_data.back().name != place.topic) {
    request.topic_data.push_back({.name = place.topic});
  }
  request.topic_data.back().partition_data.push_back({.index = place.index, .records = batch});
}

void Producer::acknowledge(const std::vector<Name>& names, std::int64_t base_offset) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    world_.ledger.acknowledge(names[i], base_offset + std::int64_t(i));
  }
}

void Producer::give_up(const std::vector<Name>& names) {
  for (const Name& name : names) world_.ledger.give_up(name);
}

void Client::trace(const std::function<std::string()>& text) const {
  world_.trace([&] { return client_options_.name + ": " + text(); });
}

}  // namespace understudy::simulation
