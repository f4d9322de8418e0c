#include "broker/server/options.h"

#include <gmock/gmock.h>

#include <string>
#include <variant>
#include <vector>

namespace understudy::server {
namespace {

using testing::HasSubstr;

std::variant<Options, EarlyExit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "understudy");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

Options accepted(const std::vector<const char*>& arguments) {
  auto parsed = parse(arguments);
  if (const auto* exit = std::get_if<EarlyExit>(&parsed)) {
    ADD_FAILURE() << exit->text;
    return {};
  }
  return std::get<Options>(parsed);
}

// The one line that is said about wrong usage.
std::string refused(const std::vector<const char*>& arguments) {
  const auto parsed = parse(arguments);
  const auto* exit = std::get_if<EarlyExit>(&parsed);
  if (exit == nullptr) return "(accepted)";
  EXPECT_EQ(exit->code, 2);
  EXPECT_EQ(exit->text.find('\n'), exit->text.size() - 1) << exit->text;
  EXPECT_TRUE(exit->text.starts_with("understudy: ")) << exit->text;
  return exit->text;
}

TEST(Options, HaveDefaults) {
  const Options options = accepted({});
  EXPECT_EQ(options.runtime.listen, (std::vector<Endpoint>{{"127.0.0.1", 0}}));
  EXPECT_TRUE(options.runtime.advertise.empty());
  EXPECT_EQ(options.runtime.node_count, 1);
  EXPECT_EQ(options.runtime.profile.name(), "4.4");
  EXPECT_EQ(options.runtime.seed, std::nullopt);
  EXPECT_EQ(options.log_level, LogLevel::kWarn);
  EXPECT_FALSE(options.prints_bootstrap);
}

TEST(Options, AreUnderstood) {
  const Options options = accepted({"--listen",
                                    "127.0.0.1:1000",
                                    "--listen=[::1]:2000",
                                    "--advertise",
                                    "a:1",
                                    "--advertise",
                                    "b:2",
                                    "--nodes",
                                    "2",
                                    "--print-bootstrap",
                                    "--profile",
                                    "3.6",
                                    "--override",
                                    "auto.create.topics.enable=false",
                                    "--override",
                                    "num.partitions=3",
                                    "--topic",
                                    "plain",
                                    "--topic",
                                    "wide:12",
                                    "--log-level",
                                    "debug",
                                    "--seed",
                                    "18446744073709551615"});
  EXPECT_EQ(options.runtime.listen, (std::vector<Endpoint>{{"127.0.0.1", 1000}, {"::1", 2000}}));
  EXPECT_EQ(options.runtime.advertise, (std::vector<Endpoint>{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(options.runtime.node_count, 2);
  EXPECT_TRUE(options.prints_bootstrap);
  EXPECT_EQ(options.runtime.profile.name(), "3.6");
  EXPECT_EQ(options.runtime.overrides,
            (broker::ConfigMap{{"auto.create.topics.enable", "false"}, {"num.partitions", "3"}}));
  ASSERT_EQ(options.topics.size(), 2u);
  EXPECT_EQ(options.topics[0].name, "plain");
  EXPECT_EQ(options.topics[0].partitions, std::nullopt);
  EXPECT_EQ(options.topics[1].name, "wide");
  EXPECT_EQ(options.topics[1].partitions, 12);
  EXPECT_EQ(options.log_level, LogLevel::kDebug);
  EXPECT_EQ(options.runtime.seed, UINT64_MAX);
}

TEST(Options, AnOverrideMayHoldAnEqualsSign) {
  const Options options = accepted({"--override", "broker.rack=a=b"});
  EXPECT_EQ(options.runtime.overrides.at("broker.rack"), "a=b");
}

TEST(Options, UnknownOnesAreRefused) {
  EXPECT_EQ(refused({"--frobnicate", "--nodes", "3"}),
            "understudy: unknown option --frobnicate (see --help)\n");
  EXPECT_EQ(refused({"-x"}), "understudy: unknown option -x (see --help)\n");
  EXPECT_EQ(refused({"--"}), "understudy: unexpected argument '--' (see --help)\n");
  EXPECT_EQ(refused({"stray"}), "understudy: unexpected argument 'stray' (see --help)\n");
}

TEST(Options, MistypedOptionIsAnsweredWithTheNearest) {
  EXPECT_EQ(refused({"--lisen", "127.0.0.1:0"}),
            "understudy: unknown option --lisen; did you mean --listen? (see --help)\n");
  EXPECT_EQ(refused({"--datadir=./x"}),
            "understudy: unknown option --datadir; did you mean --data-dir? (see --help)\n");
  EXPECT_THAT(refused({"--override", "num.partitons=3"}),
              HasSubstr("'num.partitons' is not a broker property of Kafka 4.4; did you mean "
                        "num.partitions?"));
}

TEST(Options, OptionGivenTwiceIsNamed) {
  EXPECT_EQ(refused({"--nodes", "1", "--nodes", "2"}),
            "understudy: --nodes is given twice (see --help)\n");
}

TEST(Options, AMissingValueIsNamed) {
  EXPECT_EQ(refused({"--listen"}), "understudy: --listen wants HOST:PORT (see --help)\n");
  EXPECT_EQ(refused({"--nodes"}), "understudy: --nodes wants N (see --help)\n");
}

TEST(Options, WrongEndpointsAreRefused) {
  for (const char* text : {"9092", "localhost", "localhost:", "::1:9092"}) {
    EXPECT_THAT(refused({"--listen", text}),
                HasSubstr("--listen '" + std::string(text) + "' is not host:port"));
    EXPECT_THAT(refused({"--advertise", text}),
                HasSubstr("--advertise '" + std::string(text) + "' is not host:port"));
  }
}

TEST(Options, APortAbove65535IsNamed) {
  EXPECT_EQ(refused({"--listen", "a:70000"}),
            "understudy: --listen 'a:70000' has a port above 65535 (see --help)\n");
  EXPECT_EQ(refused({"--advertise", "[::1]:65536"}),
            "understudy: --advertise '[::1]:65536' has a port above 65535 (see --help)\n");
}

TEST(Options, WrongNumbersOfNodesAreRefused) {
  for (const char* text : {"0", "-1", "1001", "three", "1.5", "", "99999999999"}) {
    EXPECT_EQ(refused({"--nodes", text}), "understudy: --nodes '" + std::string(text) +
                                              "' is not a number from 1 to 1000 (see --help)\n");
  }
}

TEST(Options, AnUnknownProfileNamesTheKnownOnes) {
  const std::string text = refused({"--profile", "5.0"});
  EXPECT_THAT(text, HasSubstr("--profile '5.0' is not known"));
  for (const auto name : broker::Profile::names()) EXPECT_THAT(text, HasSubstr(std::string(name)));
}

TEST(Options, AnUnknownLogLevelNamesTheKnownOnes) {
  EXPECT_THAT(
      refused({"--log-level", "loud"}),
      HasSubstr("--log-level 'loud' is not known; there are trace, debug, info, warn, error, off"));
}

TEST(Options, ALogLevelMayBeWrittenInCapitals) {
  EXPECT_EQ(accepted({"--log-level", "TRACE"}).log_level, LogLevel::kTrace);
  EXPECT_EQ(accepted({"--log-level", "Warn"}).log_level, LogLevel::kWarn);
}

TEST(Options, WrongSeedsAreRefused) {
  EXPECT_THAT(refused({"--seed", "-1"}), HasSubstr("--seed"));
  EXPECT_THAT(refused({"--seed", "x"}), HasSubstr("--seed"));
}

TEST(Options, WrongOverridesAreRefused) {
  EXPECT_THAT(refused({"--override", "num.partitions"}),
              HasSubstr("'num.partitions' is not NAME=VALUE, such as num.partitions=3"));
  EXPECT_THAT(refused({"--override", "=3"}), HasSubstr("'=3' is not NAME=VALUE"));
  EXPECT_EQ(refused({"--override", "no.such.property=3"}),
            "understudy: --override: 'no.such.property' is not a broker property of Kafka 4.4 "
            "(see --help)\n");
  EXPECT_THAT(refused({"--override", "num.partitions=many"}), HasSubstr("num.partitions"));
  EXPECT_THAT(refused({"--override", "num.partitions=0"}), HasSubstr("num.partitions"));
  EXPECT_THAT(refused({"--override", "num.network.threads=0"}), HasSubstr("num.network.threads"));
  EXPECT_THAT(refused({"--override", "listeners=PLAINTEXT://:9092"}),
              HasSubstr("listeners: --listen says where to listen"));
  EXPECT_THAT(refused({"--override", "log.dir=/x"}),
              HasSubstr("log.dir: --data-dir says where data is stored"));
}

TEST(Options, SecurityThatNothingEnforcesIsRefused) {
  EXPECT_EQ(refused({"--override", "ssl.client.auth=required"}),
            "understudy: --override: ssl.client.auth: Understudy does not heed this, it has no TLS "
            "(see --help)\n");
  EXPECT_THAT(refused({"--override", "listener.name.plaintext.sasl.enabled.mechanisms=PLAIN"}),
              HasSubstr("Understudy does not heed this"));
  EXPECT_THAT(refused({"--override", "super.users=User:admin"}),
              HasSubstr("Understudy does not heed this"));
  accepted({"--override", "security.inter.broker.protocol=PLAINTEXT"});
}

TEST(Options, WhatNothingHeedsIsRefused) {
  EXPECT_THAT(refused({"--override", "create.topic.policy.class.name=x.Y"}),
              HasSubstr("Understudy does not heed this, it loads no classes"));
  EXPECT_THAT(refused({"--override", "replica.selector.class=x.Y"}),
              HasSubstr("Invalid value x.Y for configuration replica.selector.class"));
  EXPECT_THAT(refused({"--override", "remote.log.storage.system.enable=true"}),
              HasSubstr("it has no tiered storage"));
  accepted({"--override", "num.network.threads=5"});
}

TEST(Options, TheListenerMayHaveItsOwnLimits) {
  accepted({"--override", "listener.name.plaintext.max.connections=5"});
  EXPECT_THAT(refused({"--override", "listener.name.plaintext.max.connections=x"}),
              HasSubstr("Invalid value x for configuration max.connections"));
  EXPECT_THAT(refused({"--override", "listener.name.external.max.connections=5"}),
              HasSubstr("is not a broker property"));
  EXPECT_THAT(refused({"--override", "listener.name.plaintext.num.partitions=5"}),
              HasSubstr("is not a broker property"));
}

TEST(Options, ARackIsForEachNode) {
  EXPECT_EQ(accepted({"--nodes", "2", "--rack", "a", "--rack", "b"}).runtime.racks,
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(refused({"--nodes", "3", "--rack", "a"}),
            "understudy: --rack: one rack for each node is wanted, which makes 3 and not 1; the "
            "property broker.rack is for all of them (see --help)\n");
}

TEST(Options, WrongTopicsAreRefused) {
  EXPECT_THAT(refused({"--topic", "a b"}), HasSubstr("--topic 'a b': "));
  EXPECT_THAT(refused({"--topic", ""}), HasSubstr("--topic"));
  for (const char* text : {"t:", "t:0", "t:-1", "t:x", "t:1:2"}) {
    EXPECT_THAT(refused({"--topic", text}),
                HasSubstr("the number of partitions is not a number from 1 on"))
        << text;
  }
}

TEST(Options, HelpNamesEveryOptionAndGivesExamples) {
  const auto parsed = parse({"--help"});
  const EarlyExit& exit = std::get<EarlyExit>(parsed);
  EXPECT_EQ(exit.code, 0);
  for (const char* word :
       {"--listen", "--advertise", "--nodes", "--print-bootstrap", "--profile", "--override",
        "--topic", "--log-level", "--seed", "--version", "--help", "--dump-api-table",
        "--dump-property-table", "--rack", "Examples:", "Network", "Cluster"}) {
    EXPECT_THAT(exit.text, HasSubstr(word));
  }
}

TEST(Options, VersionIsPrinted) {
  const auto parsed = parse({"--version"});
  EXPECT_EQ(std::get<EarlyExit>(parsed).code, 0);
  EXPECT_THAT(std::get<EarlyExit>(parsed).text, testing::MatchesRegex("understudy [0-9.]+\n"));
}

TEST(ApiTable, ListsWhatTheProfileServes) {
  EXPECT_THAT(api_table(*broker::Profile::named("4.4")), HasSubstr("| 0 | Produce | 3-13 |\n"));
  EXPECT_THAT(api_table(*broker::Profile::named("2.4")), HasSubstr("| 0 | Produce | "));
  EXPECT_THAT(api_table(*broker::Profile::named("2.4")),
              testing::Not(HasSubstr("DescribeCluster")));
}

}  // namespace
}  // namespace understudy::server
