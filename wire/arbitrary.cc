// Random values from a seed: the same on every machine, so no distribution of the library is used.
#include <array>
#include <cstring>

#include "wire/engine.h"

namespace understudy::wire {
namespace {

class Generator {
 public:
  Generator(Version version, bool flexible, std::mt19937_64& random)
      : version_(version), flexible_(flexible), random_(random) {}

  void fill_struct(const Struct& schema, void* object) {
    for (const Field& field : schema.fields) {
      if (!field.versions.contains(version_)) continue;
      if (field.tag >= 0 && one_in(2)) continue;
      fill(*field.type, field.nullable.contains(version_), field.in(object));
    }
    if (flexible_ && one_in(8)) add_unknown_tags(object);
  }

 private:
  bool one_in(std::uint64_t n) { return random_() % n == 0; }

  void fill(const Type& type, bool nullable, void* value) {
    if (type.value) {
      if (nullable && one_in(4)) return type.reset(value);
      return fill(*type.value, false, type.emplace(value));
    }
    switch (type.kind) {
      case Kind::kBool:
        *static_cast<bool*>(value) = one_in(2);
        return;
      case Kind::kFloat64:
        *static_cast<double*>(value) = double(std::int64_t(random_())) / 7;
        return;
      case Kind::kString:
        *static_cast<String*>(value) = text();
        return;
      case Kind::kBytes:
      case Kind::kRecords:
        *static_cast<Slice*>(value) = bytes();
        return;
      case Kind::kStruct:
        return fill_struct(*type.structure, value);
      case Kind::kArray:
        return fill_array(type, value);
      case Kind::kUuid:
        for (auto& byte : static_cast<Uuid*>(value)->bytes) byte = std::uint8_t(random_());
        return;
      case Kind::kInt8:
      case Kind::kInt16:
      case Kind::kUint16:
      case Kind::kInt32:
      case Kind::kUint32:
      case Kind::kInt64:
        return fill_integer(value, type.size);
    }
  }

  // Small numbers and the two ends are where mistakes are.
  void fill_integer(void* value, std::size_t size) {
    std::uint64_t bits = random_();
    if (one_in(2)) bits = bits % 16;
    if (one_in(8)) bits = ~std::uint64_t{0};
    if (one_in(8)) bits = std::uint64_t{1} << (8 * size - 1);
    std::memcpy(value, &bits, size);  // the low bytes: this project runs on little-endian machines
  }

  void fill_array(const Type& type, void* value) {
    const std::size_t count = random_() % 4;
    char* item = static_cast<char*>(type.resize(value, count));
    for (std::size_t i = 0; i < count; ++i, item += type.element->size) {
      fill(*type.element, false, item);
    }
  }

  String text() {
    static constexpr std::array<std::string_view, 6> kPieces = {
        "a", "topic", "-", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xad"};
    String result;
    // Lengths around 127 need a second byte in a varint.
    const std::size_t pieces = one_in(16) ? 60 + random_() % 60 : random_() % 5;
    for (std::size_t i = 0; i < pieces; ++i) result += kPieces[random_() % kPieces.size()];
    return result;
  }

  Slice bytes() {
    std::string content(one_in(16) ? 120 + random_() % 20 : random_() % 20, '\0');
    for (char& byte : content) byte = char(random_());
    return Slice::copy_of(content);
  }

  // Numbers far above those that Kafka has given out.
  void add_unknown_tags(void* object) {
    std::uint32_t tag = 1000;
    for (std::uint64_t count = 1 + random_() % 3; count != 0; --count) {
      tag += 1 + std::uint32_t(random_() % 100'000);
      unknown_tags_of(object).add({tag, bytes()});
    }
  }

  Version version_;
  bool flexible_;
  std::mt19937_64& random_;
};

}  // namespace

void arbitrary(const Struct& schema, void* message, Version version, std::mt19937_64& random) {
  const bool flexible = schema.message.flexible.contains(version);
  Generator(version, flexible, random).fill_struct(schema, message);
}

}  // namespace understudy::wire
