// Builds the tables of schema.h. Included where tables are built (messages_*.cc, tests with structs
// of their own), not by those who use a message.
#pragma once

#include <utility>

#include "wire/schema.h"

namespace understudy::wire {

template <class T>
consteval Kind kind_of() {
  if constexpr (std::is_enum_v<T>) {
    return kind_of<std::underlying_type_t<T>>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return Kind::kBool;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return Kind::kInt8;
  } else if constexpr (std::is_same_v<T, std::int16_t>) {
    return Kind::kInt16;
  } else if constexpr (std::is_same_v<T, std::uint16_t>) {
    return Kind::kUint16;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return Kind::kInt32;
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return Kind::kUint32;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return Kind::kInt64;
  } else if constexpr (std::is_same_v<T, double>) {
    return Kind::kFloat64;
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return Kind::kUuid;
  } else if constexpr (std::is_same_v<T, String>) {
    return Kind::kString;
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return Kind::kBytes;
  } else if constexpr (std::is_same_v<T, Records>) {
    return Kind::kRecords;
  } else {
    return Kind::kStruct;
  }
}

template <class T>
consteval Type make_type();

template <class T>
inline constexpr Type type_of = make_type<T>();

template <class T>
consteval Type make_type() {
  if constexpr (is_nullable<T>) {
    using Value = typename T::value_type;
    Type type = make_type<Value>();
    type.value = &type_of<Value>;
    type.size = sizeof(T);
    type.peek = [](const void* p) -> const void* {
      const T& nullable = *static_cast<const T*>(p);
      return nullable ? &*nullable : nullptr;
    };
    type.emplace = [](void* p) -> void* { return &static_cast<T*>(p)->emplace(); };
    type.reset = [](void* p) { static_cast<T*>(p)->reset(); };
    return type;
  } else if constexpr (is_array<T>) {
    static_assert(!is_nullable<typename T::value_type>, "elements of an array are never null");
    return {
        .kind = Kind::kArray,
        .element = &type_of<typename T::value_type>,
        .size = sizeof(T),
        .count = [](const void* p) { return static_cast<const T*>(p)->size(); },
        .items = [](const void* p) -> const void* { return static_cast<const T*>(p)->data(); },
        .resize = [](void* p, std::size_t count) -> void* {
          T fresh(count);  // not resize(): no element is ever moved, so no code for moving is made
          static_cast<T*>(p)->swap(fresh);
          return static_cast<T*>(p)->data();
        }};
  } else if constexpr (kind_of<T>() == Kind::kStruct) {
    return {.kind = Kind::kStruct, .structure = &SchemaOf<T>::value, .size = sizeof(T)};
  } else {
    return {.kind = kind_of<T>(), .size = sizeof(T)};
  }
}

template <class T>
consteval Field make_field(std::string_view name, std::size_t offset, const FieldSpec<T>& spec) {
  if (spec.versions.empty()) throw "a field needs .versions";
  const Versions nullable = is_nullable<T> && spec.nullable.empty() ? spec.versions : spec.nullable;
  if (!is_nullable<T> && !nullable.empty()) throw "only a Nullable field has .nullable versions";
  if (!spec.flexible.empty() && spec.flexible != Versions("0+"))
    throw ".flexible is \"none\" or absent";
  return {.name = name,
          .about = spec.about,
          .type = &type_of<T>,
          .offset = offset,
          .versions = spec.versions,
          .nullable = nullable,
          .tag = spec.tag,
          .ignorable = spec.ignorable,
          .flexible = !spec.flexible.empty()};
}

// FIELD leaves an overload wire_field(Line<line>); WIRE_END marks the last line. Rows are found by
// asking each line in between. Lines, unlike __COUNTER__, are the same in every translation unit,
// so the one-definition rule holds.

template <class T, int L>
concept HasFieldAt = requires { T::wire_field(Line<L>{}); };

template <class T, int... I>
consteval auto collect(std::integer_sequence<int, I...>) {
  constexpr std::size_t count =
      (std::size_t{0} + ... + std::size_t{HasFieldAt<T, T::wire_first + I>});
  struct Rows {
    Field rows[count == 0 ? 1 : count];
    std::size_t size;
  };
  Rows result{};
  // The message is a parameter again, because clang looks into a branch that depends on nothing.
  [[maybe_unused]] auto take = [&]<int At, class M = T>(Line<At> line) {
    if constexpr (HasFieldAt<M, At>) result.rows[result.size++] = M::wire_field(line);
  };
  (take(Line<T::wire_first + I>{}), ...);
  return result;
}

template <class T>
inline constexpr auto fields_of =
    collect<T>(std::make_integer_sequence<int, T::wire_last(0) - T::wire_first>{});

template <class T>
const void* blank() {
  static_assert(std::is_standard_layout_v<T>, "offsetof needs a standard-layout struct");
  static_assert(std::is_aggregate_v<T>, "designated initializers need an aggregate");
  static const T value{};
  return &value;
}

template <class T>
constinit const Struct SchemaOf<T>::value = {T::wire_name,
                                             {fields_of<T>.rows, fields_of<T>.size},
                                             &blank<T>,
                                             []() -> void* { return new T; },
                                             [](void* p) { delete static_cast<T*>(p); },
                                             T::wire_message};

}  // namespace understudy::wire
