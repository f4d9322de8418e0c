// Configurations of single groups: changed, described, listed, and heeded by consumer groups.
#include "broker/cluster/group_configs.h"

#include "broker/api/admin_handlers.h"
#include "broker/api/test_handler.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/list_config_resources.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::describe_configs_response::DescribeConfigsResourceResult;

constexpr std::int8_t kGroupType = 32;
constexpr std::int8_t kSetIt = 0;
constexpr std::int8_t kDeleteIt = 1;
constexpr std::int8_t kAppendIt = 2;
constexpr const char* kSessionTimeout = "consumer.session.timeout.ms";
constexpr const char* kHeartbeatInterval = "consumer.heartbeat.interval.ms";

class GroupConfigsTest : public HandlerTest {
 protected:
  explicit GroupConfigsTest(std::string_view release = "4.4")
      : HandlerTest({.profile = release,
                     .properties = {{"group.consumer.min.session.timeout.ms", "3000"},
                                    {"group.consumer.min.heartbeat.interval.ms", "1000"}}}) {}

  auto change(const std::string& group, const std::string& name, std::optional<std::string> value,
              std::int8_t operation = kSetIt) {
    wire::IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = kGroupType;
    resource.resource_name = group;
    auto& config = resource.configs.emplace_back();
    config.name = name;
    config.config_operation = operation;
    config.value = std::move(value);
    return call(incremental_alter_configs, 1, std::move(request)).responses.at(0);
  }
  ErrorCode set(const std::string& name, const std::string& value) {
    return change("g", name, value).error_code;
  }
  auto describe(const std::string& group) {
    wire::DescribeConfigsRequest request;
    request.include_synonyms = true;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = kGroupType;
    resource.resource_name = group;
    resource.configuration_keys = std::nullopt;
    return call(describe_configs, 4, std::move(request)).results.at(0);
  }
  static std::string synonyms_of(const DescribeConfigsResourceResult& config) {
    std::string text;
    for (const auto& synonym : config.synonyms) {
      text += synonym.name + "=" + synonym.value.value_or("null") + "(" +
              std::to_string(synonym.source) + ") ";
    }
    return text;
  }
  std::vector<std::string> listed() {
    wire::ListConfigResourcesRequest request;
    request.resource_types = {kGroupType};
    std::vector<std::string> names;
    for (const auto& one : call(list_config_resources, 1, request).config_resources) {
      EXPECT_EQ(one.resource_type, kGroupType);
      names.push_back(one.resource_name);
    }
    return names;
  }
};

TEST_F(GroupConfigsTest, Groups_S74_WhatMayBeSetOnAGroup) {
  EXPECT_EQ(set(kHeartbeatInterval, "1200"), ErrorCode::kNone);
  EXPECT_EQ(set(kHeartbeatInterval, "100"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(set(kSessionTimeout, "1000"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(set(kSessionTimeout, "60001"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(set(kHeartbeatInterval, "5000"), ErrorCode::kNone);
  EXPECT_EQ(set(kSessionTimeout, "3500"), ErrorCode::kInvalidConfig) << "below the heartbeats";
  EXPECT_EQ(set("consumer.assignment.interval.ms", "15001"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(set("consumer.assignment.interval.ms", "0"), ErrorCode::kNone);
  EXPECT_EQ(set(kSessionTimeout, "soon"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(change("", kSessionTimeout, "45000").error_code, ErrorCode::kInvalidRequest);
}

TEST_F(GroupConfigsTest, RefusalsSayWhatIsWrong) {
  const auto why = [&](const char* name, const char* value) {
    return change("g", name, value).error_message.value_or("");
  };
  EXPECT_EQ(why("foo.bar", "1"), "Unknown group config name: foo.bar");
  EXPECT_EQ(why(kSessionTimeout, "1000"),
            "consumer.session.timeout.ms must be in the range 3000 to 60000 inclusive.");
  EXPECT_EQ(why(kSessionTimeout, "5000"),
            "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms");
  EXPECT_EQ(change("", kSessionTimeout, "45000").error_message,
            "Default group resources are not allowed.");
  EXPECT_EQ(change("g", kSessionTimeout, "1", kAppendIt).error_message,
            "Can't APPEND to key consumer.session.timeout.ms because its type is not LIST.");
}

class GroupConfigsOf43Test : public GroupConfigsTest {
 protected:
  GroupConfigsOf43Test() : GroupConfigsTest("4.3") {}
};

TEST_F(GroupConfigsOf43Test, RefusalsNameTheBoundThatIsBroken) {
  const auto why = [&](const char* name, const char* value) {
    return change("g", name, value).error_message.value_or("");
  };
  EXPECT_EQ(why(kSessionTimeout, "1000"),
            "consumer.session.timeout.ms must be greater than or equal to "
            "group.consumer.min.session.timeout.ms");
  EXPECT_EQ(why(kSessionTimeout, "60001"),
            "consumer.session.timeout.ms must be less than or equal to "
            "group.consumer.max.session.timeout.ms");
  EXPECT_EQ(why(kHeartbeatInterval, "20"),
            "consumer.heartbeat.interval.ms must be greater than or equal to "
            "group.consumer.min.heartbeat.interval.ms");
  EXPECT_EQ(set(kSessionTimeout, "50000"), ErrorCode::kNone);
}

TEST_F(GroupConfigsTest, HeartbeatsAreLookedAtBeforeSessions) {
  const auto wrong =
      check_group_configs(cluster, 1, {{kHeartbeatInterval, "20"}, {kSessionTimeout, "1000"}});
  EXPECT_EQ(wrong, "consumer.heartbeat.interval.ms must be in the range 1000 to 15000 inclusive.");
}

TEST_F(GroupConfigsTest, WhatHasNoEffectIsRefusedUnlessItIsSoAnyway) {
  EXPECT_EQ(set("share.session.timeout.ms", "50000"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(set("share.session.timeout.ms", "45000"), ErrorCode::kNone);
  EXPECT_EQ(set("streams.num.standby.replicas", "1"), ErrorCode::kInvalidRequest);
}

TEST_F(GroupConfigsTest, IsHeededAndTakenBack) {
  const auto heartbeat_of = [&](const char* group) {
    return consumer_group_config(cluster, 1, group).heartbeat_interval_ms;
  };
  EXPECT_EQ(set(kHeartbeatInterval, "1200"), ErrorCode::kNone);
  EXPECT_EQ(heartbeat_of("g"), 1200);
  EXPECT_EQ(heartbeat_of("other"), 5000);
  EXPECT_EQ(change("g", kHeartbeatInterval, std::nullopt, kDeleteIt).error_code, ErrorCode::kNone);
  EXPECT_EQ(heartbeat_of("g"), 5000);
  EXPECT_TRUE(listed().empty());
}

TEST_F(GroupConfigsTest, WhatTheBrokersBoundsHaveOvertakenCountsAsTheBound) {
  ASSERT_TRUE(cluster.set_group_configs("g", {{kHeartbeatInterval, "20"}}));
  EXPECT_EQ(consumer_group_config(cluster, 1, "g").heartbeat_interval_ms, 1000);
}

TEST_F(GroupConfigsTest, IsDescribedWithTheBrokersNames) {
  const auto before = describe("g");
  EXPECT_EQ(named(before.configs, kSessionTimeout).value, "45000");
  EXPECT_EQ(named(before.configs, kSessionTimeout).config_source, 5);
  EXPECT_EQ(synonyms_of(named(before.configs, kSessionTimeout)),
            "group.consumer.session.timeout.ms=45000(5) ");
  EXPECT_EQ(synonyms_of(named(before.configs, "share.auto.offset.reset")),
            "share.auto.offset.reset=latest(5) ");
  EXPECT_EQ(set(kSessionTimeout, "+50000"), ErrorCode::kNone);
  const auto after = describe("g");
  EXPECT_EQ(after.configs.size(), before.configs.size());
  EXPECT_EQ(named(after.configs, kSessionTimeout).value, "50000");
  EXPECT_EQ(named(after.configs, kSessionTimeout).config_source, 8);
  EXPECT_EQ(synonyms_of(named(after.configs, kSessionTimeout)),
            "consumer.session.timeout.ms=50000(8) group.consumer.session.timeout.ms=45000(5) ");
  EXPECT_EQ(named(describe("other").configs, kSessionTimeout).value, "45000");
}

TEST_F(GroupConfigsTest, In43SeventeenOfThemAreListed) {
  const ConfigDefs defs(*Profile::named("4.3"));
  EXPECT_EQ(std::ranges::count(defs.group(), ConfigListing::kListed, &ConfigDef::listing), 17);
}

TEST_F(GroupConfigsTest, GroupsWithConfigurationsAreListed) {
  set(kHeartbeatInterval, "1200");
  change("h", kHeartbeatInterval, "1300");
  EXPECT_EQ(listed(), (std::vector<std::string>{"g", "h"}));
}

TEST_F(GroupConfigsTest, AlterConfigsReplacesAll) {
  set(kHeartbeatInterval, "1200");
  wire::AlterConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = kGroupType;
  resource.resource_name = "g";
  resource.configs.push_back({.name = kSessionTimeout, .value = "50000"});
  EXPECT_EQ(call(alter_configs, 2, request).responses.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(consumer_group_config(cluster, 1, "g").heartbeat_interval_ms, 5000);
  EXPECT_EQ(consumer_group_config(cluster, 1, "g").session_timeout_ms, 50000);
}

TEST_F(GroupConfigsTest, AChangeThatCannotBeWrittenHasNoEffect) {
  storage.fail(true);
  EXPECT_EQ(set(kHeartbeatInterval, "1200"), ErrorCode::kKafkaStorageError);
  storage.fail(false);
  EXPECT_EQ(consumer_group_config(cluster, 1, "g").heartbeat_interval_ms, 5000);
}

}  // namespace
}  // namespace understudy::broker
