#include "broker/cluster/topic_names.h"

#include <algorithm>
#include <cstddef>

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
  if (name.empty()) return "A topic name cannot be empty.";
  if (name == "." || name == "..") return "A topic name cannot be '.' or '..'.";
  if (name.size() > kTopicNameLengthMax) {
    return "The topic name '" + std::string(name) + "' is longer than " +
           std::to_string(kTopicNameLengthMax) + " characters.";
  }
  if (!std::ranges::all_of(name, is_legal_in_names)) {
    return "The topic name '" + std::string(name) +
           "' has characters other than ASCII letters, digits, '.', '_' and '-'.";
  }
  return std::nullopt;
}

ApiError check_reserved_name(std::string_view name) {
  if (name != kMetadataTopic) return {};
  return {wire::ErrorCode::kInvalidRequest,
          "The topic " + std::string(name) + " cannot be created."};
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
