// Messages as JSON, in the form of Kafka's own converters (the request log, the console tools) with
// two additions: the bytes of records (base64), and unknown tagged fields as _unknownTaggedFields.
//
// A field that the version lacks is absent, and so is a tagged field at its default. Integers are
// numbers, 64 bits too; bytes are base64, ids URL-safe base64 without padding.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "wire/engine.h"

namespace understudy::wire {

// What is not UTF-8 in a string becomes U+FFFD; see utf8.h.
boost::json::value to_json(const Struct&, const void* message, Version);

struct JsonError {
  std::string reason;
  std::string path;  // in JSON's names: "topicData[0].partitionData[2].records"

  std::string describe() const { return path.empty() ? reason : reason + " at " + path; }
};

// Fills a fresh message. Demands every untagged field of the version and refuses names that it does
// not have, so that a misspelt name is found.
bool from_json(const Struct&, void* message, Version, const boost::json::value&, JsonError&);

// Boost.JSON 1.81 rounds one double in ten wrongly; this reads them exactly.
std::optional<boost::json::value> parse_json(std::string_view text, JsonError&);

template <class M>
boost::json::value to_json(const M& message, Version version) {
  return to_json(schema_of<M>, &message, version);
}

template <class M>
bool from_json(M& message, Version version, const boost::json::value& json, JsonError& error) {
  return from_json(schema_of<M>, &message, version, json, error);
}

}  // namespace understudy::wire
