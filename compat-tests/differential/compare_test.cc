#include "differential/compare.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <numeric>
#include <set>

#include "differential/allowed.h"
#include "differential/shrink.h"

namespace understudy::differential {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

json::value parse(std::string_view text) { return json::parse(text); }

Transcript transcript_of(const std::string& api, std::string_view answer) {
  Transcript transcript(1);
  transcript[0].api = api;
  transcript[0].step = {{"api", api}};
  transcript[0].outcome = {{"answer", parse(answer)}};
  return transcript;
}

std::vector<std::string> paths(const Comparison& comparison) {
  std::vector<std::string> found;
  for (const Difference& difference : comparison.differences) found.push_back(difference.path);
  return found;
}

TEST(Compare, FindsThePlaceOfADifference) {
  const auto ours = transcript_of("Fetch", R"({"responses":[{"partitions":[{"errorCode":0}]}]})");
  const auto theirs = transcript_of("Fetch", R"({"responses":[{"partitions":[{"errorCode":1}]}]})");
  const Comparison comparison = compare(ours, theirs);
  ASSERT_THAT(paths(comparison), ElementsAre("answer.responses[0].partitions[0].errorCode"));
  EXPECT_EQ(comparison.differences[0].pattern, "answer.responses[].partitions[].errorCode");
  EXPECT_EQ(signature(comparison.differences[0], ours[0]),
            "Fetch answer.responses[].partitions[].errorCode 0 / 1");
}

TEST(Compare, NoticesWhatOneSideLacks) {
  const auto ours = transcript_of("Fetch", R"({"responses":[1,2]})");
  const auto theirs = transcript_of("Fetch", R"({"responses":[1],"sessionId":5})");
  EXPECT_THAT(paths(compare(ours, theirs)), ElementsAre("answer.responses[1]", "answer.sessionId"));
}

TEST(Compare, NoticesAClosedConnection) {
  const auto ours = transcript_of("Fetch", "{}");
  Transcript theirs = ours;
  theirs[0].outcome = {{"closed", true}};
  EXPECT_THAT(paths(compare(ours, theirs)), ElementsAre("answer", "closed"));
}

TEST(Compare, NoticesAMissingExchange) {
  const auto ours = transcript_of("Fetch", "{}");
  Transcript theirs = ours;
  theirs.push_back(theirs[0]);
  EXPECT_THAT(paths(compare(ours, theirs)), ElementsAre("(number of exchanges)"));
}

TEST(Compare, MindsTheOrderUnlessItIsAHashMaps) {
  constexpr auto one = R"({"topics":[{"name":"a","errorCode":0},{"name":"b","errorCode":3}]})";
  constexpr auto other = R"({"topics":[{"name":"b","errorCode":3},{"name":"a","errorCode":0}]})";
  EXPECT_THAT(paths(compare(transcript_of("Metadata", one), transcript_of("Metadata", other))),
              IsEmpty());
  EXPECT_FALSE(
      compare(transcript_of("CreatePartitions", one), transcript_of("CreatePartitions", other))
          .differences.empty());
}

TEST(Compare, ComparesTextsWordByWord) {
  const auto message = [](std::string_view text) {
    return transcript_of("CreateTopics",
                         R"({"topics":[{"errorMessage":)" + std::string(text) + "}]}");
  };
  EXPECT_THAT(paths(compare(message("\"no\""), message("\"never\""))),
              ElementsAre("answer.topics[0].errorMessage"));
  EXPECT_THAT(paths(compare(message("null"), message("\"never\""))),
              ElementsAre("answer.topics[0].errorMessage"));
}

TEST(Compare, AllowsOtherTimesInATextButNoOtherWords) {
  const auto message = [](std::string_view text) {
    return transcript_of("Produce", R"({"errorMessage":")" + std::string(text) + "\"}");
  };
  const Comparison later =
      compare(message("not within [1796098568482]"), message("not within [1796098568487]"));
  EXPECT_THAT(later.differences, IsEmpty());
  EXPECT_EQ(std::accumulate(later.allowed.begin(), later.allowed.end(), std::size_t{0}), 1u);
  EXPECT_FALSE(compare(message("offset 5"), message("offset 6")).differences.empty());
}

TEST(Compare, AllowsAnotherOfSeveralBadConfigsToBeNamed) {
  const auto refusal = [](std::string_view config) {
    Transcript transcript = transcript_of(
        "AlterConfigs", R"({"responses":[{"errorMessage":"Invalid value x for configuration )" +
                            std::string(config) + R"(: no number"}]})");
    transcript[0].step["request"] = {{"configs", {{{"name", "a.ms"}}, {{"name", "b.ms"}}}}};
    return transcript;
  };
  EXPECT_THAT(compare(refusal("a.ms"), refusal("b.ms")).differences, IsEmpty());
  EXPECT_FALSE(compare(refusal("a.ms"), refusal("c.ms")).differences.empty())
      << "nobody has asked for that one";
}

TEST(Compare, ComparesWhatBothServe) {
  const auto ours = transcript_of("ApiVersions", R"({"apiKeys":[{"apiKey":0,"maxVersion":13}]})");
  EXPECT_THAT(paths(compare(ours, transcript_of("ApiVersions",
                                                R"({"apiKeys":[{"apiKey":0,"maxVersion":12},
                                                       {"apiKey":8,"maxVersion":1}]})"))),
              ElementsAre("answer.apiKeys[0].maxVersion"));
}

TEST(Allowances, AllHaveAReason) {
  std::set<std::string_view> seen;
  for (const Allowance& allowance : allowances()) EXPECT_FALSE(allowance.reason.empty());
  for (const Unordered& rule : unordered()) EXPECT_FALSE(rule.reason.empty());
  for (const Partial& rule : partial()) EXPECT_FALSE(rule.reason.empty());
}

// "Fails" if it has the steps 3 and 7, and 7 has a 5 in its list.
bool fails(const Script& script) {
  bool has_three = false;
  bool has_seven = false;
  for (const Step& step : script.steps) {
    has_three |= int_or(step, "n", 0) == 3;
    if (int_or(step, "n", 0) != 7) continue;
    const json::value* list = step.if_contains("list");
    if (list == nullptr || !list->is_array()) continue;
    for (const json::value& item : list->get_array()) has_seven |= item == 5;
  }
  return has_three && has_seven;
}

TEST(Shrink, LeavesWhatIsNeeded) {
  Script script;
  for (int n = 0; n < 20; ++n) {
    script.steps.push_back(
        {{"n", n}, {"list", json::array{1, 5, json::object{{"deep", 9}}}}, {"more", "x"}});
  }
  ASSERT_TRUE(fails(script));
  const Script shrunk = shrink(script, fails, {.plays = 1000});
  EXPECT_EQ(shrunk.steps, (std::vector<Step>{{{"n", 3}}, {{"n", 7}, {"list", json::array{5}}}}));
}

TEST(Shrink, NeverReturnsAScriptThatPasses) {
  for (int plays = 0; plays < 40; ++plays) {
    Script script;
    for (int n = 0; n < 10; ++n) script.steps.push_back({{"n", n}, {"list", json::array{5}}});
    EXPECT_TRUE(fails(shrink(script, fails, {.plays = plays}))) << plays;
  }
}

}  // namespace
}  // namespace understudy::differential
