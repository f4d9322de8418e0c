#include "differential/consumer_protocol_json.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "differential/request_json.h"
#include "differential/script.h"
#include "wire/base64.h"
#include "wire/engine.h"
#include "wire/json.h"
#include "wire/messages/consumer_protocol.h"
#include "wire/output.h"

namespace understudy::differential {
namespace {

template <class Message>
std::string build(const json::value& said) {
  if (!said.is_object()) throw std::runtime_error("what members say is an object");
  json::object fields = said.get_object();
  const auto version = wire::Version(int_or(fields, "version", 0));
  const auto cut = std::size_t(int_or(fields, "cut", 0));
  fields.erase("version");
  fields.erase("cut");
  const wire::Struct& schema = wire::schema_of<Message>;
  if (!schema.message.versions.contains(version)) throw std::runtime_error("no such version");
  Message message;
  wire::JsonError error;
  if (!wire::from_json(schema, &message, version, complete(schema, version, fields), error)) {
    throw std::runtime_error(error.describe());
  }
  wire::Output out;
  out.put_int16(version);
  wire::encode(message, version, out);
  const wire::Slice bytes = out.joined();
  const std::size_t size = bytes.size() - std::min(cut, bytes.size());
  return wire::base64_encode({bytes.data(), size}, wire::Base64::kPlain);
}

}  // namespace

std::optional<std::string> build_consumer_protocol(const json::object& object) {
  if (const json::value* said = object.if_contains("$subscription")) {
    return build<wire::ConsumerProtocolSubscription>(*said);
  }
  if (const json::value* said = object.if_contains("$assignment")) {
    return build<wire::ConsumerProtocolAssignment>(*said);
  }
  return std::nullopt;
}

}  // namespace understudy::differential
