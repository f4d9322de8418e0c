#include "broker/group/topic_pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace understudy::broker {
namespace {

bool does_match(const std::string& pattern, std::string_view topic) {
  const auto compiled = TopicPattern::compile(pattern);
  if (const auto* refusal = std::get_if<std::string>(&compiled)) {
    ADD_FAILURE() << *refusal;
    return false;
  }
  return std::get<TopicPattern>(compiled).matches(topic);
}

// Kafka's sentence from the colon on; empty if the pattern is fine.
std::string fault_of(const std::string& pattern) {
  const auto compiled = TopicPattern::compile(pattern);
  const auto* refusal = std::get_if<std::string>(&compiled);
  if (refusal == nullptr) return "";
  const std::string head =
      "SubscribedTopicRegex `" + pattern + "` is not a valid regular expression: ";
  EXPECT_TRUE(refusal->starts_with(head)) << *refusal;
  return refusal->substr(head.size());
}

// groups.md, scenario 62.
TEST(TopicPattern, MatchesWholeNamesOnly) {
  EXPECT_TRUE(does_match("ry-.*", "ry-a"));
  EXPECT_TRUE(does_match("ry-.*", "ry-"));
  EXPECT_FALSE(does_match("ry-.*", "x-ry-a"));
  EXPECT_FALSE(does_match("x-a", "ry-a"));
  EXPECT_FALSE(does_match("ry", "ry-a"));
  EXPECT_FALSE(does_match("a|ry", "ry-a"));
  EXPECT_FALSE(does_match("RY-A", "ry-a"));
}

TEST(TopicPattern, MatchesEveryTopicWithThatStart) {
  EXPECT_TRUE(does_match("t.*", "t9"));
  EXPECT_TRUE(does_match(".*", "__consumer_offsets"));
}

TEST(TopicPattern, IsRefusedWithTheSentenceOfKafka) {
  EXPECT_EQ(std::get<std::string>(TopicPattern::compile("(")),
            "SubscribedTopicRegex `(` is not a valid regular expression: missing closing ).");
  EXPECT_EQ(fault_of("(?!x).*"), "invalid or unsupported Perl syntax.");
  EXPECT_EQ(fault_of("(a)\\1"), "invalid escape sequence.");
  EXPECT_EQ(fault_of("a*+"), "invalid nested repetition operator.");
}

// What RE2J 1.8 says, the version in Kafka 4.3 and 4.4.
TEST(TopicPattern, IsJudgedAsRe2jDoes) {
  const std::vector<std::pair<std::string, std::string>> table{
      {")", "regexp/syntax: internal error."},
      {"a)", "regexp/syntax: internal error."},
      {"(?=x)", "invalid or unsupported Perl syntax."},
      {"(?<=x)a", "invalid named capture."},
      {"(?<!x)a", "invalid named capture."},
      {"(?P=n)", "invalid or unsupported Perl syntax."},
      {"(?>a)", "invalid or unsupported Perl syntax."},
      {"(?i", "invalid or unsupported Perl syntax."},
      {"a**", "invalid nested repetition operator."},
      {"x{2}{3}", "invalid nested repetition operator."},
      {"*a", "missing argument to repetition operator."},
      {"|*", "missing argument to repetition operator."},
      {"a{1001}", "invalid repeat count."},
      {"a{2,1}", "invalid repeat count."},
      {"[a", "missing closing ]."},
      {"[]", "missing closing ]."},
      {"[b-a]", "invalid character class range."},
      {"[[:foo:]]", "invalid character class range."},
      {"\\p{Foo}", "invalid character class range."},
      {"\\", "trailing backslash at end of expression."},
      {"a\\Z", "invalid escape sequence."},
      {"\\C", "invalid escape sequence."},
      {"\\x{110000}", "invalid escape sequence."},
      {"(?P<n>a)(?P<n>b)", "duplicate capture group name."},
      {"(?<n>a)(?P<n>b)", "duplicate capture group name."},
      {"(?P<n-1>a)", "invalid named capture."},
      {"(?P<\xc3\xa9>a)", "invalid named capture."},
      {"(?P<>a)", "invalid named capture."},
      {"(?<n", "invalid named capture."},
      {"(?P<", "invalid named capture."},
      {"(?i)A", ""},
      {"()", ""},
      {"a|b|", ""},
      {"a{,2}", ""},
      {"a{1000}", ""},
      {"[[:^alpha:]]", ""},
      {"\\pL\\p{Greek}\\PN", ""},
      {"\\Aa\\z", ""},
      {"^*", ""},
  };
  for (const auto& [pattern, fault] : table) EXPECT_EQ(fault_of(pattern), fault) << pattern;
}

TEST(TopicPattern, KnowsBothFormsOfANamedGroup) {
  EXPECT_TRUE(does_match("(?<kind>a|b)-(?P<rest>.*)", "b-x"));
  // No group is meant in a class, in a quotation, or behind a backslash.
  EXPECT_TRUE(does_match("[(?<]a[[:alpha:](?<]", "<a?"));
  EXPECT_TRUE(does_match("[](?<]+", "]<"));
  EXPECT_FALSE(does_match("[^](?<P]", "P"));
  EXPECT_TRUE(does_match("\\Q(?<\\E", "(?<"));
  EXPECT_TRUE(does_match("\\Q(?<", "(?<"));
  EXPECT_TRUE(does_match("\\(?<", "<"));
  EXPECT_TRUE(does_match("\\Q\\C\\E", "\\C"));
}

TEST(TopicPattern, HasOtherSyntaxThanAGlob) {
  EXPECT_TRUE(does_match("a.b", "a-b"));
  EXPECT_FALSE(does_match("a\\.b", "a-b"));
  EXPECT_TRUE(does_match("(?i)ORDERS-\\d+", "orders-17"));
  EXPECT_TRUE(does_match("(a|b){2}", "ab"));
  EXPECT_TRUE(does_match("^orders$", "orders"));
}

std::string repeated(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(TopicPattern, IsRefusedIfItIsTooLargeToCompile) {
  EXPECT_EQ(fault_of("(?:\\pL{100}){10}"), "expression too large.");
  EXPECT_EQ(fault_of("((a{100}){100}){100}"), "invalid repeat count.");
  for (const std::string_view piece : {"\\pL", "[^\\PN]", "x{1000}", "a?", "[[:"}) {
    EXPECT_EQ(fault_of(repeated(piece, 4000)), "expression too large.") << piece;
  }
}

TEST(TopicPattern, TakesNoLongerForExpressionsThatBacktrack) {
  const std::string name(249, 'a');
  EXPECT_FALSE(does_match("(a*)*b", name));
  EXPECT_FALSE(does_match("(a|a)*(a|a)*(a|a)*b", name));
  EXPECT_TRUE(does_match("(a?){249}a{249}", name));
}

TEST(TopicPattern, TakesDeepNestingAndLongAlternatives) {
  EXPECT_EQ(fault_of(repeated("(", 30000)), "missing closing ).");
  EXPECT_EQ(fault_of(repeated("(", 10000) + repeated(")", 10000)), "");
  std::string names = "t0";
  for (int i = 1; i < 4000; ++i) names += "|t" + std::to_string(i);
  EXPECT_TRUE(does_match(names, "t3999"));
  EXPECT_FALSE(does_match(names, "t4000"));
}

}  // namespace
}  // namespace understudy::broker
