// FindCoordinator for groups (section 2 of the transactions specification has its rules), and
// scenario 39 of section 17 of the cluster specification, ListConfigResources.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using wire::FindCoordinatorRequest;
using wire::find_coordinator_response::Coordinator;

constexpr Version kFirstWithManyKeys = 4;
constexpr std::int8_t kGroup = 0;
constexpr std::int8_t kShare = 2;

// One key, in the shape of every version.
Coordinator find(RawClient& client, Version version, std::int8_t type, const std::string& key) {
  FindCoordinatorRequest request{.key_type = type};
  if (version >= kFirstWithManyKeys) {
    request.coordinator_keys = {key};
    const auto response = client.ask(request, version);
    EXPECT_EQ(response.coordinators.size(), 1u);
    EXPECT_EQ(response.coordinators.at(0).key, key);
    return response.coordinators.at(0);
  }
  request.key = key;
  const auto response = client.ask(request, version);
  return {.node_id = response.node_id,
          .host = response.host,
          .port = response.port,
          .error_code = response.error_code,
          .error_message = response.error_message};
}

// The first question makes the broker create its offsets topic.
Coordinator find_once_ready(RawClient& client, Version version, const std::string& group) {
  Coordinator found;
  EXPECT_TRUE(eventually([&] {
    found = find(client, version, kGroup, group);
    return found.error_code != ErrorCode::kCoordinatorNotAvailable;
  }));
  return found;
}

TEST(Cluster, FindCoordinatorOfAGroup) {
  RawClient client = connect();
  for (Version version = 0; version <= newest(ApiKey::kFindCoordinator); ++version) {
    SCOPED_TRACE("FindCoordinator version " + std::to_string(version));
    for (const std::string& group : {std::string("a group"), std::string()}) {
      const Coordinator found = find_once_ready(client, version, group);
      EXPECT_EQ(found.error_code, ErrorCode::kNone);
      EXPECT_EQ(found.node_id, node_id());
      EXPECT_EQ(found.port, settings().bootstrap.port);
      EXPECT_FALSE(found.host.empty());
      // The text of success is its name in one shape and empty in the other.
      const bool has_name = version >= 1 && version < kFirstWithManyKeys;
      EXPECT_EQ(found.error_message, has_name ? "NONE" : "");
    }
  }
}

TEST(Cluster, FindCoordinatorOfManyGroups) {
  RawClient client = connect();
  find_once_ready(client, 4, "a");
  const auto response =
      client.ask(FindCoordinatorRequest{.key_type = kGroup, .coordinator_keys = {"a", "b", "a"}},
                 newest(ApiKey::kFindCoordinator));
  ASSERT_EQ(response.coordinators.size(), 3u);
  EXPECT_EQ(response.coordinators[0].key, "a");
  EXPECT_EQ(response.coordinators[1].key, "b");
  EXPECT_EQ(response.coordinators[2].key, "a");
}

TEST(Cluster, FindCoordinatorRefusesKeyTypesItDoesNotKnow) {
  RawClient client = connect();
  for (Version version = 1; version <= newest(ApiKey::kFindCoordinator); ++version) {
    SCOPED_TRACE("FindCoordinator version " + std::to_string(version));
    const Coordinator unknown = find(client, version, 9, "x");
    EXPECT_EQ(unknown.error_code, ErrorCode::kInvalidRequest);
    EXPECT_EQ(unknown.node_id, -1);
    EXPECT_EQ(unknown.host, "");
    EXPECT_EQ(unknown.port, -1);
    EXPECT_FALSE(unknown.error_message.value_or("").empty());
    if (version < 6) {
      const Coordinator too_old = find(client, version, kShare, "x");
      EXPECT_EQ(too_old.error_code, ErrorCode::kInvalidRequest);
      EXPECT_EQ(too_old.error_message.value_or("").empty(), version >= kFirstWithManyKeys);
      EXPECT_EQ(too_old.node_id, -1);
    }
  }
}

TEST(Cluster, FindCoordinatorMakesTheInternalOffsetsTopic) {
  RawClient client = connect();
  find_once_ready(client, 4, "a");
  const auto response =
      client.ask(wire::MetadataRequest{.topics = {{{.name = "__consumer_offsets"}}}}, 8);
  EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kNone);
  EXPECT_TRUE(response.topics.at(0).is_internal);
}

TEST(Cluster, S39_ListConfigResources) {
  TestTopic topic;
  RawClient& client = topic.client();
  constexpr std::int8_t kTopic = 2;
  const auto topics = client.ask(wire::ListConfigResourcesRequest{.resource_types = {kTopic}}, 1);
  EXPECT_EQ(topics.error_code, ErrorCode::kNone);
  bool is_listed = false;
  for (const auto& resource : topics.config_resources) {
    EXPECT_EQ(resource.resource_type, kTopic);
    is_listed = is_listed || resource.resource_name == topic.name();
  }
  EXPECT_TRUE(is_listed);

  const auto unknown = client.ask(wire::ListConfigResourcesRequest{.resource_types = {99}}, 1);
  EXPECT_EQ(unknown.error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_TRUE(unknown.config_resources.empty());

  const auto client_metrics = client.ask(wire::ListConfigResourcesRequest{}, 0);
  EXPECT_EQ(client_metrics.error_code, ErrorCode::kNone);
  EXPECT_TRUE(client_metrics.config_resources.empty());
}

}  // namespace
}  // namespace understudy::conformance
