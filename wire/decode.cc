#include <algorithm>
#include <cstring>

#include "wire/engine.h"
#include "wire/output.h"
#include "wire/utf8.h"

namespace understudy::wire {
namespace {

constexpr std::size_t kStringSizeMax = 32767;

// The fewest bytes that a value of this type takes.
std::size_t least_size(const Type& type, bool nullable, Version version, bool flexible) {
  const std::size_t length_size = flexible ? 1 : 4;
  switch (type.kind) {
    case Kind::kBool:
    case Kind::kInt8:
      return 1;
    case Kind::kInt16:
    case Kind::kUint16:
      return 2;
    case Kind::kInt32:
    case Kind::kUint32:
      return 4;
    case Kind::kInt64:
    case Kind::kFloat64:
      return 8;
    case Kind::kUuid:
      return 16;
    case Kind::kString:
      return flexible ? 1 : 2;
    case Kind::kBytes:
    case Kind::kRecords:
    case Kind::kArray:
      return length_size;
    case Kind::kStruct:
      break;
  }
  if (nullable) return 1;
  std::size_t sum = flexible ? 1 : 0;  // the count of its tags
  for (const Field& field : type.structure->fields) {
    if (field.tag >= 0 || !field.versions.contains(version)) continue;
    sum += least_size(*field.type, field.nullable.contains(version), version, flexible);
  }
  return sum;
}

class Decoder {
 public:
  Decoder(Version version, bool flexible, const Slice& frame, DecodeError& error,
          const Limits& limits)
      : version_(version),
        flexible_(flexible),
        frame_(frame),
        at_(frame.data()),
        end_(at_ + frame.size()),
        memory_left_(limits.memory_base + limits.memory_per_frame_byte * frame.size()),
        limits_(limits),
        error_(error) {}

  bool read_struct(const Struct& schema, void* object) {
    for (const Field& field : schema.fields) {
      if (!field.versions.contains(version_) || field.tag >= 0) continue;
      if (!read_field(field, object)) return false;
    }
    return !flexible_ || read_tags(schema, object);
  }

  std::size_t position() const { return std::size_t(at_ - frame_.data()); }

 private:
  bool fail(const char* reason) {
    error_.reason = reason;
    return false;
  }

  std::size_t left() const { return std::size_t(end_ - at_); }

  bool read_field(const Field& field, void* object) {
    const bool flexible = flexible_;
    flexible_ = flexible && field.flexible;
    void* value = field.in(object);
    const bool read =
        field.type->value ? read_nullable(field, value) : read_value(*field.type, value);
    flexible_ = flexible;
    if (!read) name_place(field.name);
    return read;
  }

  // The path grows from its end, and only on failure.
  void name_place(std::string_view name) {
    std::string path(name);
    if (!error_.path.empty() && error_.path[0] != '[') path += '.';
    path += error_.path;
    error_.path = std::move(path);
  }

  bool read_value(const Type& type, void* value) {
    switch (type.kind) {
      case Kind::kBool: {
        std::uint8_t byte;
        if (!read_number(&byte)) return false;
        *static_cast<bool*>(value) = byte != 0;
        return true;
      }
      case Kind::kInt8:
        return read_number(static_cast<std::uint8_t*>(value));
      case Kind::kInt16:
      case Kind::kUint16:
        return read_number(static_cast<std::uint16_t*>(value));
      case Kind::kInt32:
      case Kind::kUint32:
        return read_number(static_cast<std::uint32_t*>(value));
      case Kind::kInt64:
      case Kind::kFloat64:
        return read_number(static_cast<std::uint64_t*>(value));
      case Kind::kUuid: {
        if (left() < 16) return fail("frame ends early");
        std::memcpy(value, at_, 16);
        at_ += 16;
        return true;
      }
      case Kind::kStruct:
        return read_struct(*type.structure, value);
      case Kind::kString:
      case Kind::kBytes:
      case Kind::kRecords:
      case Kind::kArray:
        break;
    }
    std::int32_t length;
    if (!read_length(type.kind, length)) return false;
    if (length < 0) return fail("null where no null is allowed");
    return read_sized(type, std::size_t(length), value);
  }

  bool read_nullable(const Field& field, void* value) {
    const Type& type = *field.type;
    const Type& inner = *type.value;
    const bool nullable = field.nullable.contains(version_);
    std::int32_t length = 0;
    if (inner.kind != Kind::kStruct) {
      if (!read_length(inner.kind, length)) return false;
    } else if (nullable && !read_presence(field, length)) {
      return false;
    }
    if (length < 0) {
      if (!nullable) return fail("null where no null is allowed");
      type.reset(value);
      return true;
    }
    void* inside = type.emplace(value);
    if (inner.kind == Kind::kStruct) return read_struct(*inner.structure, inside);
    return read_sized(inner, std::size_t(length), inside);
  }

  // What stands before a nullable struct: a byte, below zero for null; in a tagged field, a varint,
  // zero for null.
  bool read_presence(const Field& field, std::int32_t& length) {
    if (field.tag >= 0) {
      std::uint32_t present;
      if (!read_varint(present)) return false;
      length = std::int32_t(present) > 0 ? 0 : -1;
      return true;
    }
    std::uint8_t byte;
    if (!read_number(&byte)) return false;
    length = byte < 0x80 ? 0 : -1;
    return true;
  }

  // Any negative length means null. Not flexible: int16 for strings, int32 otherwise. Flexible:
  // length + 1 as a varint that is read as an int32, as Kafka does, so that it can be negative too.
  bool read_length(Kind kind, std::int32_t& length) {
    if (flexible_) {
      std::uint32_t plus_one;
      if (!read_varint(plus_one)) return false;
      length = std::int32_t(plus_one - 1);
      return true;
    }
    if (kind == Kind::kString) {
      std::uint16_t short_length;
      if (!read_number(&short_length)) return false;
      length = std::int16_t(short_length);
      return true;
    }
    std::uint32_t long_length;
    if (!read_number(&long_length)) return false;
    length = std::int32_t(long_length);
    return true;
  }

  bool read_sized(const Type& type, std::size_t size, void* value) {
    if (type.kind == Kind::kArray) return read_array(type, size, value);
    if (type.kind == Kind::kString && size > kStringSizeMax)
      return fail("string is longer than 32767 bytes");
    if (size > left()) return fail("length exceeds the rest of the frame");
    if (type.kind == Kind::kString) {
      if (!read_text(size, *static_cast<String*>(value))) return false;
    } else {
      *static_cast<Slice*>(value) = frame_.sub(position(), size);
    }
    at_ += size;
    return true;
  }

  // Kafka's strings are Java's: two that differ only in what is not UTF-8 are the same.
  bool read_text(std::size_t size, String& text) {
    text.assign(reinterpret_cast<const char*>(at_), size);
    const bool is_ascii = std::none_of(text.begin(), text.end(),
                                       [](char byte) { return std::uint8_t(byte) >= 0x80; });
    if (is_ascii) return true;
    text = replace_invalid_utf8(text);
    return text.size() <= kStringSizeMax || fail("string is longer than 32767 bytes as UTF-8");
  }

  bool read_array(const Type& type, std::size_t count, void* value) {
    const Type& element = *type.element;
    if (count > limits_.array_count) return fail("array count exceeds the limit");
    if (!array_fits(element, count)) return fail("array count exceeds the rest of the frame");
    if (!take_memory(count * element.size)) return fail("message needs too much memory");
    char* item = static_cast<char*>(type.resize(value, count));
    for (std::size_t i = 0; i < count; ++i, item += element.size) {
      if (read_value(element, item)) continue;
      name_place("[" + std::to_string(i) + "]");
      return false;
    }
    return true;
  }

  bool array_fits(const Type& element, std::size_t count) const {
    if (count > left()) return false;
    // What a few elements may allocate is not worth the walk over their fields.
    constexpr std::size_t kNotWorthAsking = 4096;
    if (count * element.size <= kNotWorthAsking) return true;
    return count * least_size(element, false, version_, flexible_) <= left();
  }

  bool take_memory(std::size_t size) {
    if (size > memory_left_) return false;
    memory_left_ -= size;
    return true;
  }

  bool read_tags(const Struct& schema, void* object) {
    if (at_ != end_ && *at_ == 0) {  // nearly always
      ++at_;
      return true;
    }
    std::uint32_t count;
    if (!read_varint(count) || !tags_fit(count)) {
      name_place("tags");
      return false;
    }
    std::int64_t previous = -1;
    for (; count != 0; --count) {
      if (!read_tag(schema, object, previous)) return false;
    }
    return true;
  }

  bool tags_fit(std::uint32_t count) {
    if (count > limits_.tags_per_section) return fail("too many tagged fields");
    return count <= left() / 2 || fail("count of tagged fields exceeds the rest of the frame");
  }

  bool read_tag(const Struct& schema, void* object, std::int64_t& previous) {
    std::uint32_t tag, size;
    if (!read_tag_start(tag, size, previous)) {
      name_place("tags");
      return false;
    }
    previous = tag;
    const std::uint8_t* value_end = at_ + size;
    const Field* field = find_tag(schema, tag);
    if (!field) return keep_unknown_tag(tag, size, object);
    if (!read_field(*field, object)) return false;
    if (at_ == value_end) return true;
    fail("tagged field has another size than announced");
    name_place(field->name);
    return false;
  }

  // KIP-482 demands rising order. Kafka's own reader does not check it, its writer does.
  bool read_tag_start(std::uint32_t& tag, std::uint32_t& size, std::int64_t previous) {
    if (!read_varint(tag) || !read_varint(size)) return false;
    if (tag <= previous) return fail("tags are not in ascending order");
    return size <= left() || fail("tagged field exceeds the rest of the frame");
  }

  bool keep_unknown_tag(std::uint32_t tag, std::size_t size, void* object) {
    if (!take_memory(2 * sizeof(UnknownTag))) {  // the list grows by doubling
      fail("message needs too much memory");
      name_place("tags");
      return false;
    }
    unknown_tags_of(object).add({tag, frame_.sub(position(), size)});
    at_ += size;
    return true;
  }

  const Field* find_tag(const Struct& schema, std::uint32_t tag) const {
    for (const Field& field : schema.fields) {
      if (field.tag < 0 || std::uint32_t(field.tag) != tag) continue;
      if (field.versions.contains(version_)) return &field;
    }
    return nullptr;
  }

  bool read_varint(std::uint32_t& value) {
    value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (at_ == end_) return fail("frame ends inside a varint");
      const std::uint8_t byte = *at_++;
      value |= std::uint32_t(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return fail("varint is longer than five bytes");
  }

  template <class Unsigned>
  bool read_number(Unsigned* target) {
    if (left() < sizeof(Unsigned)) return fail("frame ends early");
    Unsigned number;
    std::memcpy(&number, at_, sizeof number);
    number = big_endian(number);
    std::memcpy(target, &number, sizeof number);
    at_ += sizeof number;
    return true;
  }

  Version version_;
  bool flexible_;
  const Slice& frame_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::size_t memory_left_;
  const Limits& limits_;
  DecodeError& error_;
};

}  // namespace

std::string DecodeError::describe() const {
  std::string text = reason ? reason : "no error";
  if (!path.empty()) text += " at " + path;
  return text + ", byte " + std::to_string(position);
}

std::optional<std::size_t> decode_prefix(const Struct& schema, void* message, Version version,
                                         const Slice& frame, DecodeError& error,
                                         const Limits& limits) {
  if (!schema.message.versions.contains(version)) {
    error.reason = "version is not supported";
    return std::nullopt;
  }
  const bool flexible = schema.message.flexible.contains(version);
  Decoder decoder(version, flexible, frame, error, limits);
  const bool read = decoder.read_struct(schema, message);
  if (read) return decoder.position();
  error.position = decoder.position();
  return std::nullopt;
}

bool decode(const Struct& schema, void* message, Version version, const Slice& frame,
            DecodeError& error, const DecodeOptions& options) {
  const auto used = decode_prefix(schema, message, version, frame, error, options.limits);
  if (!used) return false;
  if (*used == frame.size() || options.trailing == Trailing::kIgnore) return true;
  error.reason = "bytes are left over after the message";
  error.position = *used;
  return false;
}

}  // namespace understudy::wire
