#include "differential/generate.h"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

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
  }
  for (const ServedApi& api : served_apis()) {
    for (wire::Version version = api.first; version <= api.last; ++version) {
      EXPECT_TRUE(reached.contains({std::string(api.name), version})) << api.name << " " << version;
    }
  }
}

// A request that cannot be sent would be compared with nothing.
TEST(Generate, MakesRequestsThatCanBeSent) {
  const Symbols symbols("d-1-", 1'700'000'000'000);
  for (std::uint64_t number = 0; number < 100; ++number) {
    for (const Step& step : generate({.seed = 2, .number = number}).steps) {
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
