#include "wire/types.h"

#include "wire/base64.h"

namespace understudy::wire {

std::string to_string(const Uuid& uuid) { return base64_encode(uuid.bytes, Base64::kUrlSafe); }

}  // namespace understudy::wire
