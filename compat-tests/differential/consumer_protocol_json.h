// What classic consumers say to each other, inside of JoinGroup and SyncGroup, as JSON.
//
//   {"$subscription": {"version": 1, "topics": ["t"], "ownedPartitions": [...]}}
//   {"$assignment": {"version": 0, "assignedPartitions": [{"topic": "t", "partitions": [0, 1]}]}}
//   "cut": 3                     so many bytes less at the end
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

namespace understudy::differential {

// The bytes, as base64; nothing if the object is neither. Throws std::runtime_error if it makes no
// sense.
std::optional<std::string> build_consumer_protocol(const boost::json::object& object);

}  // namespace understudy::differential
