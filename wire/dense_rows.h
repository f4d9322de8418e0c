// Tables whose rows follow each other in the order of their numbers, so that a row is found by its
// place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace understudy::wire {

// Whether the numbers of the rows go up by one. A row begins with its number, an enum over int16.
template <class Row, std::size_t count>
constexpr bool is_dense(const Row (&rows)[count]) {
  for (std::size_t i = 0; i < count; ++i) {
    if (int(rows[i].number) != int(rows[0].number) + int(i)) return false;
  }
  return true;
}

// Null for a number without a row; any int16 may be asked for.
template <class Row, std::size_t count, class Number>
constexpr const Row* find_row(const Row (&rows)[count], Number number) {
  const int place = int(number) - int(rows[0].number);
  return place >= 0 && place < int(count) ? &rows[place] : nullptr;
}

template <class Row, std::size_t count>
constexpr const Row* find_row_named(const Row (&rows)[count], std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace understudy::wire
