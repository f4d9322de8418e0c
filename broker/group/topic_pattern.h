// A regular expression that a member of a consumer group subscribes with (KIP-848).
//
// Kafka compiles it with RE2J and this with RE2, of which RE2J is a port: syntax and verdicts are
// the same, as are RE2J's words for what is wrong. Known differences, none of which a name of a
// topic can tell: RE2 refuses to repeat something more than 1,000 times in all; what would take
// seconds to compile, or needs megabytes, is refused here as "expression too large"; RE2J refuses
// to repeat a literal `{`; it takes any escaped character beyond ASCII; and of an expression with
// several faults they may name another one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace re2 {
class RE2;
}

namespace understudy::broker {

class TopicPattern {
 public:
  // The expression, or why it is none: the sentence of Kafka's INVALID_REGULAR_EXPRESSION.
  static std::variant<TopicPattern, std::string> compile(const std::string& text);

  TopicPattern(TopicPattern&& other) noexcept;
  TopicPattern& operator=(TopicPattern&& other) noexcept;
  ~TopicPattern();

  // The whole name has to match. Takes time in proportion to its length, whatever the expression;
  // looking at names makes the pattern larger, up to the bound, so it is not kept for long.
  bool matches(std::string_view topic) const;

 private:
  explicit TopicPattern(std::unique_ptr<re2::RE2> compiled);

  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace understudy::broker
