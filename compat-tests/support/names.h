// Records that carry their own name, so that a log can be compared with what was handed over,
// record by record.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::support {

// The place of a partition in the list of all partitions that are written to.
using Slot = std::int32_t;

// One record of one producer in one partition: the `index`-th that it handed over for it.
struct Name {
  std::int32_t producer = 0;
  Slot slot = 0;
  std::int64_t index = 0;

  auto operator<=>(const Name&) const = default;
  std::string text() const;  // "producer 3, slot 1, record 17"
};

// A record's key and value. The value repeats the name and goes on with `filler_size` characters
// that follow from it, so that not a bit of it can change unnoticed.
std::string key_of(const Name& name);
std::string value_of(const Name& name, std::size_t filler_size);
// Nothing if this is not exactly what the two functions above make.
std::optional<Name> name_of(std::string_view key, std::string_view value);

}  // namespace understudy::support
