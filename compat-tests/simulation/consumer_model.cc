#include "simulation/consumer_model.h"

#include "codec/record_batch.h"
#include "wire/messages/fetch.h"

namespace understudy::simulation {

ConsumerModel::ConsumerModel(ClientWorld& world, ClientOptions options, std::uint64_t seed)
    : Client(world, std::move(options), seed) {
  refresh_leaders();
  for (std::size_t slot = 0; slot < world.places.size(); ++slot) fetch(Slot(slot));
}

void ConsumerModel::fetch(Slot slot) {
  if (is_stopped_) return;
  std::int64_t& position = positions_[slot];
  if (random_.below(16) == 0) position = std::int64_t(random_.below(std::uint64_t(position) + 1));
  const Place& place = world_.places[std::size_t(slot)];
  wire::FetchRequest request;
  request.max_wait_ms = 100;
  request.min_bytes = 1;
  request.max_bytes = 1 << 20;
  request.topics.push_back(
      {.topic = place.topic,
       .partitions = {
           {.partition = place.index, .fetch_offset = position, .partition_max_bytes = 1 << 12}}});
  // A replica may be read from as well (KIP-392).
  const NodeId node = random_.below(4) == 0 ? any_node() : leader_of(slot);
  link(node).ask<wire::FetchResponse>(
      request, 12, [this, slot](const wire::FetchResponse* response) {
        std::int64_t& position = positions_[slot];
        const bool is_empty = response == nullptr || response->responses.empty();
        if (!is_empty) {
          const auto& answer = response->responses.at(0).partitions.at(0);
          if (answer.error_code == wire::ErrorCode::kOffsetOutOfRange) {
            // Where the log begins nobody says; the next look is somewhere else.
            position = position == 0 ? 1 + std::int64_t(random_.below(200)) : position / 2;
          }
          codec::BatchCursor batches(answer.records ? codec::view_of(*answer.records)
                                                    : codec::ByteView{});
          while (batches.next() == codec::BatchCursor::Step::kBatch &&
                 batches.batch().size() >= codec::kBatchHeaderSize) {
            position = codec::BatchView(batches.batch()).next_offset();
          }
        }
        if (is_empty ||
            response->responses.at(0).partitions.at(0).error_code != wire::ErrorCode::kNone) {
          refresh_leaders();
        }
        later(5 + std::int64_t(random_.below(20)), [this, slot] { fetch(slot); });
      });
}

}  // namespace understudy::simulation
