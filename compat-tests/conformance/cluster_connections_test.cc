// Section 17 of the cluster specification, scenarios 1 to 8 and 40: ApiVersions, frames that make
// no sense, pipelining, and when a connection is closed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using wire::Slice;

constexpr std::int16_t kApiVersionsKey = 18;
constexpr std::int16_t kMetadataKey = 3;

// A request header of version 1 or, with an empty tag section, 2.
wire::Output request_header(std::int16_t key, std::int16_t version, int header_version) {
  wire::Output out;
  out.put_int16(key);
  out.put_int16(version);
  out.put_int32(77);
  out.put_int16(-1);  // no client id
  if (header_version == 2) out.put_byte(0);
  return out;
}

void send(RawClient& client, wire::Output out) {
  const Slice bytes = out.joined();
  client.send_frame({bytes.data(), bytes.size()});
}

// What comes back must be an ApiVersions response of version 0 to correlation id 77.
wire::ApiVersionsResponse receive_api_versions_0(RawClient& client) {
  const Slice frame = client.receive_frame();
  EXPECT_EQ(frame.view().substr(0, 4), std::string_view("\0\0\0\x4d", 4));
  wire::ApiVersionsResponse response;
  wire::DecodeError error;
  EXPECT_TRUE(wire::decode(response, 0, frame.sub(4, frame.size() - 4), error)) << error.describe();
  return response;
}

std::map<std::int16_t, std::pair<Version, Version>> ranges_of(
    const wire::ApiVersionsResponse& response) {
  std::map<std::int16_t, std::pair<Version, Version>> ranges;
  for (const auto& api : response.api_keys) {
    ranges[api.api_key] = {api.min_version, api.max_version};
  }
  return ranges;
}

std::map<std::string, std::pair<Version, Version>> supported_features(
    const wire::ApiVersionsResponse& response) {
  std::map<std::string, std::pair<Version, Version>> features;
  for (const auto& feature : response.supported_features) {
    features[feature.name] = {feature.min_version, feature.max_version};
  }
  return features;
}

wire::ApiVersionsRequest api_versions_of(const std::string& name, const std::string& version) {
  return {.client_software_name = name, .client_software_version = version};
}

TEST(Cluster, S01_ApiVersionsNamesEveryApiOnceInOrder) {
  RawClient client = connect();
  for (Version version = 0; version <= newest(ApiKey::kApiVersions); ++version) {
    SCOPED_TRACE("ApiVersions version " + std::to_string(version));
    const auto request = version >= 3 ? api_versions_of("test", "1") : wire::ApiVersionsRequest{};
    const auto response = client.ask(request, version);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(response.throttle_time_ms, 0);
    for (std::size_t i = 1; i < response.api_keys.size(); ++i) {
      EXPECT_LT(response.api_keys[i - 1].api_key, response.api_keys[i].api_key);
    }
  }
}

TEST(Cluster, S01_ApiVersionsTellsTheRangesOfKafka) {
  RawClient client = connect();
  const auto ranges = ranges_of(client.ask(wire::ApiVersionsRequest{}, 0));
  const Version api_versions_max = is_kafka_4_4() ? 5 : 4;
  // Produce 0 to 2 are listed and yet refused, for the sake of librdkafka (KAFKA-18659).
  const std::map<ApiKey, std::pair<Version, Version>> expected = {
      {ApiKey::kProduce, {0, 13}},
      {ApiKey::kFetch, {4, 18}},
      {ApiKey::kListOffsets, {1, 11}},
      {ApiKey::kMetadata, {0, 13}},
      {ApiKey::kFindCoordinator, {0, 6}},
      {ApiKey::kSaslHandshake, {0, 1}},
      {ApiKey::kApiVersions, {0, api_versions_max}},
      {ApiKey::kCreateTopics, {2, 7}},
      {ApiKey::kDeleteTopics, {1, 6}},
      {ApiKey::kDeleteRecords, {0, 2}},
      {ApiKey::kInitProducerId, {0, 5}},
      {ApiKey::kOffsetForLeaderEpoch, {2, 4}},
      {ApiKey::kDescribeAcls, {1, 3}},
      {ApiKey::kCreateAcls, {1, 3}},
      {ApiKey::kDeleteAcls, {1, 3}},
      {ApiKey::kDescribeConfigs, {1, 4}},
      {ApiKey::kAlterConfigs, {0, 2}},
      {ApiKey::kDescribeLogDirs, {1, 5}},
      {ApiKey::kSaslAuthenticate, {0, 2}},
      {ApiKey::kCreatePartitions, {0, 3}},
      {ApiKey::kCreateDelegationToken, {1, 3}},
      {ApiKey::kRenewDelegationToken, {1, 2}},
      {ApiKey::kExpireDelegationToken, {1, 2}},
      {ApiKey::kDescribeDelegationToken, {1, 3}},
      {ApiKey::kIncrementalAlterConfigs, {0, 1}},
      {ApiKey::kDescribeCluster, {0, 2}},
      {ApiKey::kDescribeProducers, {0, 0}},
      {ApiKey::kListConfigResources, {0, 1}},
      {ApiKey::kDescribeTopicPartitions, {0, 0}},
  };
  for (const auto& [key, range] : expected) {
    const auto found = ranges.find(std::int16_t(key));
    ASSERT_NE(found, ranges.end()) << wire::name_of(key);
    EXPECT_EQ(found->second, range) << wire::name_of(key);
  }
  // Of the ZooKeeper era, of the controller, and telemetry without a receiver.
  for (const std::int16_t key : {4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 71, 72, 73}) {
    EXPECT_FALSE(ranges.contains(key)) << wire::name_of(ApiKey(key));
  }
}

std::map<std::string, Version> finalized_features(const wire::ApiVersionsResponse& response) {
  std::map<std::string, Version> levels;
  for (const auto& feature : response.finalized_features) {
    EXPECT_EQ(feature.max_version_level, feature.min_version_level) << feature.name;
    levels[feature.name] = feature.max_version_level;
  }
  return levels;
}

TEST(Cluster, S01_FeaturesWithLevelZeroAreHiddenFromOldClients) {
  RawClient client = connect();
  const auto old = client.ask(api_versions_of("test", "1"), 3);
  const auto shown_to_old = supported_features(old);
  ASSERT_EQ(shown_to_old.size(), 1u);
  EXPECT_EQ(shown_to_old.begin()->first, "metadata.version");
  EXPECT_EQ(shown_to_old.begin()->second.first, 7);

  const auto shown = supported_features(client.ask(api_versions_of("test", "1"), 4));
  EXPECT_EQ(shown.at("metadata.version"), shown_to_old.at("metadata.version"));
  EXPECT_GE(old.finalized_features_epoch, 0);
  EXPECT_EQ(finalized_features(old).at("metadata.version"), shown.at("metadata.version").second);
  EXPECT_FALSE(old.zk_migration_ready);
}

TEST(Cluster, S01_AFreshClusterHasFinalizedItsFeatures) {
  RawClient client = connect();
  const auto response = client.ask(api_versions_of("test", "1"), 4);
  const auto supported = supported_features(response);
  using Range = std::pair<Version, Version>;
  EXPECT_EQ(supported.at("kraft.version"), Range(0, 1));
  EXPECT_EQ(supported.at("transaction.version"), Range(0, 2));
  const Version share_version = is_kafka_4_4() ? 2 : 1;
  const Version metadata_version = is_kafka_4_4() ? 33 : 30;
  const std::map<std::string, Version> expected = {
      {"eligible.leader.replicas.version", 1},
      {"group.version", 1},
      {"metadata.version", metadata_version},
      {"share.version", share_version},
      {"streams.version", 1},
      {"transaction.version", 2},
  };
  EXPECT_EQ(finalized_features(response), expected) << "kraft.version is at 0, and not listed";
}

// The login is over when a plaintext connection sends its first request.
TEST(ClusterWithoutSecurity, APlaintextListenerHasNothingToLogInTo) {
  RawClient client = connect();
  for (const Version version : {0, 1}) {
    const auto handshake = client.ask(wire::SaslHandshakeRequest{.mechanism = "PLAIN"}, version);
    EXPECT_EQ(handshake.error_code, ErrorCode::kIllegalSaslState);
    EXPECT_TRUE(handshake.mechanisms.empty());
  }
  for (const Version version : {0, 1, 2}) {
    const auto login = client.ask(wire::SaslAuthenticateRequest{}, version);
    EXPECT_EQ(login.error_code, ErrorCode::kIllegalSaslState);
    EXPECT_EQ(login.error_message,
              "SaslAuthenticate request received after successful authentication");
  }
  EXPECT_EQ(client.ask(api_versions_of("test", "1"), 3).error_code, ErrorCode::kNone);
}

TEST(ClusterWithoutSecurity, WithoutAnAuthorizerAccessRulesAreDisabled) {
  RawClient client = connect();
  wire::DescribeAclsRequest described;
  described.resource_type_filter = described.operation = described.permission_type = 1;
  wire::CreateAclsRequest created;
  auto& acl = created.creations.emplace_back();
  acl.resource_type = acl.operation = acl.permission_type = 2;
  acl.resource_name = "t";
  acl.principal = "User:somebody";
  acl.host = "*";
  wire::DeleteAclsRequest deleted;
  auto& filter = deleted.filters.emplace_back();
  filter.resource_type_filter = filter.operation = filter.permission_type = 1;
  for (const Version version : {1, 2, 3}) {
    SCOPED_TRACE(version);
    const auto description = client.ask(described, version);
    EXPECT_EQ(description.error_code, ErrorCode::kSecurityDisabled);
    EXPECT_EQ(description.error_message, "No Authorizer is configured on the broker");
    const auto creation = client.ask(created, version).results.at(0);
    EXPECT_EQ(creation.error_code, ErrorCode::kSecurityDisabled);
    EXPECT_EQ(creation.error_message, "No Authorizer is configured.");
    const auto deletion = client.ask(deleted, version).filter_results.at(0);
    EXPECT_EQ(deletion.error_code, ErrorCode::kSecurityDisabled);
    EXPECT_EQ(deletion.error_message, "No Authorizer is configured.");
  }
  described.operation = 0;  // UNKNOWN
  client.send(described, 1);
  EXPECT_TRUE(client.is_closed_by_broker());
}

TEST(ClusterWithoutSecurity, APlaintextListenerGivesOutNoTokens) {
  RawClient client = connect();
  constexpr auto kRefused = ErrorCode::kDelegationTokenRequestNotAllowed;
  const auto created = client.ask(wire::CreateDelegationTokenRequest{}, 3);
  EXPECT_EQ(created.error_code, kRefused);
  EXPECT_EQ(created.principal_name, "ANONYMOUS");
  EXPECT_EQ(created.expiry_timestamp_ms, -1);
  EXPECT_EQ(client.ask(wire::RenewDelegationTokenRequest{}, 2).error_code, kRefused);
  EXPECT_EQ(client.ask(wire::ExpireDelegationTokenRequest{}, 1).expiry_timestamp_ms, -1);
  EXPECT_EQ(client.ask(wire::DescribeDelegationTokenRequest{}, 3).error_code, kRefused);
}

TEST(Cluster, S02_UnknownVersionOfApiVersionsIsAnsweredInVersionZero) {
  RawClient client = connect();
  const auto own_range = advertised(ApiKey::kApiVersions).value();
  for (const auto& [version, header_version] :
       {std::pair<std::int16_t, int>{99, 2}, {32767, 2}, {-1, 1}}) {
    SCOPED_TRACE("ApiVersions version " + std::to_string(version));
    send(client, request_header(kApiVersionsKey, version, header_version));
    const auto response = receive_api_versions_0(client);
    EXPECT_EQ(response.error_code, ErrorCode::kUnsupportedVersion);
    ASSERT_EQ(response.api_keys.size(), 1u);
    EXPECT_EQ(response.api_keys[0].api_key, kApiVersionsKey);
    EXPECT_EQ(response.api_keys[0].min_version, own_range.min);
    EXPECT_EQ(response.api_keys[0].max_version, own_range.max);
  }
  EXPECT_EQ(client.ask(api_versions_of("test", "1"), 3).error_code, ErrorCode::kNone);
}

TEST(Cluster, S02_UnknownVersionOfApiVersionsStillNeedsItsHeader) {
  RawClient client = connect();
  send(client, request_header(kApiVersionsKey, 99, 1));
  EXPECT_TRUE(client.is_closed_by_broker());
}

TEST(Cluster, S03_NameOfTheClientSoftwareIsChecked) {
  RawClient client = connect();
  for (const auto& [name, version] : {std::pair<std::string, std::string>{"-x", "1"},
                                      {"", "1"},
                                      {"x-", "1"},
                                      {"x", ""},
                                      {"x", "1."},
                                      {"x y", "1"},
                                      {"x_y", "1"}}) {
    const auto response = client.ask(api_versions_of(name, version), 3);
    EXPECT_EQ(response.error_code, ErrorCode::kInvalidRequest) << name << " " << version;
    EXPECT_TRUE(response.api_keys.empty()) << name << " " << version;
  }
  EXPECT_EQ(client.ask(api_versions_of("a.b-c", "1.0-2"), 3).error_code, ErrorCode::kNone);
}

TEST(Cluster, S04_WhatTheBrokerDoesNotServeClosesTheConnection) {
  struct Refused {
    std::int16_t key;
    std::int16_t version;
    int header_version;
  };
  for (const Refused& refused : {Refused{0, 2, 1},    // Produce, listed in ApiVersions
                                 Refused{0, 14, 2},   // Produce, too new
                                 Refused{1, 3, 1},    // Fetch, too old
                                 Refused{999, 0, 1},  // no API
                                 Refused{-1, 0, 1},   // no API
                                 Refused{4, 0, 1},    // LeaderAndIsr, gone
                                 Refused{52, 0, 2},   // Vote, for controllers
                                 Refused{3, 99, 2},   // Metadata, too new
                                 Refused{3, -1, 1}}) {
    RawClient client = connect();
    wire::Output out = request_header(refused.key, refused.version, refused.header_version);
    out.put_int32(0);
    out.put_int32(0);
    send(client, std::move(out));
    EXPECT_TRUE(client.is_closed_by_broker())
        << "API " << refused.key << " version " << refused.version;
  }
}

TEST(Cluster, S05_FrameSizesOutsideTheLimitsCloseTheConnection) {
  for (const std::int32_t size : {104'857'601, INT32_MAX, -1, INT32_MIN, 0}) {
    RawClient client = connect();
    wire::Output out;
    out.put_int32(size);
    const Slice bytes = out.joined();
    client.send_bytes({bytes.data(), bytes.size()});
    EXPECT_TRUE(client.is_closed_by_broker()) << "size " << size;
  }
}

TEST(Cluster, S05_OtherProtocolsCloseTheConnection) {
  RawClient client = connect();
  const std::string_view text = "GET / HTTP/1.1\r\n\r\n";
  client.send_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  EXPECT_TRUE(client.is_closed_by_broker());
}

TEST(Cluster, S05_TruncatedBodyClosesTheConnection) {
  const wire::MetadataRequest request{.topics = {{{.name = "some-topic"}}}};
  for (const Version version : {Version(1), Version(12)}) {
    RawClient client = connect();
    const Slice frame = client.frame_of(request, version);
    client.send_frame({frame.data(), frame.size() - 3});
    EXPECT_TRUE(client.is_closed_by_broker()) << "Metadata version " << version;
  }
}

TEST(Cluster, S05_CountsAboveTheFrameCloseTheConnection) {
  for (const std::int32_t count : {1'000, INT32_MAX}) {
    RawClient client = connect();
    wire::Output out = request_header(kMetadataKey, 1, 1);
    out.put_int32(count);
    send(client, std::move(out));
    EXPECT_TRUE(client.is_closed_by_broker()) << "count " << count;
  }
}

TEST(Cluster, S05_BytesBehindTheBodyAreIgnored) {
  RawClient client = connect();
  wire::Output out = request_header(kApiVersionsKey, 0, 1);
  out.put("surplus", 7);
  send(client, std::move(out));
  EXPECT_EQ(receive_api_versions_0(client).error_code, ErrorCode::kNone);
}

TEST(Cluster, S05_UnknownTaggedFieldsAreSkipped) {
  RawClient client = connect();
  wire::Output out = request_header(kApiVersionsKey, 3, 1);
  const std::string_view tags("\x01\x63\x02hi", 5);  // one field, number 99, two bytes
  out.put(tags.data(), tags.size());
  out.put("\x02x\x02y", 4);
  out.put(tags.data(), tags.size());
  send(client, std::move(out));
  const Slice frame = client.receive_frame();
  wire::ApiVersionsResponse response;
  wire::DecodeError error;
  ASSERT_TRUE(wire::decode(response, 3, frame.sub(4, frame.size() - 4), error)) << error.describe();
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
}

// Below the flexible versions every negative length means null, not -1 alone.
TEST(Cluster, S05_NegativeLengthsMeanNull) {
  RawClient client = connect();
  wire::Output out;
  out.put_int16(kApiVersionsKey);
  out.put_int16(0);
  out.put_int32(77);
  out.put_int16(-5);  // the client id
  send(client, std::move(out));
  EXPECT_EQ(receive_api_versions_0(client).error_code, ErrorCode::kNone);

  TestTopic topic;
  out = request_header(kMetadataKey, 1, 1);
  out.put_int32(-7);  // all topics
  send(client, std::move(out));
  EXPECT_NE(client.receive_frame().view().find(topic.name()), std::string_view::npos);

  out = request_header(kMetadataKey, 1, 1);
  out.put_int32(1);
  out.put_int16(-1);  // a name, which must not be null
  send(client, std::move(out));
  EXPECT_TRUE(client.is_closed_by_broker());
}

TEST(Cluster, S06_PipelinedRequestsAreAnsweredInOrder) {
  RawClient client = connect();
  for (int i = 0; i < 100; ++i) client.send(wire::MetadataRequest{.topics = std::nullopt}, 1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.receive<wire::MetadataResponse>().brokers.size(), 1u);
  }
}

TEST(Cluster, S07_WaitingRequestHoldsBackTheNext) {
  TestTopic topic;
  RawClient client = connect();
  client.send(topic.fetch_request(0, {.max_wait_ms = 500}), newest(ApiKey::kFetch));
  client.send(wire::ApiVersionsRequest{}, 0);
  EXPECT_EQ(partition_of(client.receive<wire::FetchResponse>(), 0).error_code, ErrorCode::kNone);
  EXPECT_EQ(client.receive<wire::ApiVersionsResponse>().error_code, ErrorCode::kNone);
}

TEST(Cluster, S08_AcksZeroIsNotAnswered) {
  TestTopic topic;
  RawClient client = connect();
  client.send_unanswered(topic.produce_request({{0, plain(1)}}, {.acks = 0}),
                         newest(ApiKey::kProduce));
  EXPECT_EQ(client.ask(wire::ApiVersionsRequest{}, 0).error_code, ErrorCode::kNone);
  EXPECT_EQ(topic.end_offset(), 1);
}

TEST(Cluster, S08_AcksZeroToAMissingPartitionClosesTheConnection) {
  TestTopic topic;
  RawClient client = connect();
  client.send_unanswered(topic.produce_request({{5, plain(1)}}, {.acks = 0}),
                         newest(ApiKey::kProduce));
  EXPECT_TRUE(client.is_closed_by_broker());
}

TEST(Cluster, S40_IdleConnectionIsClosed) {
  REQUIRE_BROKER_SETTINGS({{"connections.max.idle.ms", "1000"}});
  RawClient client = connect();
  EXPECT_EQ(client.ask(wire::ApiVersionsRequest{}, 0).error_code, ErrorCode::kNone);
  EXPECT_TRUE(client.is_closed_by_broker());
}

}  // namespace
}  // namespace understudy::conformance
