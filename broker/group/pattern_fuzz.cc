// Any text as the regular expression of a subscription: compiled and asked, or refused with
// Kafka's sentence.
//
// The first line of the input is the expression, each further one the name of a topic.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "broker/group/topic_pattern.h"
#include "wire/assert.h"
#include "wire/utf8.h"

namespace understudy::broker {
namespace {

void check_refusal(std::string_view sentence, std::string_view text) {
  ASSERT(sentence.starts_with("SubscribedTopicRegex `" + std::string(text) + "` is not a valid "));
  ASSERT(sentence.ends_with("."));
}

void ask(const TopicPattern& pattern, std::string_view names) {
  while (!names.empty()) {
    const std::size_t end = std::min(names.find('\n'), names.size());
    const std::string_view name = names.substr(0, end);
    // What has been asked before changes nothing.
    ASSERT(pattern.matches(name) == pattern.matches(name));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

void compile(std::string_view line, std::string_view names) {
  const std::string text = wire::replace_invalid_utf8(line);  // as every string of a request
  const auto compiled = TopicPattern::compile(text);
  if (const auto* sentence = std::get_if<std::string>(&compiled)) {
    check_refusal(*sentence, text);
  } else {
    ask(std::get<TopicPattern>(compiled), names);
  }
}

}  // namespace
}  // namespace understudy::broker

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view text(input);
  understudy::broker::compile(text.substr(0, end), text.substr(std::min(end + 1, text.size())));
  return 0;
}
