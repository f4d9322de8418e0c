#include "broker/cluster/config_def.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace understudy::broker {
namespace {

const ConfigDefs& defs() {
  static const ConfigDefs kDefs(Profile::newest());
  return kDefs;
}

// The printed value, or "!" and what is wrong.
std::string parse(const std::string& topic_config, const std::string& text) {
  const auto parsed = parse_config(*defs().find_topic(topic_config), text);
  if (const auto* refused = std::get_if<InvalidConfig>(&parsed)) return "!" + refused->message;
  return std::get<std::string>(parsed);
}

std::string load_factor(const std::string& text) {
  const auto parsed = parse_config(*defs().find_broker("log.cleaner.io.buffer.load.factor"), text);
  if (const auto* refused = std::get_if<InvalidConfig>(&parsed)) return "!" + refused->message;
  return std::get<std::string>(parsed);
}

bool refuses(const std::string& topic_config, const std::string& text) {
  return parse(topic_config, text).starts_with('!');
}

TEST(ConfigDefs, HasTheTopicConfigsOfEachRelease) {
  const auto listed = [](std::string_view release) {
    const ConfigDefs defs(*Profile::named(release));
    return std::ranges::count(defs.topic(), ConfigListing::kListed, &ConfigDef::listing);
  };
  EXPECT_EQ(listed("4.3"), 33);
  EXPECT_EQ(listed("4.4"), 37);
}

TEST(ConfigDefs, NamesEveryConfigOnceAndDocumentsIt) {
  const auto check = [](const auto& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_FALSE(rows[i].about.empty()) << rows[i].name;
      if (i > 0) {
        EXPECT_LT(rows[i - 1].name, rows[i].name);
      }
    }
  };
  check(defs().topic());
  check(defs().broker());
  check(defs().group());
  check(defs().client_metrics());
}

TEST(ConfigDefs, HasOnlyDefaultsThatAreAllowedAndPrinted) {
  const auto check = [](const auto& rows) {
    for (const ConfigDef& def : rows) {
      if (!def.initial) continue;
      const auto parsed = parse_config(def, *def.initial);
      const auto* text = std::get_if<std::string>(&parsed);
      ASSERT_NE(text, nullptr) << def.name;
      EXPECT_EQ(*text, *def.initial) << def.name;
    }
  };
  check(defs().topic());
  check(defs().broker());
  check(defs().group());
  check(defs().client_metrics());
}

TEST(ConfigDefs, KnowsTheBrokerConfigsBehindTopics) {
  for (const TopicConfigDef& topic : defs().topic()) {
    for (const BrokerSynonym& synonym : topic.broker_synonyms()) {
      EXPECT_NE(defs().find_broker(synonym.name), nullptr) << synonym.name;
    }
  }
}

TEST(ConfigDefs, FindsNothingUnderOtherNames) {
  EXPECT_EQ(defs().find_topic("nosuch"), nullptr);
  EXPECT_EQ(defs().find_topic(""), nullptr);
  EXPECT_EQ(defs().find_broker("retention.ms"), nullptr);
}

TEST(ParseConfig, TrimsAndPrintsNumbers) {
  EXPECT_EQ(parse("retention.ms", " +5 "), "5");
  EXPECT_EQ(parse("retention.ms", "-1"), "-1");
  EXPECT_EQ(parse("retention.ms", "007"), "7");
  EXPECT_EQ(parse("min.cleanable.dirty.ratio", "1"), "1.0");
  EXPECT_EQ(parse("min.cleanable.dirty.ratio", "0.50"), "0.5");
  EXPECT_EQ(parse("min.cleanable.dirty.ratio", "1e-4"), "1.0E-4");
  EXPECT_EQ(parse("min.cleanable.dirty.ratio", "0.0015"), "0.0015");
  EXPECT_EQ(parse("min.cleanable.dirty.ratio", "-NaN"), "NaN");
  EXPECT_TRUE(refuses("min.cleanable.dirty.ratio", "nan"));
  EXPECT_EQ(parse("min.cleanable.dirty.ratio", "1e-310"), "1.0E-310");
  EXPECT_EQ(load_factor("+Infinity"), "Infinity");
  EXPECT_EQ(load_factor("-Infinity"), "-Infinity");
  EXPECT_TRUE(load_factor("inf").starts_with('!'));
}

TEST(ParseConfig, RefusesWhatIsNoNumber) {
  EXPECT_EQ(parse("retention.ms", "abc"),
            "!Invalid value abc for configuration retention.ms: Not a number of type LONG");
  for (const char* text : {"", "5 5", "0x5", "5.0", "+-5", "9223372036854775808", "5ms", "+"}) {
    EXPECT_TRUE(refuses("retention.ms", text)) << text;
  }
  EXPECT_TRUE(refuses("max.message.bytes", "2147483648"));
  EXPECT_TRUE(refuses("min.cleanable.dirty.ratio", "half"));
  EXPECT_TRUE(refuses("min.cleanable.dirty.ratio", ""));
}

TEST(ParseConfig, KeepsBounds) {
  EXPECT_EQ(parse("retention.ms", "-2"),
            "!Invalid value -2 for configuration retention.ms: Value must be at least -1");
  EXPECT_EQ(parse("compression.lz4.level", "18"),
            "!Invalid value 18 for configuration compression.lz4.level: Value must be no more than "
            "17");
  EXPECT_TRUE(refuses("segment.bytes", "1048575"));
  EXPECT_FALSE(refuses("segment.bytes", "1048576"));
  EXPECT_TRUE(refuses("min.cleanable.dirty.ratio", "1.1"));
  EXPECT_TRUE(refuses("compression.gzip.level", "0"));
  EXPECT_FALSE(refuses("compression.gzip.level", "-1"));
  EXPECT_FALSE(refuses("compression.gzip.level", "9"));
  EXPECT_TRUE(refuses("compression.gzip.level", "10"));
  EXPECT_FALSE(refuses("compression.zstd.level", "-131072"));
}

TEST(ParseConfig, ReadsBooleansInAnyCase) {
  EXPECT_EQ(parse("preallocate", "TRUE"), "true");
  EXPECT_EQ(parse("preallocate", " False"), "false");
  EXPECT_TRUE(refuses("preallocate", "yes"));
  EXPECT_TRUE(refuses("preallocate", ""));
}

TEST(ParseConfig, ReadsLists) {
  EXPECT_EQ(parse("cleanup.policy", "compact , delete"), "compact,delete");
  EXPECT_EQ(parse("cleanup.policy", ""), "");
  EXPECT_TRUE(refuses("cleanup.policy", "compact,other"));
  EXPECT_TRUE(refuses("cleanup.policy", "compact,"));
  EXPECT_EQ(parse("cleanup.policy", "delete, compact,delete"), "delete,compact");
  EXPECT_EQ(parse("leader.replication.throttled.replicas", "0:1,0:1"), "0:1,0:1");
  EXPECT_EQ(parse("leader.replication.throttled.replicas", "0:1, 2:3"), "0:1,2:3");
  EXPECT_EQ(parse("leader.replication.throttled.replicas", "*"), "*");
  for (const char* text : {"*,*", "0", "0:", ":1", "a:b", "0:1,*"}) {
    EXPECT_TRUE(refuses("leader.replication.throttled.replicas", text)) << text;
  }
}

TEST(ParseConfig, ReadsChoices) {
  EXPECT_EQ(parse("message.timestamp.type", "LogAppendTime"), "LogAppendTime");
  EXPECT_EQ(parse("message.timestamp.type", "logappendtime"),
            "!Invalid value logappendtime for configuration message.timestamp.type: String must be "
            "one of: CreateTime, LogAppendTime");
  EXPECT_TRUE(refuses("compression.type", "zst"));
  EXPECT_TRUE(refuses("compression.type", "zstd, lz4"));
}

TEST(SplitList, KeepsEmptyItemsButNotAnEmptyText) {
  EXPECT_TRUE(split_list("").empty());
  EXPECT_EQ(split_list("a,,b,"), (std::vector<std::string>{"a", "", "b", ""}));
}

TEST(CheckStaticConfigs, NamesTheFirstBadOne) {
  EXPECT_EQ(check_static_configs(Profile::newest(), {{"num.partitions", "3"}, {"own", "x"}}),
            std::nullopt);
  EXPECT_EQ(check_static_configs(Profile::newest(), {{"num.partitions", "0"}}),
            "Invalid value 0 for configuration num.partitions: Value must be at least 1");
}

}  // namespace
}  // namespace understudy::broker
