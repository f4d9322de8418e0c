// Which APIs are served, in which versions, by which handler: the one list of what we speak.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "broker/api/context.h"
#include "broker/base/profile.h"
#include "broker/base/request.h"
#include "wire/engine.h"

namespace understudy::broker {

struct ApiEntry {
  wire::ApiKey key;
  wire::Version oldest;   // that we decode and answer
  NewestVersions newest;  // by release

  // Decodes the body and calls the handler. A body that does not parse is left with the caller: the
  // request stays where it is and `error` says why.
  bool (*run)(Context& context, ReplySink& sink, std::unique_ptr<Request>& request,
              const wire::Slice& body, wire::DecodeError& error);
};

struct ServedApi {
  const ApiEntry* entry;
  VersionRange versions;         // decoded and answered
  wire::Version advertised_min;  // what ApiVersions lists as the oldest

  wire::ApiKey key() const { return entry->key; }
};

// What one release serves, worked out once: a request finds its row by its key.
class ServedApis {
 public:
  explicit ServedApis(const Profile& profile);

  // In the order of the keys.
  std::span<const ServedApi> all() const { return served_; }
  // Null for an API that is not served.
  const ServedApi* find(wire::ApiKey key) const;

 private:
  static constexpr std::size_t kKeysMax = 128;

  std::vector<ServedApi> served_;
  std::array<std::uint8_t, kKeysMax> by_key_{};  // place in served_ plus 1; 0: not served
};

}  // namespace understudy::broker
