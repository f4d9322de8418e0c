// Which APIs are served, in which versions, by which handler: the one list of what we speak.
#pragma once

#include <memory>
#include <span>

#include "broker/api/context.h"
#include "broker/base/profile.h"
#include "broker/base/request.h"
#include "wire/engine.h"

namespace understudy::broker {

struct ApiEntry {
  wire::ApiKey key;
  VersionRange versions;  // what we decode and answer; a profile may lower the maximum

  // Decodes the body and calls the handler. A body that does not parse is left with the caller: the
  // request stays where it is and `error` says why.
  bool (*run)(Context& context, ReplySink& sink, std::unique_ptr<Request>& request,
              const wire::Slice& body, wire::DecodeError& error);
};

// In the order of the keys.
std::span<const ApiEntry> served_apis();

// Null for an API that is not served.
const ApiEntry* find_api(wire::ApiKey key);

}  // namespace understudy::broker
