// Topics, as many as an administrator makes at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace understudy::bench {

struct MadeTopics {
  double created_s = 0;   // until the last was acknowledged
  double led_s = 0;       // until Metadata names a leader for every partition, from the beginning
  double metadata_s = 0;  // one more Metadata of all, sent and decoded
  std::map<int, std::uint64_t> errors;  // by code
};

// On a socket that has been negotiated, a hundred topics a request. What goes wrong, and leaders
// that do not come within two minutes, is thrown as std::runtime_error.
MadeTopics make_topics(int socket, std::size_t topics, std::int32_t partitions);

}  // namespace understudy::bench
