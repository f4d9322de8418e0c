// What a raw load asks before it begins, blocking, one question at a time. What goes wrong is
// thrown as std::runtime_error.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

#include "wire/engine.h"

namespace understudy::bench {

// "127.0.0.1:9092"
sockaddr_in ipv4_address(const std::string& text);
// A connected socket without Nagle's delay.
int connect_to(const std::string& address);
void set_nonblocking(int socket);

struct Versions {
  wire::Version produce = 9;
  wire::Version init_producer_id = 3;
  bool has_create_topics = false;
};
// ApiVersions, whatever the answer says: that of a sink makes no sense.
void greet(int socket);
// The newest layouts that both sides know: Produce 9, or 7 for brokers from before.
Versions negotiate(int socket);

struct ProducerId {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
};
ProducerId init_producer_id(int socket, wire::Version version);

}  // namespace understudy::bench
