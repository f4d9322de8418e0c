#include "differential/symbols.h"

#include <gmock/gmock.h>

#include "wire/base64.h"

namespace understudy::differential {
namespace {

constexpr std::string_view kId = "AAECAwQFBgcICQoLDA0ODw";  // the bytes 0 to 15

TEST(Symbols, NamesWhatABrokerDrew) {
  Symbols symbols("d-1-", 1'700'000'000'000);
  symbols.learn(
      {{"topics", {{{"errorCode", 0}, {"name", "d-1-t0"}, {"topicId", kId}}}}, {"sessionId", 77}});
  const json::value asked = {{"topicId", "$id:@t0"}, {"name", "@t0"}, {"sessionId", "$session:0"}};
  json::value sent = symbols.resolve(asked);
  EXPECT_EQ(sent, (json::value{{"topicId", kId}, {"name", "d-1-t0"}, {"sessionId", 77}}));
  symbols.translate(sent);
  EXPECT_EQ(sent,
            (json::value{{"topicId", "$id:@t0#0"}, {"name", "@t0"}, {"sessionId", "$session:0"}}));
}

TEST(Symbols, NamesPortsByTheirNodes) {
  Symbols symbols("d-1-", 0);
  symbols.set_facts({.ports = {9001, 9002}, .cluster_id = "c"});
  json::value answer = {{{"nodeId", 2}, {"port", 9002}}, {{"port", 9001}}, {{"port", 7}}};
  symbols.translate(answer);
  EXPECT_EQ(answer, (json::value{
                        {{"nodeId", 2}, {"port", "$port2"}}, {{"port", "$port1"}}, {{"port", 7}}}));
}

TEST(Symbols, FindsTheIdOfATopicAmongBytes) {
  Symbols symbols("d-1-", 0);
  symbols.learn_topic_id("d-1-t0", std::string(kId));
  const auto id = *wire::base64_decode(kId, wire::Base64::kUrlSafe);
  std::vector<std::uint8_t> bytes = {9, 0, 1, 2};
  bytes.insert(bytes.end(), id.begin(), id.end());
  EXPECT_TRUE(symbols.is_topic_id_in(bytes));
  EXPECT_TRUE(symbols.is_topic_id_in(std::span(bytes).subspan(4)));
  EXPECT_FALSE(symbols.is_topic_id_in(std::span(bytes).subspan(5))) << "its first byte is missing";
  bytes.back() ^= 1;
  EXPECT_FALSE(symbols.is_topic_id_in(bytes));
}

}  // namespace
}  // namespace understudy::differential
