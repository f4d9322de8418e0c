#include "broker/cluster/config_effects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "broker/cluster/broker_config.h"
#include "broker/cluster/config_values.h"

namespace understudy::broker {
namespace {

// Empty: it may pass.
std::string refusal(std::string_view name, std::string_view value) {
  const ConfigDefs defs(Profile::newest());
  return why_unheeded(defs, name, value).value_or("");
}

TEST(ConfigEffects, SecurityIsRefusedWithAReason) {
  EXPECT_EQ(refusal("ssl.keystore.location", "/keys"),
            "ssl.keystore.location: Understudy does not heed this, it has no TLS");
  EXPECT_EQ(refusal("sasl.enabled.mechanisms", "PLAIN"),
            "sasl.enabled.mechanisms: Understudy does not heed this, it has no SASL");
  EXPECT_EQ(refusal("authorizer.class.name", "x.Y"),
            "authorizer.class.name: Understudy does not heed this, it has no authorizer");
  EXPECT_EQ(refusal("security.inter.broker.protocol", "SSL"),
            "security.inter.broker.protocol: Understudy does not heed this, it has no "
            "security protocol but PLAINTEXT");
  for (const char* name :
       {"super.users", "allow.everyone.if.no.acl.found", "principal.builder.class",
        "delegation.token.secret.key", "connections.max.reauth.ms", "sasl.jaas.config"}) {
    EXPECT_NE(refusal(name, "1"), "") << name;
  }
}

TEST(ConfigEffects, ListenersOwnPropertiesAreRefusedToo) {
  EXPECT_EQ(refusal("listener.name.external.ssl.client.auth", "required"),
            "listener.name.external.ssl.client.auth: Understudy does not heed this, it has "
            "no TLS");
  EXPECT_NE(refusal("listener.name.plaintext.sasl.jaas.config", "x"), "");
  EXPECT_EQ(refusal("listener.name.plaintext.num.network.threads", "2"), "");
}

TEST(ConfigEffects, DefaultsAreAccepted) {
  EXPECT_EQ(refusal("security.inter.broker.protocol", "PLAINTEXT"), "");
  EXPECT_EQ(refusal("authorizer.class.name", ""), "");
  EXPECT_EQ(refusal("ssl.client.auth", "none"), "");
  EXPECT_EQ(refusal("ssl.enabled.protocols", " TLSv1.2 , TLSv1.3"), "");
  EXPECT_EQ(refusal("delegation.token.max.lifetime.ms", "+604800000"), "");
}

TEST(ConfigEffects, ListenersMayBeMappedToPlaintext) {
  constexpr const char* kMap = "listener.security.protocol.map";
  EXPECT_EQ(refusal(kMap, "PLAINTEXT:PLAINTEXT, CONTROLLER:PLAINTEXT"), "");
  EXPECT_EQ(
      refusal(kMap, "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"),
      "")
      << "the default";
  EXPECT_NE(refusal(kMap, "PLAINTEXT:SSL"), "");
  EXPECT_NE(refusal(kMap, "PLAINTEXT:PLAINTEXT,EXTERNAL:SASL_PLAINTEXT"), "");
}

TEST(ConfigEffects, EverythingElsePasses) {
  for (const char* name : {"num.partitions", "ssl", "sslx.y", "no.such.property", "listener.name.",
                           "listener.name.x", "remote.log.storage.ssl.x", "num.io.threads"}) {
    EXPECT_EQ(refusal(name, "1"), "") << name;
  }
}

TEST(ConfigEffects, ClassesAreRefused) {
  EXPECT_EQ(refusal("create.topic.policy.class.name", "x.Y"),
            "create.topic.policy.class.name: Understudy does not heed this, it loads no classes");
  for (const char* name : {"alter.config.policy.class.name", "client.quota.callback.class",
                           "config.providers", "kafka.metrics.reporters", "metric.reporters"}) {
    EXPECT_NE(refusal(name, "x.Y"), "") << name;
    EXPECT_EQ(refusal(name, ""), "") << name;
  }
  EXPECT_EQ(refusal("metric.reporters", "org.apache.kafka.common.metrics.JmxReporter"), "");
}

TEST(ConfigEffects, WhatAnOptionSaysIsNeverAProperty) {
  EXPECT_EQ(refusal("listeners", "PLAINTEXT://:9092"), "listeners: --listen says where to listen");
  EXPECT_EQ(refusal("log.dirs", "/data"), "log.dirs: --data-dir says where data is stored");
  EXPECT_EQ(refusal("node.id", "1"), "node.id: nodes are numbered from 1");
}

TEST(ConfigEffects, WhatIsSoAnywayMayBeSaid) {
  EXPECT_EQ(refusal("process.roles", "broker,controller"), "");
  EXPECT_EQ(refusal("process.roles", "controller, broker"), "");
  EXPECT_NE(refusal("process.roles", "broker"), "");
  EXPECT_EQ(refusal("inter.broker.listener.name", "PLAINTEXT"), "");
  EXPECT_NE(refusal("inter.broker.listener.name", "INTERNAL"), "");
  EXPECT_EQ(refusal("remote.log.storage.system.enable", "false"), "");
  EXPECT_NE(refusal("remote.log.storage.system.enable", "true"), "");
}

TEST(ConfigEffects, AReasonIsGivenForWhatIsNotHeeded) {
  const ConfigDefs defs(Profile::newest());
  const auto check = [](const auto& rows) {
    for (const ConfigDef& def : rows) {
      EXPECT_EQ(def.effect.why.empty(), def.is_heeded()) << def.name;
    }
  };
  check(defs.topic());
  check(defs.broker());
  check(defs.group());
  check(defs.client_metrics());
}

class HeededConfigs : public ::testing::TestWithParam<std::string_view> {
 protected:
  const ConfigDefs defs{*Profile::named(GetParam())};
  const ConfigMap nothing;
  const BrokerLayers layers{defs, nothing, nothing, nothing};
};

// The mark is what the README says; who reads the value is what is so.
TEST_P(HeededConfigs, ATopicConfigIsMarkedAsHeededIfItIsRead) {
  const auto heeded = heeded_topic_configs(inherited_configs(layers));
  for (const TopicConfigDef& def : defs.topic()) {
    EXPECT_EQ(def.is_heeded(), heeded.contains(def.name)) << def.name;
  }
}

TEST_P(HeededConfigs, ABrokerConfigIsMarkedAsHeededIfItIsReadOrATopicInheritsIt) {
  const auto of_brokers = heeded_broker_configs();
  std::set<std::string, std::less<>> heeded(of_brokers.begin(), of_brokers.end());
  for (const TopicConfigDef& def : defs.topic()) {
    if (!def.is_heeded()) continue;
    for (const BrokerSynonym& synonym : def.broker_synonyms()) heeded.emplace(synonym.name);
  }
  for (const ConfigDef& def : defs.broker()) {
    EXPECT_EQ(def.is_heeded(), heeded.contains(def.name)) << def.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Releases, HeededConfigs, ::testing::ValuesIn(Profile::names()),
                         [](const auto& info) {
                           std::string name(info.param);
                           std::ranges::replace(name, '.', '_');
                           return "Kafka" + name;
                         });

TEST(ConfigEffects, TheTableNamesEveryListedConfigOrItsFamily) {
  const ConfigDefs defs(Profile::newest());
  const std::string table = config_effects_table(defs);
  for (const ConfigDef& def : defs.broker()) {
    if (def.listing == ConfigListing::kInternal) continue;
    const std::string name(def.name);
    const bool is_there = table.find("`" + name + "`") != std::string::npos;
    const std::string family = "`" + name.substr(0, name.find('.')) + ".*`";
    EXPECT_TRUE(is_there || table.find(family) != std::string::npos) << name;
  }
}

}  // namespace
}  // namespace understudy::broker
