#include <cstring>

#include "wire/engine.h"

namespace understudy::wire {
namespace {

struct Counter {
  void put(const void*, std::size_t size) { total += size; }
  void put_byte(std::uint8_t) { ++total; }
  void put_slice(const Slice& slice) { total += slice.size(); }

  std::size_t total = 0;
};

bool is_default(const Struct& schema, const Field& field, const void* object) {
  return equal(*field.type, field.in(object), field.in(schema.blank()));
}

// The same walk writes a message (Sink = Output) and measures it (Sink = Counter).
template <class Sink>
class Encoder {
 public:
  Encoder(Version version, bool flexible, Sink& sink)
      : version_(version), flexible_(flexible), sink_(sink) {}

  void write_struct(const Struct& schema, const void* object) {
    bool has_tags = !unknown_tags_of(object).empty();
    for (const Field& field : schema.fields) {
      if (!field.versions.contains(version_)) continue;
      if (field.tag >= 0) {
        has_tags = true;
      } else {
        write_field(field, object);
      }
    }
    if (!flexible_) return;
    if (has_tags) {
      write_tags(schema, object);
    } else {
      sink_.put_byte(0);
    }
  }

  void write_field(const Field& field, const void* object) {
    const void* value = field.in(object);
    const bool flexible = flexible_;
    flexible_ = flexible && field.flexible;
    if (field.type->value) {
      write_nullable(field, value);
    } else {
      write_value(*field.type, value);
    }
    flexible_ = flexible;
  }

 private:
  void write_value(const Type& type, const void* value) {
    switch (type.kind) {
      case Kind::kBool:
        return sink_.put_byte(*static_cast<const bool*>(value) ? 1 : 0);
      case Kind::kInt8:
        return sink_.put_byte(*static_cast<const std::uint8_t*>(value));
      case Kind::kInt16:
      case Kind::kUint16:
        return write_number<std::uint16_t>(value);
      case Kind::kInt32:
      case Kind::kUint32:
        return write_number<std::uint32_t>(value);
      case Kind::kInt64:
      case Kind::kFloat64:
        return write_number<std::uint64_t>(value);
      case Kind::kUuid:
        return sink_.put(value, 16);
      case Kind::kString:
        return write_string(*static_cast<const String*>(value));
      case Kind::kBytes:
      case Kind::kRecords: {
        const auto& slice = *static_cast<const Slice*>(value);
        write_length(type.kind, std::int64_t(slice.size()));
        return sink_.put_slice(slice);
      }
      case Kind::kArray:
        return write_array(type, value);
      case Kind::kStruct:
        return write_struct(*type.structure, value);
    }
  }

  void write_nullable(const Field& field, const void* value) {
    const Type& type = *field.type;
    const bool nullable = field.nullable.contains(version_);
    const void* inside = type.peek(value);
    if (!inside && !nullable) refuse("a null stands where this version allows none", field);
    if (type.kind == Kind::kStruct) {
      // In a tagged field a varint of 1 or 0, elsewhere a byte of 1 or -1.
      const std::uint8_t null = field.tag >= 0 ? 0 : 0xff;
      if (nullable) sink_.put_byte(inside ? 1 : null);
    } else if (!inside) {
      return write_length(type.kind, -1);
    }
    if (inside) write_value(*type.value, inside);
  }

  [[noreturn]] static void refuse(const char* why, const Field& field) {
    std::fprintf(stderr, "field %.*s: ", int(field.name.size()), field.name.data());
    assertion_failed(why, __FILE__, __LINE__);
  }

  template <class Unsigned>
  void write_number(const void* value) {
    Unsigned number;
    std::memcpy(&number, value, sizeof number);
    number = big_endian(number);
    sink_.put(&number, sizeof number);
  }

  void write_string(const String& text) {
    ASSERT(text.size() <= 32767);
    write_length(Kind::kString, std::int64_t(text.size()));
    sink_.put(text.data(), text.size());
  }

  void write_array(const Type& type, const void* value) {
    const std::size_t count = type.count(value);
    write_length(type.kind, std::int64_t(count));
    const char* item = static_cast<const char*>(type.items(value));
    for (std::size_t i = 0; i < count; ++i, item += type.element->size) {
      write_value(*type.element, item);
    }
  }

  void write_length(Kind kind, std::int64_t length) {
    if (flexible_) return write_varint(std::uint32_t(length + 1));
    if (kind == Kind::kString) {
      const auto number = big_endian(std::int16_t(length));
      return sink_.put(&number, sizeof number);
    }
    const auto number = big_endian(std::int32_t(length));
    sink_.put(&number, sizeof number);
  }

  // Known and unknown tags merged in rising order. A tagged field at its default is not written.
  void write_tags(const Struct& schema, const void* object) {
    const UnknownTags& unknown = unknown_tags_of(object);
    ASSERT(unknown_tags_are_sound(schema, unknown));
    std::size_t known = 0;
    for (const Field& field : schema.fields) known += is_written(schema, field, object);
    write_varint(std::uint32_t(known + unknown.size()));
    const UnknownTag* next = unknown.begin();
    for (std::int16_t tag = 0; known != 0; ++tag) {
      for (const Field& field : schema.fields) {
        if (field.tag != tag || !is_written(schema, field, object)) continue;
        for (; next != unknown.end() && next->tag < std::uint32_t(tag); ++next)
          write_unknown(*next);
        write_tagged(field, object);
        --known;
      }
    }
    for (; next != unknown.end(); ++next) write_unknown(*next);
  }

  // In rising order, and none that this version knows as a field.
  bool unknown_tags_are_sound(const Struct& schema, const UnknownTags& unknown) const {
    std::int64_t previous = -1;
    for (const UnknownTag& tag : unknown) {
      if (tag.tag <= previous) return false;
      previous = tag.tag;
      for (const Field& field : schema.fields) {
        const bool known = field.tag >= 0 && std::uint32_t(field.tag) == tag.tag;
        if (known && field.versions.contains(version_)) return false;
      }
    }
    return true;
  }

  bool is_written(const Struct& schema, const Field& field, const void* object) const {
    return field.tag >= 0 && field.versions.contains(version_) &&
           !is_default(schema, field, object);
  }

  void write_tagged(const Field& field, const void* object) {
    Counter counter;
    Encoder<Counter>(version_, flexible_, counter).write_field(field, object);
    write_varint(std::uint32_t(field.tag));
    write_varint(std::uint32_t(counter.total));
    write_field(field, object);
  }

  void write_unknown(const UnknownTag& unknown) {
    write_varint(unknown.tag);
    write_varint(std::uint32_t(unknown.data.size()));
    sink_.put_slice(unknown.data);
  }

  void write_varint(std::uint32_t value) {
    while (value >= 0x80) {
      sink_.put_byte(std::uint8_t(value | 0x80));
      value >>= 7;
    }
    sink_.put_byte(std::uint8_t(value));
  }

  Version version_;
  bool flexible_;
  Sink& sink_;
};

template <class Sink>
void run(const Struct& schema, const void* message, Version version, Sink& sink) {
  ASSERT(schema.message.versions.contains(version));
  const bool flexible = schema.message.flexible.contains(version);
  Encoder<Sink>(version, flexible, sink).write_struct(schema, message);
}

}  // namespace

void encode(const Struct& schema, const void* message, Version version, Output& out) {
  run(schema, message, version, out);
}

std::size_t encoded_size(const Struct& schema, const void* message, Version version) {
  Counter counter;
  run(schema, message, version, counter);
  return counter.total;
}

}  // namespace understudy::wire
