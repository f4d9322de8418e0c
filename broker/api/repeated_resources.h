// What AlterConfigs and IncrementalAlterConfigs share: the same resource, twice in one request.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "broker/api/repeated_keys.h"
#include "broker/cluster/config_changes.h"

namespace understudy::broker {

template <class Resource>
ConfigResource config_resource_of(const Resource& resource) {
  return {static_cast<ConfigResourceType>(resource.resource_type), resource.resource_name};
}

inline ApiError repeated_resource_error() {
  return {wire::ErrorCode::kInvalidRequest, "Each resource must appear at most once."};
}

class RepeatedResources {
 public:
  template <class Resource>
  explicit RepeatedResources(const std::vector<Resource>& resources)
      : keys_(resources, key_of<Resource>) {}

  template <class Resource>
  bool contains(const Resource& resource) const {
    return keys_.contains(key_of(resource));
  }

 private:
  using Key = std::pair<std::int8_t, std::string>;

  template <class Resource>
  static Key key_of(const Resource& resource) {
    return {resource.resource_type, resource.resource_name};
  }

  RepeatedKeys<Key> keys_;
};

}  // namespace understudy::broker
