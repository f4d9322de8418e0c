#include "conformance/broker.h"

#include <random>
#include <utility>

#include "wire/messages.h"

namespace understudy::conformance {

namespace {

constexpr std::int8_t kBrokerResource = 4;

Settings the_settings;
int the_starts = 0;

const std::map<wire::ApiKey, VersionRange>& advertised_ranges() {
  static const std::map<wire::ApiKey, VersionRange> ranges = [] {
    std::map<wire::ApiKey, VersionRange> found;
    RawClient client = connect();
    for (const auto& api : client.ask(wire::ApiVersionsRequest{}, 0).api_keys) {
      found[wire::ApiKey(api.api_key)] = {api.min_version, api.max_version};
    }
    return found;
  }();
  return ranges;
}

}  // namespace

void configure(const Settings& settings) { the_settings = settings; }
const Settings& settings() { return the_settings; }

void set_bootstrap(const Address& address) {
  the_settings.bootstrap = address;
  ++the_starts;
}

int starts() { return the_starts; }

RawClient connect(std::string client_id) {
  return RawClient(the_settings.bootstrap, std::move(client_id));
}

std::optional<VersionRange> advertised(wire::ApiKey key) {
  const auto found = advertised_ranges().find(key);
  if (found == advertised_ranges().end()) return std::nullopt;
  return found->second;
}

Version newest(wire::ApiKey key) {
  const auto range = advertised(key);
  const wire::Struct* request = wire::find_request(key);
  if (!range || !request) {
    throw std::runtime_error(std::string(wire::name_of(key)) + " is not advertised");
  }
  return std::min(range->max, request->message.versions.last);
}

bool is_kafka_4_4() { return newest(wire::ApiKey::kApiVersions) >= 5; }

wire::InitProducerIdResponse init_producer_id(RawClient& client,
                                              const wire::InitProducerIdRequest& request,
                                              Version version) {
  wire::InitProducerIdResponse answer;
  const bool is_loaded = eventually([&] {
    answer = client.ask(request, version);
    return answer.error_code != wire::ErrorCode::kCoordinatorLoadInProgress;
  });
  if (!is_loaded) throw std::runtime_error("the broker never had a producer id");
  return answer;
}

std::int32_t node_id() {
  static const std::int32_t id = [] {
    RawClient client = connect();
    const auto answer = client.ask(
        wire::MetadataRequest{.topics =
                                  wire::Array<wire::metadata_request::MetadataRequestTopic>{}},
        1);
    if (answer.brokers.size() != 1) {
      throw std::runtime_error("the scenarios need a cluster of one broker");
    }
    return answer.brokers.front().node_id;
  }();
  return id;
}

std::optional<std::string> broker_config(const std::string& name) {
  RawClient client = connect();
  const auto answer = client.ask(
      wire::DescribeConfigsRequest{.resources = {{.resource_type = kBrokerResource,
                                                  .resource_name = std::to_string(node_id()),
                                                  .configuration_keys = {{name}}}}},
      1);
  for (const auto& result : answer.results) {
    for (const auto& config : result.configs) {
      if (config.name == name) return config.value;
    }
  }
  return std::nullopt;
}

std::string missing_settings(const std::map<std::string, std::string>& needed) {
  std::string missing;
  for (const auto& [name, value] : needed) {
    if (broker_config(name) == value) continue;
    missing.append(" --override ").append(name).append("=").append(value);
  }
  return missing.empty() ? missing : "needs a broker that was started with" + missing;
}

std::string missing_freshness() {
  return the_settings.fresh ? "" : "needs --fresh: a broker that nobody has used yet";
}

std::string unique_name(std::string_view stem) {
  static const std::string run = std::to_string(std::random_device{}());
  static int count = 0;
  return std::string(stem) + "-" + run + "-" + std::to_string(++count);
}

}  // namespace understudy::conformance
