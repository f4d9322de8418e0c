// The broker under test: where it is, what it advertises, and how it was started.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "support/patience.h"
#include "support/raw_client.h"

namespace understudy::conformance {

using support::Address;
using support::ConnectionClosed;
using support::eventually;
using support::now_ms;
using support::parse_address;
using support::RawClient;
using support::TransportError;
using wire::Slice;
using wire::Version;

struct Settings {
  Address bootstrap;
  // How to start the broker under test on a directory (see BrokerCommand); empty: nobody can.
  std::string broker_command;
  // The same for a real Apache Kafka, and its tool that prints what is in files; empty: not there.
  std::string kafka_command;
  std::string dump_command;
  std::string work_dir;  // where directories of brokers are kept; empty: nowhere
  bool strict = false;   // a broker setting that a scenario lacks is a failure, not a skip
  bool fresh = false;    // nobody has asked this broker for anything yet
};

// Set once by main().
void configure(const Settings& settings);
const Settings& settings();

// For scenarios that start brokers themselves: where the latest is, and how many there have been.
void set_bootstrap(const Address& address);
int starts();

inline constexpr std::string_view kClientId = "conformance";

RawClient connect(std::string client_id = std::string(kClientId));

struct VersionRange {
  Version min = 0;
  Version max = -1;
};

// What ApiVersions answered; an API that is not there has no range.
std::optional<VersionRange> advertised(wire::ApiKey key);

// The newest version that both sides know; `limit` for a scenario about an older one.
Version newest(wire::ApiKey key);

// Kafka 4.4 knows ApiVersions 5, Kafka 4.3 does not.
bool is_kafka_4_4();

// A real broker fetches a block of ids when the first one is asked for, and says 14 meanwhile; this
// asks again until it has one.
wire::InitProducerIdResponse init_producer_id(RawClient& client,
                                              const wire::InitProducerIdRequest& request,
                                              Version version);

// The broker's id and a config of its own, by DescribeConfigs; null if it does not show it.
std::int32_t node_id();
std::optional<std::string> broker_config(const std::string& name);

// Why a scenario cannot run here: "needs a broker started with --override k=v"; empty if it can.
std::string missing_settings(const std::map<std::string, std::string>& needed);
std::string missing_freshness();

// A name that no other scenario, run or program has used.
std::string unique_name(std::string_view stem = "t");

}  // namespace understudy::conformance

// At the head of a scenario that depends on how the broker was started:
//   REQUIRE_BROKER_SETTINGS({{"producer.id.expiration.ms", "5000"}});
#define REQUIRE_BROKER_SETTINGS(...) \
  UNDERSTUDY_REQUIRE(::understudy::conformance::missing_settings(__VA_ARGS__))

#define REQUIRE_FRESH_BROKER() UNDERSTUDY_REQUIRE(::understudy::conformance::missing_freshness())

#define UNDERSTUDY_REQUIRE(...)                                          \
  if (const std::string missing = __VA_ARGS__; !missing.empty()) {       \
    if (::understudy::conformance::settings().strict) FAIL() << missing; \
    GTEST_SKIP() << missing;                                             \
  }                                                                      \
  static_assert(true)
