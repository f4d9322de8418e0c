// Frames that nobody's client sends: arbitrary values, cut or altered bytes, wrong headers.
#include <boost/json/serialize.hpp>
#include <random>

#include "differential/generator.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/messages.h"

namespace understudy::differential {
namespace {

// A real broker never answers a Produce request with null records.
void fill_records(json::value& value) {
  if (auto* array = value.if_array()) {
    for (json::value& item : *array) fill_records(item);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) {
      if (member.key() == "records" && member.value().is_null()) member.value() = "";
      fill_records(member.value());
    }
  }
}

// What an arbitrary request must not ask for: waiting for years, or topics that stay behind.
void tame(std::string_view api, json::object& request) {
  const auto set = [&](std::string_view name, json::value value) {
    if (request.contains(name)) request[name] = std::move(value);
  };
  set("maxWaitMs", 1);
  set("timeoutMs", 30000);
  set("validateOnly", true);
  set("allowAutoTopicCreation", false);
  if (api == "Produce") set("transactionalId", nullptr);
  // An answer about all topics must not be cut: there are those of other scripts.
  if (api == "DescribeLogDirs" && request["topics"].is_null()) request["topics"] = json::array{};
  if (api == "DescribeTopicPartitions" && request["topics"].as_array().empty()) {
    request = {{"topics", json::array{json::object{{"name", "@nobody"}}}}};
  }
}

// Arbitrary names of topics that are made or asked for would stay; see also served_apis().
bool is_harmless(std::string_view api, wire::Version version) {
  constexpr wire::Version kFirstMetadataThatCanForbid = 4;
  if (api == "Metadata") return version >= kFirstMetadataThatCanForbid;
  return api != "AlterConfigs" && api != "IncrementalAlterConfigs" && api != "CreateTopics" &&
         api != "CreatePartitions" && api != "FindCoordinator" && api != "InitProducerId";
}

}  // namespace

void Generator::arbitrary_request() {
  const ServedApi& api = served_apis()[std::size_t(draw_.below(std::ssize(served_apis())))];
  const wire::Version version = any_version(api.name);
  if (!is_harmless(api.name, version)) return;
  const wire::Struct& schema = *wire::find_message(std::string(api.name) + "Request")->schema;
  std::mt19937_64 random(draw_.bits());
  void* message = schema.make();
  wire::arbitrary(schema, message, version, random);
  // As text and back, because numbers in a file have no other type than that.
  wire::JsonError error;
  json::value request =
      *wire::parse_json(json::serialize(wire::to_json(schema, message, version)), error);
  schema.destroy(message);
  fill_records(request);
  tame(api.name, request.as_object());
  add(api.name, version, std::move(request.as_object()));
}

// An ordinary step whose bytes are altered on the way.
void Generator::disturbed_frame() {
  const Model before = model_;
  const std::size_t count = script_.steps.size();
  switch (draw_.below(6)) {
    case 0:
      produce();
      break;
    case 1:
      list_offsets();
      break;
    case 2:
      describe_configs();
      break;
    case 3:
      describe_topic_partitions();
      break;
    case 4:
      offset_for_leader_epoch();
      break;
    default:
      describe_producers();
      break;
  }
  if (script_.steps.size() == count) return;
  json::object frame;
  constexpr std::int64_t kHeaderSize = 23;  // of a request with the usual client id
  switch (draw_.below(4)) {
    case 0:
      frame["cut"] = draw_.between(1, 30);
      break;
    case 1:
      frame["append"] = json::string(draw_.base64(draw_.between(1, 20)));
      break;
    default: {
      json::array flips;
      for (std::int64_t i = draw_.between(1, 3); i > 0; --i) {
        flips.push_back(
            json::array{draw_.between(kHeaderSize, kHeaderSize + 60), draw_.between(1, 255)});
      }
      frame["flip"] = std::move(flips);
    }
  }
  script_.steps.back()["frame"] = std::move(frame);
  if (!script_.steps.back()["frame"].as_object().contains("append")) model_ = before;
}

void Generator::wrong_header() {
  Step& step = add("ListOffsets", {{"replicaId", -1}});
  json::object frame;
  if (draw_.chance(50)) {
    frame["key"] = draw_.of({4, 5, 6, 7, 52, 53, 56, 58, 62, 63, 67, 70, 95, 999, -1, 32767});
  } else {
    frame["key"] = draw_.between(0, 3);
    frame["version"] = draw_.of({-1, 0, 99, 19, 14, 32767, -32768});
    if (frame["key"] == 3 && frame["version"] == 0) frame["version"] = 14;
  }
  step["frame"] = std::move(frame);
}

// What stands in place of a size, or less than a whole frame.
void Generator::raw_bytes() {
  std::string bytes;
  switch (draw_.below(5)) {
    case 0:
      bytes = std::string("\xff\xff\xff\xff", 4);
      break;  // size -1
    case 1:
      bytes = std::string("\x06\x40\x00\x01", 4);
      break;  // one more than allowed
    case 2:
      bytes = std::string("\0\0\0\0", 4);
      break;  // an empty frame
    case 3:
      bytes = std::string("\0\0\0\x20\0\x12\0\0\0\0", 10);
      break;  // the rest never comes
    default:
      bytes = "GET / HTTP/1.1\r\n\r\n";
      break;
  }
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  script_.steps.push_back(
      {{"bytes", wire::base64_encode({data, bytes.size()}, wire::Base64::kPlain)}});
}

}  // namespace understudy::differential
