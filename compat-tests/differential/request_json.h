// Requests whose JSON names only what is not at its default.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "wire/schema.h"

namespace understudy::differential {

// Adds the fields that are missing, drops those that the version does not have, everywhere in the
// message. Values are not looked at.
boost::json::value complete(const wire::Struct& schema, wire::Version version,
                            const boost::json::value& partial);

// Throws std::runtime_error that says what is wrong with a request in a script, as far as that can
// be told before the symbols in it have values: an API or version that does not exist, members that
// no version has, an array in place of an object.
void check_request(const std::string& api, std::int64_t version, const boost::json::value& request);

}  // namespace understudy::differential
