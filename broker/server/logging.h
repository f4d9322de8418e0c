// What the program logs on stderr. Nothing in the core logs: it gives reasons to the edge.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace understudy::server {

// kTrace is for a line per request and answer.
enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };

// "trace", "debug", "info", "warn", "error", "off", in capitals or not.
std::optional<LogLevel> log_level_named(std::string_view name);
std::vector<std::string_view> log_level_names();

// One level for the whole process; warn until it is set.
void set_log_level(LogLevel level);
bool logs(LogLevel level);

void log(LogLevel level, std::string_view message);

}  // namespace understudy::server
