#include "broker/coordinator/record.h"

#include <memory>
#include <string>
#include <utility>

#include "wire/output.h"

namespace understudy::broker {

wire::Slice encode_stored(std::int16_t prefix, const wire::Struct& schema, const void* message,
                          wire::Version version) {
  wire::Output out;
  out.put_int16(prefix);
  wire::encode(schema, message, version, out);
  const auto bytes = std::make_shared<std::string>();
  for (const wire::Slice& piece : out.finish()) bytes->append(piece.view());
  return {bytes, reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()};
}

std::optional<std::int16_t> stored_prefix(const wire::Slice& bytes) {
  if (bytes.size() < sizeof(std::int16_t)) return std::nullopt;
  return static_cast<std::int16_t>((bytes.data()[0] << 8) | bytes.data()[1]);
}

bool decode_stored(const wire::Slice& bytes, const wire::Struct& schema, void* message,
                   wire::Version version) {
  constexpr std::size_t kPrefixSize = sizeof(std::int16_t);
  if (bytes.size() < kPrefixSize) return false;
  wire::DecodeError error;
  return wire::decode(schema, message, version, bytes.sub(kPrefixSize, bytes.size() - kPrefixSize),
                      error, {.trailing = wire::Trailing::kIgnore});
}

}  // namespace understudy::broker
