#include "broker/cluster/unenforced_configs.h"

#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

// Empty: it may pass.
std::string refusal(std::string_view name, std::string_view value) {
  const ConfigDefs defs(Profile::newest());
  return why_unenforced(defs, name, value).value_or("");
}

TEST(UnenforcedConfigs, SecurityIsRefusedWithAReason) {
  EXPECT_EQ(refusal("ssl.keystore.location", "/keys"),
            "ssl.keystore.location: Understudy does not enforce this yet, it has no TLS");
  EXPECT_EQ(refusal("sasl.enabled.mechanisms", "PLAIN"),
            "sasl.enabled.mechanisms: Understudy does not enforce this yet, it has no SASL");
  EXPECT_EQ(refusal("authorizer.class.name", "x.Y"),
            "authorizer.class.name: Understudy does not enforce this yet, it has no authorizer");
  EXPECT_EQ(refusal("security.inter.broker.protocol", "SSL"),
            "security.inter.broker.protocol: Understudy does not enforce this yet, it has no "
            "security protocol but PLAINTEXT");
  for (const char* name :
       {"super.users", "allow.everyone.if.no.acl.found", "principal.builder.class",
        "delegation.token.secret.key", "connections.max.reauth.ms", "sasl.jaas.config"}) {
    EXPECT_NE(refusal(name, "1"), "") << name;
  }
}

TEST(UnenforcedConfigs, ListenersOwnPropertiesAreRefusedToo) {
  EXPECT_EQ(refusal("listener.name.external.ssl.client.auth", "required"),
            "listener.name.external.ssl.client.auth: Understudy does not enforce this yet, it has "
            "no TLS");
  EXPECT_NE(refusal("listener.name.plaintext.sasl.jaas.config", "x"), "");
  EXPECT_EQ(refusal("listener.name.plaintext.num.network.threads", "2"), "");
}

TEST(UnenforcedConfigs, DefaultsAreAccepted) {
  EXPECT_EQ(refusal("security.inter.broker.protocol", "PLAINTEXT"), "");
  EXPECT_EQ(refusal("authorizer.class.name", ""), "");
  EXPECT_EQ(refusal("ssl.client.auth", "none"), "");
  EXPECT_EQ(refusal("ssl.enabled.protocols", " TLSv1.2 , TLSv1.3"), "");
  EXPECT_EQ(refusal("delegation.token.max.lifetime.ms", "+604800000"), "");
}

TEST(UnenforcedConfigs, ListenersMayBeMappedToPlaintext) {
  constexpr const char* kMap = "listener.security.protocol.map";
  EXPECT_EQ(refusal(kMap, "PLAINTEXT:PLAINTEXT, CONTROLLER:PLAINTEXT"), "");
  EXPECT_EQ(
      refusal(kMap, "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"),
      "")
      << "the default";
  EXPECT_NE(refusal(kMap, "PLAINTEXT:SSL"), "");
  EXPECT_NE(refusal(kMap, "PLAINTEXT:PLAINTEXT,EXTERNAL:SASL_PLAINTEXT"), "");
}

TEST(UnenforcedConfigs, EverythingElsePasses) {
  for (const char* name : {"num.partitions", "ssl", "sslx.y", "log.dirs", "no.such.property",
                           "listener.name.", "listener.name.x", "remote.log.storage.ssl.x"}) {
    EXPECT_EQ(refusal(name, "1"), "") << name;
  }
}

}  // namespace
}  // namespace understudy::broker
