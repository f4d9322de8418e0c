// Any text as an address, and any words as a command line: understood or refused with a sentence.
//
// The first byte of the input is 'a' for an address; otherwise the rest are the words, a line each.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "broker/cluster/topic_names.h"
#include "broker/server/endpoint.h"
#include "broker/server/options.h"
#include "wire/assert.h"

namespace understudy::server {
namespace {

void read_address(const std::string& text) {
  const std::optional<Endpoint> endpoint = parse_endpoint(text);
  if (!endpoint) return;
  ASSERT(!endpoint->host.empty());
  // The address that clients get leads back to the same place.
  ASSERT(parse_endpoint(to_string(*endpoint)) == endpoint);
}

void check(const Options& options) {
  ASSERT(options.runtime.node_count >= 1);
  ASSERT(options.runtime.node_count <= kNodesMax);
  ASSERT(!options.runtime.listen.empty());
  for (const TopicSpec& topic : options.topics) {
    ASSERT(!broker::invalid_topic_name(topic.name));
    ASSERT(!topic.partitions || *topic.partitions >= 1);
  }
}

void read_command_line(const std::string& text) {
  std::vector<std::string> words{"understudy"};
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::vector<const char*> pointers;
  for (const std::string& word : words) pointers.push_back(word.c_str());
  const auto parsed = parse_options(static_cast<int>(pointers.size()), pointers.data());
  if (const auto* exit = std::get_if<EarlyExit>(&parsed)) {
    ASSERT(exit->code == 0 || exit->code == 2);
    ASSERT(!exit->text.empty());
    // One line for stderr.
    ASSERT(exit->code == 0 || exit->text.find('\n') == exit->text.size() - 1);
  } else {
    check(std::get<Options>(parsed));
  }
}

}  // namespace
}  // namespace understudy::server

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(data + 1, data + size);
  if (data[0] == 'a') {
    understudy::server::read_address(text);
  } else {
    understudy::server::read_command_line(text);
  }
  return 0;
}
