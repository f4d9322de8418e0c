// One line for a request and one for its answer: the first thing to look at when a consumer gets
// nothing.
//
//   Fetch v12 from "app" at 127.0.0.1:51234, node 1: orders-0, orders-1; 84 bytes
//   Fetch v12 to "app" at 127.0.0.1:51234, node 1: orders-0 NONE, orders-1 OFFSET_OUT_OF_RANGE; 132
//   bytes after 500 ms
#pragma once

#include <functional>
#include <string>

#include "broker/base/request.h"
#include "wire/schema.h"
#include "wire/types.h"

namespace understudy::broker {

// A topic's name by its id; empty if there is none.
using TopicNames = std::function<std::string(const wire::Uuid&)>;

// The API, its version and the client: "Produce v9 from client \"orders\"".
std::string describe(const Request& request);

std::string trace_request(const Request& request, const wire::Struct& schema, const void* message,
                          std::size_t size_bytes, const TopicNames& names);
std::string trace_answer(const Request& request, const wire::Struct& schema, const void* message,
                         std::size_t size_bytes, std::int64_t now_ms, const TopicNames& names);

// The topics and partitions that a message names, with their error codes where it has some: found
// by the names of its fields, so for every API alike. Of many the first ones.
std::string summarize(const wire::Struct& schema, const void* message, const TopicNames& names);

}  // namespace understudy::broker
