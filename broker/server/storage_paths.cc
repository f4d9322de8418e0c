#include "broker/server/storage_paths.h"

namespace understudy::server {

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view file_name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_log_path(std::string_view path) {
  const std::string_view name = file_name_of(path);
  return name.ends_with(".log") || name.find(".log.") != std::string_view::npos;
}

}  // namespace understudy::server
