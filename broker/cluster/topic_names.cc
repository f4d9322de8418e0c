#include "broker/cluster/topic_names.h"

#include <algorithm>
#include <cstddef>

#include "broker/cluster/java_string.h"
#include "broker/log/files.h"

namespace understudy::broker {
namespace {

constexpr std::size_t kTopicNameLengthMax = 249;

bool is_legal_in_names(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::optional<std::string> invalid_topic_name(std::string_view name) {
  const std::string start = "Topic name is invalid: ";
  const std::string quoted = "'" + std::string(name) + "'";
  if (name.empty()) return start + "the empty string is not allowed";
  if (name == "." || name == "..") return start + quoted + " is not allowed";
  if (java_length(name) > kTopicNameLengthMax) {
    return start + "the length of " + quoted + " is longer than the max allowed length " +
           std::to_string(kTopicNameLengthMax);
  }
  if (!std::ranges::all_of(name, is_legal_in_names)) {
    return start + quoted +
           " contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
  }
  return std::nullopt;
}

ApiError check_reserved_name(std::string_view name) {
  if (name != kMetadataTopic) return {};
  return {wire::ErrorCode::kInvalidRequest,
          "Creation of internal topic " + std::string(name) + " is prohibited."};
}

bool has_collision_chars(std::string_view name) {
  return name.find_first_of("._") != std::string_view::npos;
}

std::string unified_topic_name(std::string_view name) {
  std::string unified(name);
  std::ranges::replace(unified, '.', '_');
  return unified;
}

}  // namespace understudy::broker
