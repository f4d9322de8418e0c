// What can be done with any declared message. One function each, compiled once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "wire/output.h"
#include "wire/schema.h"

namespace understudy::wire {

// Why a frame was refused, and where: "topic_data[0].partition_data[2].records".
struct DecodeError {
  const char* reason = nullptr;
  std::string path;
  std::size_t position = 0;  // how many bytes of the frame were read

  // "length exceeds the rest of the frame at topic_data[0].partition_data[2].records, byte 33"
  std::string describe() const;
};

// What a frame may ask for before it has shown the bytes. The first two are Kafka's own
// (ByteBufferAccessor and the generated readers); the memory keeps a frame of many one-byte
// elements from becoming many times its size in structs.
struct Limits {
  std::size_t array_count = 1'000'000;
  std::size_t tags_per_section = 10'000;
  std::size_t memory_base = std::size_t{16} << 20;
  std::size_t memory_per_frame_byte = 8;
};

// Kafka's broker ignores bytes after a well-formed request; files and tests want none.
enum class Trailing { kRefuse, kIgnore };

struct DecodeOptions {
  Trailing trailing = Trailing::kRefuse;
  Limits limits = {};
};

// Fills a fresh message. On failure the message holds what was read until then.
bool decode(const Struct&, void* message, Version, const Slice& frame, DecodeError&,
            const DecodeOptions& = {});

// The same for a message that is followed by something: says how many bytes it took.
std::optional<std::size_t> decode_prefix(const Struct&, void* message, Version, const Slice& frame,
                                         DecodeError&, const Limits& = {});

// Appends the message. Fields that the version does not have are left out. That a null field or a
// string above 32767 bytes stands where the version does not allow it is asserted.
void encode(const Struct&, const void* message, Version, Output&);
std::size_t encoded_size(const Struct&, const void* message, Version);

// The path of the first value that encode() would silently drop in this version although Kafka
// refuses to (not ignorable and not at its default), or that it would assert on.
std::optional<std::string> unwritable(const Struct&, const void* message, Version);

// Field by field, also those that some version lacks; doubles by their bits.
bool equal(const Struct&, const void* a, const void* b);
bool equal(const Type&, const void* a, const void* b);

// Random values for the fields of the version, null now and then where allowed, unknown tags too.
void arbitrary(const Struct&, void* message, Version, std::mt19937_64&);

// A table of the fields in Markdown.
std::string to_markdown(const Struct&);

template <class M>
bool decode(M& message, Version version, const Slice& frame, DecodeError& error,
            const DecodeOptions& options = {}) {
  return decode(schema_of<M>, &message, version, frame, error, options);
}

template <class M>
void encode(const M& message, Version version, Output& out) {
  encode(schema_of<M>, &message, version, out);
}

template <class M>
Output encode(const M& message, Version version) {
  Output out;
  encode(schema_of<M>, &message, version, out);
  return out;
}

template <class M>
std::size_t encoded_size(const M& message, Version version) {
  return encoded_size(schema_of<M>, &message, version);
}

template <class M>
std::optional<std::string> unwritable(const M& message, Version version) {
  return unwritable(schema_of<M>, &message, version);
}

template <class M>
bool equal(const M& a, const M& b) {
  return equal(schema_of<M>, &a, &b);
}

template <class M>
void arbitrary(M& message, Version version, std::mt19937_64& random) {
  arbitrary(schema_of<M>, &message, version, random);
}

}  // namespace understudy::wire
