#include "broker/server/did_you_mean.h"

#include <algorithm>
#include <vector>

namespace understudy::server {

std::size_t edit_distance(std::string_view one, std::string_view other) {
  // Rows of the table whose cell (i, j) is the distance of the first i to the first j characters.
  std::vector<std::size_t> before_last(other.size() + 1);
  std::vector<std::size_t> last(other.size() + 1);
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j <= other.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool is_swapped =
          i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (is_swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  // Beyond that it is another name and not a slip.
  std::size_t nearest = std::max<std::size_t>(2, name.size() / 5) + 1;
  std::string_view meant;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= nearest) continue;
    nearest = distance;
    meant = candidate;
  }
  return meant.empty() ? "" : "; did you mean " + std::string(meant) + "?";
}

}  // namespace understudy::server
