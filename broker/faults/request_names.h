// Whom a request speaks for or about: groups, members, transactional ids. Found by the names of the
// fields, and so for every API alike.
#pragma once

#include <cstdint>

#include "broker/base/request.h"
#include "wire/api_key.h"
#include "wire/schema.h"

namespace understudy::broker {

// `request` is a message of `schema`, sent in this version.
RequestNames names_in(const wire::Struct& schema, const void* request, wire::Version version);

enum class NameKind : std::uint8_t { kGroup, kMember, kInstance, kTransactionalId };

// Whether requests of this API can have such a name at all.
bool can_name(wire::ApiKey api, NameKind kind);

}  // namespace understudy::broker
