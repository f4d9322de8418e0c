// Any bytes on a connection: every frame in them is answered, in a layout that its version has, or
// the connection is closed with a reason. What is in the logs then is sound, and a start takes
// everything up again.
//
// The first byte of the input says how the bytes are made (the flags below), the second in what
// pieces they arrive; the rest are the bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/core/broker.h"
#include "broker/core/testing/broker_inside.h"
#include "broker/log/read_back_fuzz.h"
#include "broker/log/testing/memory_storage.h"
#include "broker/server/input.h"
#include "wire/assert.h"
#include "wire/header.h"
#include "wire/messages.h"
#include "wire/messages/produce.h"
#include "wire/request_frame.h"

namespace understudy::server {
namespace {

constexpr std::int32_t kFrameSizeMax = 1 << 20;
constexpr broker::ConnectionId kConnection = 1;
constexpr std::int64_t kFarFutureMs = std::int64_t{1} << 32;  // after every timeout there can be

// The rest are pieces of two bytes of size and that many bytes, and each is a frame: a fuzzer that
// makes a frame longer would have to repair two places otherwise.
constexpr std::uint8_t kFramed = 1;
constexpr std::uint8_t kChecksumsRight = 2;  // those of the batches in Produce requests
constexpr std::uint8_t kThreeNodes = 4;
constexpr std::uint8_t kSynced = 8;

// What the core said to the only connection.
class Client : public broker::Outbox {
 public:
  void respond(broker::ConnectionId, std::vector<wire::Slice> frame) override {
    std::string bytes;
    for (const wire::Slice& piece : frame) bytes += piece.view();
    answer = wire::Slice::copy_of(bytes);
    ++words;
  }
  void respond_nothing(broker::ConnectionId) override {
    is_unanswered = true;
    ++words;
  }
  void close(broker::ConnectionId, const std::string& reason) override {
    ASSERT(!reason.empty());
    is_closed = true;
    ++words;
  }
  void expect_one_word() {
    answer.reset();
    is_unanswered = false;
    words = 0;
  }

  std::optional<wire::Slice> answer;
  bool is_unanswered = false;
  bool is_closed = false;
  int words = 0;
};

broker::BrokerOptions options_of(std::uint8_t flags) {
  broker::BrokerOptions options;
  options.cluster.cluster_id = "fuzzed-cluster-id-0000";
  options.cluster.static_configs = {{"log.cleaner.dedupe.buffer.size", "1048577"}};
  for (int id = 1; id <= ((flags & kThreeNodes) ? 3 : 1); ++id) {
    options.cluster.nodes.push_back({.id = id, .host = "h", .port = 9092, .rack = {}});
  }
  return options;
}

// A broker with the topics t and c, and one client on its first node.
class Session {
 public:
  explicit Session(std::uint8_t flags);

  // False: the connection is closed.
  [[nodiscard]] bool deliver(wire::Slice frame);
  void finish();

 private:
  void await_word();
  void check_answer(const wire::ParsedHeader& request) const;
  broker::ManualClock clock_;
  broker::MemoryStorage storage_;
  broker::Random random_{1};
  Client client_;
  const std::uint8_t flags_;
  std::unique_ptr<broker::Broker> broker_;
};

Session::Session(std::uint8_t flags) : flags_(flags) {
  storage_.set_synced((flags & kSynced) != 0);
  broker_ = std::make_unique<broker::Broker>(options_of(flags), clock_, random_, storage_, client_);
  std::vector<std::vector<broker::NodeId>> placement{{1}, {1}};
  if (flags & kThreeNodes) placement = {{1, 2, 3}, {2, 3, 1}};
  broker::Cluster& cluster = broker::BrokerInside(*broker_).cluster();
  ASSERT(cluster.add_topic("t", placement, {{"internal.segment.bytes", "500"}}) != nullptr);
  ASSERT(cluster.add_topic("c", placement,
                           {{"cleanup.policy", "compact"},
                            {"internal.segment.bytes", "500"},
                            {"min.cleanable.dirty.ratio", "0.01"}}) != nullptr);
  broker_->connected(kConnection, {.node = 1});
}

// The checksums of the batches in a Produce request, in the memory of the frame.
void put_produce_checksums_right(const wire::ParsedHeader& header, const wire::Slice& frame) {
  if (header.key != wire::ApiKey::kProduce) return;
  wire::ProduceRequest request;
  wire::DecodeError error;
  const wire::Slice body = frame.sub(header.body_at, frame.size() - header.body_at);
  if (!wire::schema_of<wire::ProduceRequest>.message.versions.contains(header.version)) return;
  if (!wire::decode(request, header.version, body, error, {.trailing = wire::Trailing::kIgnore})) {
    return;
  }
  for (const auto& topic : request.topic_data) {
    for (const auto& partition : topic.partition_data) {
      if (!partition.records) continue;
      wire::Slice records = *partition.records;
      broker::put_checksums_right({records.mutable_data(), records.size()});
    }
  }
}

bool Session::deliver(wire::Slice frame) {
  wire::DecodeError error;
  const auto header = wire::read_request_header(frame, error);
  if (header && (flags_ & kChecksumsRight)) put_produce_checksums_right(*header, frame);
  client_.expect_one_word();
  broker_->receive(kConnection, std::move(frame));
  await_word();
  ASSERT(client_.words == 1);
  if (client_.is_closed) return false;
  ASSERT(header.has_value());
  if (client_.answer) {
    check_answer(*header);
  } else {
    ASSERT(header->key == wire::ApiKey::kProduce);  // acks = 0
  }
  return true;
}

void Session::await_word() {
  while (storage_.finish_syncs() > 0) continue;
  if (client_.words > 0) return;
  clock_.advance(kFarFutureMs);
  broker_->advance();
  while (storage_.finish_syncs() > 0) continue;
}

void Session::check_answer(const wire::ParsedHeader& request) const {
  const wire::Slice& frame = *client_.answer;
  const wire::FramePeek peeked = wire::peek_frame({frame.data(), frame.size()});
  ASSERT(peeked.state == wire::FrameState::kComplete);
  ASSERT(peeked.total() == frame.size());
  const wire::Slice content = frame.sub(wire::kFramePrefixSize, peeked.size);
  const wire::Struct& schema = *wire::find_response(request.key);
  // KIP-511: a client that asks in a newer version is answered in the oldest layout.
  wire::Version version = request.version;
  if (request.key == wire::ApiKey::kApiVersions && !schema.message.versions.contains(version)) {
    version = 0;
  }
  const std::unique_ptr<void, void (*)(void*)> response(schema.make(), schema.destroy);
  wire::DecodeError error;
  const auto answer = wire::read_answer(schema, response.get(), version, content, error);
  ASSERT(answer.has_value());
  ASSERT(answer->correlation_id == request.header.correlation_id);
}

std::vector<broker::ReadBack> read_all(broker::Cluster& cluster) {
  std::vector<broker::ReadBack> contents;
  for (const auto& [name, topic] : cluster.topics()) {
    for (const auto& partition : topic->partitions) contents.push_back(read_back(*partition));
  }
  return contents;
}

void Session::finish() {
  broker_->disconnected(kConnection);
  clock_.advance(kFarFutureMs);
  broker_->advance();  // retention, compaction, checkpoints
  while (storage_.finish_syncs() > 0) continue;
  const auto before = read_all(broker::BrokerInside(*broker_).cluster());
  broker_->close();
  broker_.reset();
  broker_ =
      std::make_unique<broker::Broker>(options_of(flags_), clock_, random_, storage_, client_);
  ASSERT(!broker_->failure());
  ASSERT(read_all(broker::BrokerInside(*broker_).cluster()) == before);
}

std::vector<std::uint8_t> stream_of(std::uint8_t flags, const std::uint8_t* data,
                                    std::size_t size) {
  if (!(flags & kFramed)) return {data, data + size};
  std::vector<std::uint8_t> stream;
  while (size >= 2) {
    const std::size_t wanted = std::size_t{data[0]} << 8 | data[1];
    const std::size_t piece = std::min(wanted, size - 2);
    const auto prefix = wire::big_endian(static_cast<std::int32_t>(piece));
    const std::size_t at = stream.size();
    stream.resize(at + sizeof prefix);
    std::memcpy(stream.data() + at, &prefix, sizeof prefix);
    stream.insert(stream.end(), data + 2, data + 2 + piece);
    data += 2 + piece;
    size -= 2 + piece;
  }
  return stream;
}

// As Connection does it: false as soon as the connection is closed.
bool deliver_frames(Session& session, Input& input) {
  for (;;) {
    const wire::FramePeek frame = input.peek(kFrameSizeMax);
    switch (frame.state) {
      case wire::FrameState::kPrefixIncomplete:
      case wire::FrameState::kIncomplete:
        return true;
      case wire::FrameState::kNegative:
      case wire::FrameState::kTooLarge:
        return false;
      case wire::FrameState::kComplete:
        if (!session.deliver(input.take(frame))) return false;
        break;
    }
  }
}

void receive_in_pieces(Session& session, const std::vector<std::uint8_t>& stream,
                       std::uint8_t seed) {
  ReceiveBuffers buffers;
  Input input;
  std::mt19937 random(seed);
  for (std::size_t at = 0; at < stream.size();) {
    const std::span<std::uint8_t> room = input.room(buffers, kFrameSizeMax);
    ASSERT(!room.empty());
    std::size_t size = std::min(room.size(), stream.size() - at);
    // Seed 0: all that fits. Otherwise often a few bytes, sometimes many.
    if (seed != 0) size = std::min<std::size_t>(size, 1 + random() % (1u << (random() % 12)));
    std::memcpy(room.data(), stream.data() + at, size);
    input.received(size);
    at += size;
    if (!deliver_frames(session, input)) return;
    input.park(buffers);
  }
}

}  // namespace

void fuzz_frames(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return;
  const std::uint8_t flags = data[0];
  Session session(flags);
  receive_in_pieces(session, stream_of(flags, data + 2, size - 2), data[1]);
  session.finish();
}

}  // namespace understudy::server

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  understudy::server::fuzz_frames(data, size);
  return 0;
}
