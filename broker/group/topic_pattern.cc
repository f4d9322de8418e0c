#include "broker/group/topic_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace understudy::broker {
namespace {

// For the compiled expression and what matching makes of it. RE2 takes it as it needs it.
constexpr std::int64_t kMemoryMax = std::int64_t{8} << 20;

RE2::Options pattern_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  return options;
}

// What reading a piece of an expression costs RE2, which has no bound for it: a class of Unicode is
// hundreds of ranges, a repetition is copies. Names of topics alone never come to the bound, which
// is the size of a string of the protocol.
constexpr std::size_t kCostMax = 32767;

std::size_t cost_of(std::string_view text) {
  std::size_t cost = text.size();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char before = at > 0 ? text[at - 1] : '\0';
    const char c = text[at];
    if (c == '*' || c == '+' || c == '?' || c == '[') cost += 8;
    if (c == '{' || (before == '\\' && (c == 'p' || c == 'P'))) cost += 256;
  }
  return cost;
}

// Of the character class that the text begins with; all of it, if the class is not closed.
std::size_t size_of_class(std::string_view text) {
  std::size_t at = 1;
  if (at < text.size() && text[at] == '^') ++at;
  const std::size_t first = at;  // a bracket here closes nothing
  while (at < text.size() && (text[at] != ']' || at == first)) {
    const std::size_t end_of_name =
        text.substr(at).starts_with("[:") ? text.find(":]", at + 2) : std::string_view::npos;
    if (end_of_name != std::string_view::npos) {
      at = end_of_name + 2;
    } else {
      at += text[at] == '\\' ? 2 : 1;
    }
  }
  return std::min(at + 1, text.size());
}

// Of the escape that the text begins with; \Q goes on until \E.
std::size_t size_of_escape(std::string_view text) {
  if (!text.starts_with("\\Q")) return std::min<std::size_t>(2, text.size());
  const std::size_t end = text.find("\\E", 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

bool is_word(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// An expression of RE2J's, said so that RE2 sees the same in it.
class Dialect {
 public:
  explicit Dialect(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) at += take(text.substr(at));
  }

  const std::string& for_re2() const { return for_re2_; }
  // RE2J refuses that, and RE2 does not.
  bool has_duplicate_names() const { return has_duplicate_names_; }

 private:
  std::size_t take(std::string_view rest) {
    if (rest.starts_with("(?<") || rest.starts_with("(?P<")) return take_group(rest);
    const std::size_t size = rest.front() == '\\'  ? size_of_escape(rest)
                             : rest.front() == '[' ? size_of_class(rest)
                                                   : 1;
    // RE2 takes \C for any byte; \y is nothing to either.
    for_re2_ += rest.starts_with("\\C") ? "\\y" : rest.substr(0, size);
    return size;
  }

  // The head of a named group. RE2J also knows the form without P, RE2 has learned it in 2023 only;
  // RE2 takes letters of all alphabets in a name, RE2J does not.
  std::size_t take_group(std::string_view rest) {
    const std::size_t start = rest.find('<') + 1;
    const std::size_t size = std::min(rest.find('>'), rest.size());
    const std::string_view name = rest.substr(start, size - start);
    for_re2_ += "(?P<";
    for_re2_ += is_word(name) && size < rest.size() ? name : ">";
    has_duplicate_names_ |= std::ranges::find(names_, name) != names_.end();
    names_.push_back(name);
    return size;
  }

  std::string for_re2_;
  std::vector<std::string_view> names_;
  bool has_duplicate_names_ = false;
};

// What RE2J's PatternSyntaxException says.
std::string_view description_of(const RE2& compiled) {
  switch (compiled.error_code()) {
    case RE2::NoError:
    case RE2::ErrorInternal:
    case RE2::ErrorUnexpectedParen:  // RE2J has no word for a parenthesis that closes nothing
      return "regexp/syntax: internal error";
    case RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
      return "invalid character class";
    case RE2::ErrorBadCharRange:
      return "invalid character class range";
    case RE2::ErrorMissingBracket:
      return "missing closing ]";
    case RE2::ErrorMissingParen:
      return "missing closing )";
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
      return "expression too large";
  }
  return "regexp/syntax: internal error";
}

std::string refusal(const std::string& text, std::string_view description) {
  return "SubscribedTopicRegex `" + text +
         "` is not a valid regular expression: " + std::string(description) + ".";
}

}  // namespace

std::variant<TopicPattern, std::string> TopicPattern::compile(const std::string& text) {
  if (cost_of(text) > kCostMax) return refusal(text, "expression too large");
  const Dialect dialect(text);
  auto compiled = std::make_unique<RE2>(dialect.for_re2(), pattern_options());
  if (!compiled->ok()) return refusal(text, description_of(*compiled));
  if (dialect.has_duplicate_names()) return refusal(text, "duplicate capture group name");
  return TopicPattern(std::move(compiled));
}

TopicPattern::TopicPattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
TopicPattern::TopicPattern(TopicPattern&& other) noexcept = default;
TopicPattern& TopicPattern::operator=(TopicPattern&& other) noexcept = default;
TopicPattern::~TopicPattern() = default;

bool TopicPattern::matches(std::string_view topic) const {
  return RE2::FullMatch(re2::StringPiece(topic.data(), topic.size()), *compiled_);
}

}  // namespace understudy::broker
