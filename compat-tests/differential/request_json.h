// Requests whose JSON names only what is not at its default.
#pragma once

#include <boost/json/value.hpp>

#include "wire/schema.h"

namespace understudy::differential {

// Adds the fields that are missing, drops those that the version does not have, everywhere in the
// message. Values are not looked at.
boost::json::value complete(const wire::Struct& schema, wire::Version version,
                            const boost::json::value& partial);

}  // namespace understudy::differential
