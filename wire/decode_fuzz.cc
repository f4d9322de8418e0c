#include "wire/decode_fuzz.h"

#include <vector>

#include "wire/engine.h"
#include "wire/messages.h"

namespace understudy::wire {
namespace {

const Struct* choose(std::uint8_t type, std::uint8_t number) {
  if (type == 0) return find_request(ApiKey(number));
  if (type == 1) return find_response(ApiKey(number));
  for (const Message& message : all_messages()) {
    if (message.type == MessageType::kRequest || message.type == MessageType::kResponse) continue;
    if (number-- == 0) return message.schema;
  }
  return nullptr;
}

struct Value {
  explicit Value(const Struct& schema) : schema(schema), object(schema.make()) {}
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  ~Value() { schema.destroy(object); }

  const Struct& schema;
  void* object;
};

}  // namespace

void fuzz_decode(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return;
  const Struct* schema = choose(data[0], data[1]);
  if (!schema) return;
  const auto version = Version(data[2]);
  // A copy of the exact size, so that the address sanitizer sees a read past the end.
  const auto body = std::make_shared<std::vector<std::uint8_t>>(data + 3, data + size);
  Value first(*schema);
  DecodeError error;
  if (!decode(*schema, first.object, version, Slice(body, body->data(), body->size()), error)) {
    ASSERT(error.reason != nullptr);
    ASSERT(error.position <= body->size());
    return;
  }
  ASSERT(!unwritable(*schema, first.object, version));
  Output out;
  encode(*schema, first.object, version, out);
  ASSERT(encoded_size(*schema, first.object, version) == out.size());
  const Slice bytes = out.joined();
  Value second(*schema);
  ASSERT(decode(*schema, second.object, version, bytes, error));
  ASSERT(equal(*schema, first.object, second.object));
  Output again;
  encode(*schema, second.object, version, again);
  ASSERT(again.joined() == bytes);
}

}  // namespace understudy::wire
