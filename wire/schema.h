// Declares a message once; everything else walks the declaration.
//
//   struct EpochEndOffset {
//     WIRE_STRUCT(EpochEndOffset);
//     FIELD(std::int32_t, epoch, .versions = "12+", .initial = -1);
//     FIELD(std::int64_t, end_offset, .versions = "12+", .initial = -1);
//     WIRE_END;
//   };
//
// FIELD expands to the plain data member and to one constexpr row of the struct's schema. The rows
// are data: decoder, encoder, JSON, documentation and random values are ordinary functions over
// them (see engine.h), compiled once and not once per message.
//
// The words of a row, in this order; a member and its JSON name differ only in spelling
// (timeout_ms, timeoutMs):
//   .versions   "3+", "0-12", "7": the versions that have the field. Required.
//   .nullable   the versions in which null is allowed, if fewer than .versions.
//   .tag        the tag number; the field is then written only when not at its default.
//   .initial    the default of a number or bool; kEmpty for a Nullable that is not null by default.
//   .ignorable  a value that the version cannot carry may be dropped. Elsewhere Kafka's writer
//               fails; ours drops it too, and unwritable() says so.
//   .flexible   "none" for the one string that keeps its old form in flexible versions.
//   .about      one sentence for the documentation.
//
// The tables are built in messages_*.cc (see schema_tables.h); code that includes a message does
// not instantiate them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "wire/error_code.h"
#include "wire/types.h"
#include "wire/unknown_tags.h"

namespace understudy::wire {

using Version = std::int16_t;

// An inclusive range of versions, written as in Kafka's documentation: "3+", "0-12", "7", "none".
struct Versions {
  static constexpr Version kNoLimit = 32767;

  Version first = 0;
  Version last = -1;

  constexpr Versions() = default;

  template <std::size_t N>
  consteval Versions(const char (&text)[N]) {  // NOLINT: implicit on purpose
    if (std::string_view(text) == "none") return;
    std::size_t at = 0;
    first = last = number(text, at);
    if (text[at] == '+') last = kNoLimit, ++at;
    if (text[at] == '-') last = number(text, ++at);
    if (at != N - 1 || last < first) throw "malformed version range";
  }

  constexpr bool contains(Version version) const { return first <= version && version <= last; }
  constexpr bool empty() const { return last < first; }
  bool operator==(const Versions&) const = default;

 private:
  static consteval Version number(const char* text, std::size_t& at) {
    if (text[at] < '0' || text[at] > '9') throw "malformed version number";
    Version value = 0;
    while (text[at] >= '0' && text[at] <= '9') value = Version(value * 10 + (text[at++] - '0'));
    return value;
  }
};

enum class Kind : std::uint8_t {
  kBool,
  kInt8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kFloat64,
  kUuid,
  kString,
  kBytes,
  kRecords,
  kArray,
  kStruct,
};

struct Struct;

// How the engine reaches into a value whose C++ type it does not know.
struct Type {
  Kind kind;
  const Struct* structure = nullptr;  // kStruct
  const Type* element = nullptr;      // kArray
  std::size_t size = 0;               // sizeof the C++ type, the stride inside an array
  std::size_t (*count)(const void* array) = nullptr;
  const void* (*items)(const void* array) = nullptr;
  void* (*resize)(void* array, std::size_t count) = nullptr;
  const Type* value = nullptr;  // set on a nullable: the type inside
  const void* (*peek)(const void* nullable) = nullptr;
  void* (*emplace)(void* nullable) = nullptr;
  void (*reset)(void* nullable) = nullptr;
};

struct Field {
  std::string_view name;
  std::string_view about;
  const Type* type;
  std::size_t offset;
  Versions versions;
  Versions nullable;
  std::int16_t tag;
  bool ignorable;
  bool flexible;

  const void* in(const void* object) const { return static_cast<const char*>(object) + offset; }
  void* in(void* object) const { return static_cast<char*>(object) + offset; }
};

struct MessageSpec {
  std::int16_t key = -1;
  Versions versions = "0+";
  Versions flexible = "none";
  bool latest_version_unstable = false;  // Kafka does not offer the newest version by default
};

struct Struct {
  std::string_view name;
  std::span<const Field> fields;
  const void* (*blank)();  // a value with every field at its default
  void* (*make)();         // a new value, for callers that know only the key
  void (*destroy)(void*);
  MessageSpec message;
};

// Every struct begins with its unknown tags, so the engine needs no row to find them.
inline const UnknownTags& unknown_tags_of(const void* object) {
  return *static_cast<const UnknownTags*>(object);
}
inline UnknownTags& unknown_tags_of(void* object) { return *static_cast<UnknownTags*>(object); }

// How documents spell these: "timeoutMs", "[]TopicProduceData", "3+".
std::string json_name(const Field& field);
std::string type_name(const Type& type);
std::string to_string(Versions versions);

// Rows --------------------------------------------------------------------------------------------

template <class T>
inline constexpr bool is_array = false;
template <class T>
inline constexpr bool is_array<Array<T>> = true;
template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<Nullable<T>> = true;

// Kafka's default of a nullable field is null only where its definition says so.
enum class NullableInitial : std::uint8_t { kNull, kEmpty };
inline constexpr NullableInitial kEmpty = NullableInitial::kEmpty;

struct NoInitial {};

template <class T>
struct InitialOf {
  using type = std::conditional_t<std::is_scalar_v<T>, T, NoInitial>;
};
template <class T>
struct InitialOf<Nullable<T>> {
  using type = NullableInitial;
};

template <class T>
struct FieldSpec {
  Versions versions;
  Versions nullable{};
  std::int16_t tag = -1;
  typename InitialOf<T>::type initial{};
  bool ignorable = false;
  Versions flexible = "0+";
  const char* about = "";
};

template <class T>
constexpr T initial(const FieldSpec<T>& spec) {
  if constexpr (std::is_scalar_v<T>) {
    return spec.initial;
  } else if constexpr (is_nullable<T>) {
    return spec.initial == kEmpty ? T(std::in_place) : T(std::nullopt);
  } else {
    return T{};
  }
}

template <int>
struct Line {};

template <class T>
consteval Field make_field(std::string_view name, std::size_t offset, const FieldSpec<T>& spec);

template <class T>
struct SchemaOf {
  static const Struct value;  // defined in schema_tables.h
};

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif
template <class T>
inline constexpr const Struct& schema_of = SchemaOf<T>::value;
#ifdef __clang__
#pragma clang diagnostic pop
#endif

}  // namespace understudy::wire

// The three macros. wire_field is a template so that a row costs nothing where a message is only
// used.

#define WIRE_STRUCT(Name, ...)                                                \
  using Self = Name;                                                          \
  static constexpr int wire_first = __LINE__;                                 \
  static constexpr std::string_view wire_name = #Name;                        \
  static constexpr ::understudy::wire::MessageSpec wire_message{__VA_ARGS__}; \
  ::understudy::wire::UnknownTags unknown_tags {}

#define FIELD(type, name, ...)                                                                     \
  type name = ::understudy::wire::initial<type>(::understudy::wire::FieldSpec<type>{__VA_ARGS__}); \
  template <class = void>                                                                          \
  static consteval ::understudy::wire::Field wire_field(::understudy::wire::Line<__LINE__>) {      \
    return ::understudy::wire::make_field<type>(#name, offsetof(Self, name), {__VA_ARGS__});       \
  }                                                                                                \
  static_assert(true)

#define WIRE_END                                           \
  static constexpr int wire_last(int) { return __LINE__; } \
  static_assert(true)
