#include "broker/server/logging.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace understudy::server {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 6> kLevels = {{
    {"trace", LogLevel::kTrace},
    {"debug", LogLevel::kDebug},
    {"info", LogLevel::kInfo},
    {"warn", LogLevel::kWarn},
    {"error", LogLevel::kError},
    {"off", LogLevel::kOff},
}};

std::atomic<LogLevel> g_level = LogLevel::kWarn;

// Made at the first line: opening the time zone takes longer than the whole start of the program.
spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    spdlog::logger made("understudy", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
    made.set_level(spdlog::level::trace);
    made.flush_on(spdlog::level::trace);
    return made;
  }();
  return instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

// What a client calls itself must not make lines of its own.
std::string on_one_line(std::string_view message) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string line;
  line.reserve(message.size());
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = byte < 0x20 || byte == 0x7f;
    if (!is_control) {
      line += c;
      continue;
    }
    line += "\\x";
    line += kHex[byte >> 4];
    line += kHex[byte & 0x0f];
  }
  return line;
}

}  // namespace

std::optional<LogLevel> log_level_named(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto& [known, level] : kLevels) {
    if (known == lower) return level;
  }
  return std::nullopt;
}

std::vector<std::string_view> log_level_names() {
  std::vector<std::string_view> names;
  names.reserve(kLevels.size());
  for (const auto& [name, level] : kLevels) names.push_back(name);
  return names;
}

void set_log_level(LogLevel level) { g_level = level; }

bool logs(LogLevel level) { return level >= g_level.load() && level != LogLevel::kOff; }

void log(LogLevel level, std::string_view message) {
  if (!logs(level)) return;
  const std::string line = on_one_line(message);
  logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace understudy::server
