#include "differential/player.h"

#include <algorithm>

#include "differential/batch_json.h"
#include "differential/request_json.h"
#include "wire/base64.h"
#include "wire/header.h"
#include "wire/json.h"
#include "wire/messages.h"
#include "wire/messages/api_versions.h"
#include "wire/request_frame.h"

namespace understudy::differential {
namespace {

using std::chrono::milliseconds;
using support::RawClient;

// How long an answer may take. Whoever waits longer writes "nothing"; so does the other side.
constexpr milliseconds kPatience{8000};
constexpr std::string_view kClientId = "differential";
// In that time a broker either answers, or has noted that the request waits: what comes after it on
// another connection comes after it.
constexpr milliseconds kUntilItWaits{30};

std::string api_of(const Step& step) {
  if (is_request(step)) return text_or(step, "api", "");
  return is_restart(step) ? "restart" : "bytes";
}

const wire::Struct& request_schema(const std::string& api) {
  const wire::Message* message = wire::find_message(api + "Request");
  if (message == nullptr) throw std::runtime_error("no API is named '" + api + "'");
  return *message->schema;
}

const json::object& object_in(const Step& step, std::string_view name) {
  static const json::object none;
  const json::value* value = step.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

// A message whose type is known at run time only.
class AnyMessage {
 public:
  explicit AnyMessage(const wire::Struct& schema) : schema_(schema), message_(schema.make()) {}
  AnyMessage(const AnyMessage&) = delete;
  AnyMessage& operator=(const AnyMessage&) = delete;
  ~AnyMessage() { schema_.destroy(message_); }
  void* get() { return message_; }

 private:
  const wire::Struct& schema_;
  void* message_;
};

struct Frame {
  std::vector<std::uint8_t> bytes;  // with the size in front
  wire::ApiKey key{};               // as it stands in the header
  wire::Version version = 0;
};

// Where bits were altered, a length may be, and what is read as the next one would be another
// thing at each broker.
bool alters_bits_before_an_id(const json::object& disturbance, const Symbols& symbols,
                              std::span<const std::uint8_t> bytes) {
  const json::value* flips = disturbance.if_contains("flip");
  if (flips == nullptr) return false;
  std::size_t first = bytes.size();
  for (const json::value& flip : flips->as_array()) {
    first = std::min(first, std::size_t(flip.as_array().at(0).as_int64()));
  }
  return symbols.is_topic_id_in(bytes.subspan(first));
}

// What "frame" asks for; see script.h.
void disturb(const json::object& disturbance, std::vector<std::uint8_t>& bytes) {
  if (const json::value* flips = disturbance.if_contains("flip")) {
    for (const json::value& flip : flips->as_array()) {
      const auto at = std::size_t(flip.as_array().at(0).as_int64());
      const auto bits = std::uint8_t(flip.as_array().at(1).as_int64());
      if (at < bytes.size()) bytes[at] ^= bits;
    }
  }
  const auto cut = std::size_t(int_or(disturbance, "cut", 0));
  bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(std::min(cut, bytes.size())), bytes.end());
  if (const json::value* append = disturbance.if_contains("append")) {
    const auto more = wire::base64_decode(view_of(append->as_string()), wire::Base64::kPlain);
    if (!more) throw std::runtime_error("\"append\" is not base64");
    bytes.insert(bytes.end(), more->begin(), more->end());
  }
}

// Records that a real broker cannot bear (see README.md), wherever a disturbance made them so.
bool is_unbearable(const std::optional<wire::Records>& records) {
  constexpr std::size_t kSizeAt = 8;
  constexpr std::uint32_t kShortest = 14;
  constexpr std::uint32_t kLongest = 48;
  if (!records) return true;
  if (records->size() < kSizeAt + sizeof(std::uint32_t)) return false;
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < sizeof size; ++i) size = size << 8 | records->data()[kSizeAt + i];
  return size >= kShortest && size <= kLongest;
}

// Tags in an order that KIP-482 forbids: Kafka reads them all the same, Understudy does not.
bool is_about_order_of_tags(const wire::DecodeError& error) {
  return error.describe().find("tags are not in ascending order") != std::string::npos;
}

bool asks_for_a_whole_broker(const wire::DescribeConfigsRequest& request) {
  constexpr int kBroker = 4;
  for (const auto& resource : request.resources) {
    const bool is_whole = !resource.configuration_keys || resource.configuration_keys->empty();
    if (resource.resource_type == kBroker && is_whole) return true;
  }
  return false;
}

// Whether a disturbance made something that is not played; see README.md.
bool is_unplayable(const std::vector<std::uint8_t>& bytes) {
  const wire::Slice frame =
      wire::Slice::copy_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  wire::DecodeError error;
  const auto header = wire::read_request_header(frame, error);
  if (!header) return is_about_order_of_tags(error);
  if (!header->request->message.versions.contains(header->version)) return false;
  AnyMessage message(*header->request);
  const wire::Slice body = frame.sub(header->body_at, frame.size() - header->body_at);
  // Bytes behind it are nobody's concern.
  if (!wire::decode_prefix(*header->request, message.get(), header->version, body, error)) {
    return is_about_order_of_tags(error);
  }
  if (header->key == wire::ApiKey::kDescribeTopicPartitions) {
    return static_cast<wire::DescribeTopicPartitionsRequest*>(message.get())->topics.empty();
  }
  if (header->key == wire::ApiKey::kDescribeConfigs) {
    return asks_for_a_whole_broker(*static_cast<wire::DescribeConfigsRequest*>(message.get()));
  }
  if (header->key != wire::ApiKey::kProduce) return false;
  for (const auto& topic : static_cast<wire::ProduceRequest*>(message.get())->topic_data) {
    for (const auto& partition : topic.partition_data) {
      if (is_unbearable(partition.records)) return true;
    }
  }
  return false;
}

// Throws if the request has values that cannot be sent in this version, or that must not be sent.
Frame build_frame(const Step& step, const Symbols& symbols, std::int32_t correlation_id) {
  const std::string api = text_or(step, "api", "");
  const wire::Struct& schema = request_schema(api);
  const auto version = wire::Version(int_or(step, "version", 0));
  const json::object& disturbance = object_in(step, "frame");
  Frame frame{.key = wire::ApiKey(int_or(disturbance, "key", schema.message.key)),
              .version = wire::Version(int_or(disturbance, "version", version))};

  AnyMessage message(schema);
  wire::JsonError error;
  const json::value body = complete(schema, version, symbols.resolve(object_in(step, "request")));
  if (!wire::from_json(schema, message.get(), version, body, error)) {
    throw std::runtime_error(error.describe());
  }
  wire::RequestHeader header{.correlation_id = correlation_id};
  const json::value* client_id = step.if_contains("clientId");
  if (client_id == nullptr) {
    header.client_id = std::string(kClientId);
  } else if (client_id->is_string()) {
    header.client_id = std::string(view_of(client_id->get_string()));
  } else {
    header.client_id = std::nullopt;
  }
  const wire::Slice built = wire::request_frame(header, schema, message.get(), version);
  std::vector<std::uint8_t> bytes(built.data(), built.data() + built.size());
  wire::Output start;  // the header's form is that of the request's own key and version
  start.put_int16(std::int16_t(frame.key));
  start.put_int16(frame.version);
  const wire::Slice key_and_version = start.joined();
  std::copy_n(key_and_version.data(), key_and_version.size(), bytes.begin());
  const bool depends_on_ids = alters_bits_before_an_id(disturbance, symbols, bytes);
  disturb(disturbance, bytes);
  if (depends_on_ids || (!disturbance.empty() && is_unplayable(bytes))) {
    throw std::runtime_error("not played: see README.md");
  }
  wire::Output sized;
  sized.put_int32(std::int32_t(int_or(disturbance, "size", std::int64_t(bytes.size()))));
  sized.put(bytes.data(), bytes.size());
  const wire::Slice all = sized.joined();
  frame.bytes.assign(all.data(), all.data() + all.size());
  return frame;
}

bool is_certain_to_be_answered(const Step& step) {
  if (step.contains("frame")) return false;
  return text_or(step, "api", "") != "Produce" ||
         int_or(object_in(step, "request"), "acks", 0) != 0;
}

// In which version an answer is encoded: a broker that does not know the version of an
// ApiVersions request answers in the oldest form (KIP-511).
wire::Version answer_version(wire::ApiKey key, wire::Version version, const wire::Slice& frame) {
  constexpr std::size_t kErrorAt = 4;
  if (key != wire::ApiKey::kApiVersions || frame.size() < kErrorAt + 2) return version;
  const int error = frame.data()[kErrorAt] << 8 | frame.data()[kErrorAt + 1];
  return error == int(wire::ErrorCode::kUnsupportedVersion) ? wire::Version(0) : version;
}

// Record data would be base64 in JSON; as batches they can be compared field by field.
json::value to_json_with_batches(const wire::Struct& schema, void* message, wire::Version version) {
  if (&schema != &wire::schema_of<wire::FetchResponse>) {
    return wire::to_json(schema, message, version);
  }
  auto& response = *static_cast<wire::FetchResponse*>(message);
  std::vector<std::vector<wire::Slice>> records;
  for (auto& topic : response.responses) {
    auto& of_topic = records.emplace_back();
    for (auto& partition : topic.partitions) {
      of_topic.push_back(partition.records ? wire::Slice(*partition.records) : wire::Slice());
      if (partition.records) partition.records = wire::Slice();
    }
  }
  json::value answer = wire::to_json(schema, message, version);
  json::array& topics = answer.at("responses").as_array();
  for (std::size_t t = 0; t < topics.size(); ++t) {
    json::array& partitions = topics[t].at("partitions").as_array();
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      json::value& value = partitions[p].at("records");
      if (!value.is_null()) value = describe_batches(records[t][p]);
    }
  }
  return answer;
}

}  // namespace

Player::Player(const Side& side, const PlayOptions& options)
    : side_(side),
      settling_topic_(options.settling_topic),
      with_restarts_(options.with_restarts),
      symbols_(options.prefix, options.origin_ms) {
  connect(side);
}

Player::~Player() = default;

void Player::connect(const Side& side) {
  side_ = side;
  connections_.clear();
  settling_ = std::make_unique<Settling>(side.nodes, side.settles_late, settling_topic_);
  symbols_.set_facts(settling_->facts());
}

void Player::reconnect(const Side& side, const Script& script) {
  connect(side);
  settling_->await_leaders(topics_of(script));
}

Player::ConnectionKey Player::connection_key(const Step& step) {
  return {.node = int(int_or(step, "node", 1)), .number = int(int_or(step, "connection", 0))};
}

RawClient& Player::connection(const ConnectionKey& key) {
  const auto found = connections_.find(key);
  if (found != connections_.end()) return found->second;
  const support::Address& address = side_.nodes.at(std::size_t(key.node - 1));
  return connections_.emplace(key, RawClient(address, std::string(kClientId))).first->second;
}

void Player::play(const Script& script, std::size_t first, std::size_t last,
                  const std::function<void()>& before_step) {
  while (first < last) {
    before_step();
    const std::size_t end = group_end(script, first, last);
    play_group({&script.steps[first], end - first});
    first = end;
  }
  while (!waiting_.empty()) end_waiting(ConnectionKey(waiting_.begin()->first));
  // Ids of members that others were told of before they were told themselves.
  for (Exchange& exchange : transcript_) {
    if (exchange.outcome.contains("answer")) symbols_.translate(exchange.outcome["answer"]);
  }
}

// Whether there is something to wait for.
bool Player::begin_to_wait(const Step& step, RawClient& client, const ConnectionKey& key) {
  std::optional<Sent> sent = send(step, client);
  if (!sent) return false;
  const auto arrived = client.await_frame(kUntilItWaits);
  if (arrived.what == RawClient::Arrival::kClosed) {
    transcript_.back().outcome = {{"closed", true}};
    connections_.erase(key);
    return false;
  }
  Waiting& waiting = waiting_.emplace(key, Waiting{.sent = *sent, .frame = {}}).first->second;
  if (arrived.what == RawClient::Arrival::kFrame) waiting.frame = arrived.frame;
  return true;
}

void Player::end_waiting(const ConnectionKey& key) {
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) return;
  const Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  std::vector<Sent> sent = {waiting.sent};
  if (waiting.frame) {
    take_frame(sent, *waiting.frame);
  } else {
    receive(sent, connection(key), key, true);
  }
  settle(transcript_[sent.front().exchange]);
}

// Pipelined steps and the one after them belong together, if they use the same connection.
std::size_t Player::group_end(const Script& script, std::size_t first, std::size_t last) const {
  std::size_t end = first;
  while (end + 1 < last && is_request(script.steps[end]) &&
         is_set(script.steps[end], "pipelined") && is_request(script.steps[end + 1]) &&
         connection_key(script.steps[end]) == connection_key(script.steps[end + 1])) {
    ++end;
  }
  return end + 1;
}

void Player::play_group(std::span<const Step> steps) {
  if (!is_request(steps.front())) {
    play_bytes(steps.front());
    return;
  }
  const ConnectionKey key = connection_key(steps.front());
  end_waiting(key);
  RawClient& client = connection(key);
  await_replicas(steps.front());
  const std::size_t first = transcript_.size();
  std::vector<Sent> sent;
  bool is_open = true;
  for (const Step& step : steps) {
    transcript_.push_back({.api = api_of(step),
                           .version = wire::Version(int_or(step, "version", 0)),
                           .step = step,
                           .outcome = {}});
    try {
      if (steps.size() == 1 && is_set(step, "waits")) {
        if (begin_to_wait(step, client, key)) return;
        break;
      }
      // Whether a closed connection is noticed while sending or afterwards makes no difference.
      if (!is_open) {
        transcript_.back().outcome = {{"closed", true}};
      } else if (auto one = send(step, client)) {
        sent.push_back(*one);
      }
    } catch (const support::ConnectionClosed&) {
      is_open = false;
      transcript_.back().outcome = {{"closed", true}};
    }
  }
  receive(sent, client, key, is_open);
  for (std::size_t i = first; i < transcript_.size(); ++i) settle(transcript_[i]);
}

std::optional<Player::Sent> Player::send(const Step& step, RawClient& client) {
  Sent sent{.exchange = transcript_.size() - 1,
            .correlation_id = next_correlation_id_++,
            .is_certain_to_be_answered = is_certain_to_be_answered(step)};
  Frame frame;
  try {
    frame = build_frame(step, symbols_, sent.correlation_id);
  } catch (const std::exception& error) {  // shrinking leaves some that are no steps any more
    transcript_.back().outcome = {{"unplayable", error.what()}};
    return std::nullopt;
  }
  sent.key = frame.key;
  sent.version = frame.version;
  sent.response = wire::find_response(frame.key);
  client.send_bytes(frame.bytes);
  return sent;
}

// Whether a request stays without an answer shows when a later one is answered.
void Player::receive(std::vector<Sent>& sent, RawClient& client, const ConnectionKey& connection,
                     bool connection_is_open) {
  if (sent.empty()) return;
  const bool is_uncertain = std::any_of(
      sent.begin(), sent.end(), [](const Sent& one) { return !one.is_certain_to_be_answered; });
  std::optional<std::int32_t> last_question;
  if (is_uncertain && connection_is_open) {
    const Step question{{"api", "ApiVersions"}, {"version", 0}};
    last_question = next_correlation_id_++;
    try {
      client.send_bytes(build_frame(question, symbols_, *last_question).bytes);
    } catch (const support::ConnectionClosed&) {  // NOLINT(bugprone-empty-catch): reading tells
    }
  }
  std::string_view otherwise = "silent";
  const auto is_complete = [&] {
    return std::all_of(sent.begin(), sent.end(), [](const Sent& one) { return one.is_answered; });
  };
  while (last_question || !is_complete()) {
    const auto arrived = client.await_frame(kPatience);
    if (arrived.what != RawClient::Arrival::kFrame) {
      otherwise = arrived.what == RawClient::Arrival::kClosed ? "closed" : "nothing";
      connections_.erase(connection);
      break;
    }
    const wire::Slice& frame = arrived.frame;
    wire::DecodeError error;
    wire::ResponseHeader header;
    const bool has_header =
        wire::read_response_header(wire::ApiKey::kApiVersions, 0, frame, header, error).has_value();
    if (has_header && last_question && header.correlation_id == *last_question) break;
    take_frame(sent, frame);
  }
  for (const Sent& one : sent) {
    if (!one.is_answered) transcript_[one.exchange].outcome = {{otherwise, true}};
  }
}

void Player::take_frame(std::vector<Sent>& sent, const wire::Slice& frame) {
  const auto next = std::find_if(sent.begin(), sent.end(), [&](const Sent& one) {
    if (one.is_answered) return false;
    constexpr std::size_t kIdSize = 4;
    wire::Output id;
    id.put_int32(one.correlation_id);
    return frame.size() >= kIdSize && frame.sub(0, kIdSize) == id.joined();
  });
  // One whose id was disturbed on the way.
  const auto chosen =
      next != sent.end() ? next : std::find_if(sent.begin(), sent.end(), [](const Sent& one) {
        return !one.is_answered;
      });
  if (chosen == sent.end()) throw support::TransportError("an answer that nobody asked for");
  chosen->is_answered = true;
  transcript_[chosen->exchange].outcome = decode(*chosen, frame);
}

Outcome Player::decode(const Sent& sent, const wire::Slice& frame) {
  if (sent.response == nullptr || wire::find_request(sent.key) == nullptr)
    return {{"undecodable", "an answer to an unknown API"}};
  const wire::Version version = answer_version(sent.key, sent.version, frame);
  if (!sent.response->message.versions.contains(version)) {
    return {{"undecodable", "an answer in an unknown version"}};
  }
  wire::DecodeError error;
  AnyMessage message(*sent.response);
  const auto answer = wire::read_answer(*sent.response, message.get(), version, frame, error);
  if (!answer) return {{"undecodable", error.describe()}};
  wire::Output again;
  wire::encode(*sent.response, message.get(), version, again);
  Outcome outcome;
  if (again.joined() != answer->body) outcome["isCanonical"] = false;
  if (answer->correlation_id != sent.correlation_id) outcome["isOtherCorrelationId"] = true;
  outcome["answer"] = to_json_with_batches(*sent.response, message.get(), version);
  return outcome;
}

void Player::play_bytes(const Step& step) {
  RawClient client(side_.nodes.front(), std::string(kClientId));
  const auto bytes = wire::base64_decode(text_or(step, "bytes", ""), wire::Base64::kPlain);
  if (!bytes) throw std::runtime_error("\"bytes\" is not base64");
  Outcome outcome;
  try {
    client.send_bytes(*bytes);
    client.end_sending();
    const auto arrived = client.await_frame(kPatience);
    switch (arrived.what) {
      case RawClient::Arrival::kFrame:
        outcome = {{"frame", wire::base64_encode({arrived.frame.data(), arrived.frame.size()},
                                                 wire::Base64::kPlain)}};
        break;
      case RawClient::Arrival::kClosed:
        outcome = {{"closed", true}};
        break;
      case RawClient::Arrival::kSilence:
        outcome = {{"nothing", true}};
        break;
    }
  } catch (const support::ConnectionClosed&) {
    outcome = {{"closed", true}};
  }
  transcript_.push_back({.api = "bytes", .step = step, .outcome = std::move(outcome)});
}

}  // namespace understudy::differential
