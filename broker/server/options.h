// The command line of the program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/server/logging.h"
#include "broker/server/runtime.h"

namespace understudy::server {

struct Options {
  RuntimeOptions runtime;
  std::vector<TopicSpec> topics;
  LogLevel log_level = LogLevel::kWarn;
  bool prints_bootstrap = false;
  bool dumps_api_table = false;
  bool dumps_property_table = false;
};

// The program ends before it has begun: help was asked for (0), or something is wrong (2).
struct EarlyExit {
  int code = 0;
  std::string text;  // for stdout if the code is 0, else one line for stderr
};

std::variant<Options, EarlyExit> parse_options(int argc, const char* const* argv);

// The APIs that are served and their versions, as a table in Markdown.
std::string api_table(const broker::Profile& profile);

}  // namespace understudy::server
