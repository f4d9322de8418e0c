// Records of the topics in which coordinators keep their state.
//
// A key is an int16 that says its type and then fields, a value an int16 version and then fields
// (CoordinatorRecordSerde). The messages are wire/messages/*_records.h; a message's `key` there is
// the type.
#pragma once

#include <cstdint>
#include <optional>

#include "wire/engine.h"
#include "wire/schema.h"
#include "wire/types.h"

namespace understudy::broker {

struct CoordinatorRecord {
  wire::Slice key;
  std::optional<wire::Slice> value;  // nothing: a tombstone
};

// The producer of a record that was written in a transaction; an id of -1 for all others.
struct RecordProducer {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
};

wire::Slice encode_stored(std::int16_t prefix, const wire::Struct& schema, const void* message,
                          wire::Version version);
// The number in front: of a key its type, of a value its version. Nothing if there are no two
// bytes.
std::optional<std::int16_t> stored_prefix(const wire::Slice& bytes);
bool decode_stored(const wire::Slice& bytes, const wire::Struct& schema, void* message,
                   wire::Version version);

// Keys have one version only.
inline constexpr wire::Version kKeyVersion = 0;

template <class Key>
CoordinatorRecord tombstone_of(const Key& key) {
  const wire::Struct& schema = wire::schema_of<Key>;
  return {.key = encode_stored(schema.message.key, schema, &key, kKeyVersion),
          .value = std::nullopt};
}

template <class Key, class Value>
CoordinatorRecord record_of(const Key& key, const Value& value, wire::Version version) {
  CoordinatorRecord record = tombstone_of(key);
  record.value = encode_stored(version, wire::schema_of<Value>, &value, version);
  return record;
}

// Nothing if the bytes are not what they should be.
template <class Key>
std::optional<Key> read_key(const CoordinatorRecord& record) {
  std::optional<Key> key(std::in_place);
  if (!decode_stored(record.key, wire::schema_of<Key>, &*key, kKeyVersion)) return std::nullopt;
  return key;
}

// The value of a record that is no tombstone. Nothing if the bytes are not what they should be, or
// of a version that nobody knows.
template <class Value>
std::optional<Value> read_value(const CoordinatorRecord& record) {
  const std::optional<std::int16_t> version = stored_prefix(*record.value);
  if (!version || !wire::schema_of<Value>.message.versions.contains(*version)) return std::nullopt;
  std::optional<Value> value(std::in_place);
  if (!decode_stored(*record.value, wire::schema_of<Value>, &*value, *version)) return std::nullopt;
  return value;
}

}  // namespace understudy::broker
