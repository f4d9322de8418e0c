#include "differential/generate.h"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "differential/generator.h"
#include "differential/request_json.h"
#include "differential/symbols.h"
#include "wire/json.h"
#include "wire/messages.h"

namespace understudy::differential {
namespace {

TEST(Generate, GivesTheSameScriptForTheSameNumbers) {
  const std::string once = to_text(generate({.seed = 3, .number = 5}));
  EXPECT_EQ(once, to_text(generate({.seed = 3, .number = 5})));
  EXPECT_NE(once, to_text(generate({.seed = 3, .number = 6})));
  EXPECT_NE(once, to_text(generate({.seed = 4, .number = 5})));
}

TEST(Generate, ReachesEveryApiInEveryVersion) {
  std::set<std::pair<std::string, std::int64_t>> reached;
  for (std::uint64_t number = 0; number < 400; ++number) {
    for (const Step& step : generate({.seed = 1, .number = number}).steps) {
      if (is_request(step)) reached.emplace(text_or(step, "api", ""), int_or(step, "version", -1));
    }
    for (const Step& step : generate({.number = number, .is_about_groups = true}).steps) {
      reached.emplace(text_or(step, "api", ""), int_or(step, "version", -1));
    }
  }
  for (const std::span<const ServedApi> apis : {served_apis(), group_apis()}) {
    for (const ServedApi& api : apis) {
      for (wire::Version version = api.first; version <= api.last; ++version) {
        EXPECT_TRUE(reached.contains({std::string(api.name), version}))
            << api.name << " " << version;
      }
    }
  }
}

// A request that cannot be sent would be compared with nothing.
TEST(Generate, MakesRequestsThatCanBeSent) {
  const Symbols symbols("d-1-", 1'700'000'000'000);
  for (std::uint64_t number = 0; number < 200; ++number) {
    const GenerateOptions options{.seed = 2, .number = number, .is_about_groups = number % 2 == 1};
    for (const Step& step : generate(options).steps) {
      if (!is_request(step)) continue;
      const auto& schema = *wire::find_message(text_or(step, "api", "") + "Request")->schema;
      const auto version = wire::Version(int_or(step, "version", 0));
      void* message = schema.make();
      wire::JsonError error;
      const auto body = complete(schema, version, symbols.resolve(step.at("request")));
      EXPECT_TRUE(wire::from_json(schema, message, version, body, error))
          << error.describe() << " in " << json::serialize(step);
      schema.destroy(message);
    }
  }
}

// Kafka places replicas by chance: what it placed differs from ours.
TEST(Generate, PlacesEveryReplicaWhereThereAreSeveralNodes) {
  int placed = 0;
  for (std::uint64_t number = 0; number < 200; ++number) {
    for (const Step& step : generate({.number = number, .nodes = 3}).steps) {
      if (text_or(step, "api", "") != "CreateTopics") continue;
      const json::object& request = step.at("request").as_object();
      if (is_set(request, "validateOnly")) continue;
      for (const json::value& topic : request.at("topics").as_array()) {
        EXPECT_TRUE(topic.as_object().contains("assignments")) << json::serialize(step);
        ++placed;
      }
    }
  }
  EXPECT_GT(placed, 200);
}

TEST(Generate, AsksEveryNode) {
  std::map<std::string, std::set<std::int64_t>> asked;
  for (std::uint64_t number = 0; number < 200; ++number) {
    for (const Step& step : generate({.number = number, .nodes = 3}).steps) {
      if (is_request(step)) asked[text_or(step, "api", "")].insert(int_or(step, "node", 0));
    }
    for (const Step& step : generate({.number = number}).steps) {
      EXPECT_FALSE(step.contains("node")) << "one node is not named";
    }
  }
  EXPECT_EQ(asked.size(), served_apis().size());
  for (const auto& [api, nodes] : asked) {
    EXPECT_EQ(nodes, (std::set<std::int64_t>{1, 2, 3})) << api;
  }
}

TEST(Generate, RestartsOnlyOnRequest) {
  int restarts = 0;
  for (std::uint64_t number = 0; number < 20; ++number) {
    for (const Step& step : generate({.number = number}).steps) EXPECT_FALSE(is_restart(step));
    for (const Step& step : generate({.number = number, .with_restarts = true}).steps) {
      restarts += is_restart(step) ? 1 : 0;
    }
  }
  EXPECT_GT(restarts, 20);
}

}  // namespace
}  // namespace understudy::differential
