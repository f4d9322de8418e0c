#include "broker/server/options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <utility>

#include "broker/api/table.h"
#include "broker/cluster/topic_names.h"
#include "broker/server/did_you_mean.h"
#include "wire/api_key.h"

namespace understudy::server {
namespace {

constexpr int kWrongUsage = 2;

constexpr const char* kAbout =
    "Understudy, a stand-in for an Apache Kafka cluster. It gives Kafka's own answers. Without\n"
    "--data-dir all data is gone when the program ends.\n";

constexpr const char* kExamples =
    "Examples:\n"
    "  understudy --listen 127.0.0.1:9092\n"
    "      one broker on Kafka's usual port\n"
    "  understudy --nodes 3 --topic orders:12 --print-bootstrap\n"
    "      three brokers on free ports and a topic; the addresses are the only line on stdout\n"
    "  understudy --listen 0.0.0.0:9092 --advertise kafka.test:9092\n"
    "      reachable from outside; clients get that name\n"
    "  understudy --listen 127.0.0.1:9092 --data-dir ./data --durability fsync\n"
    "      what is acknowledged to acks=all survives a power cut\n"
    "  understudy --profile 3.6 --override auto.create.topics.enable=false\n"
    "      answers as Kafka 3.6 does, with one property changed\n";

// What the command line says, before it is understood.
struct Raw {
  std::vector<std::string> listen;
  std::vector<std::string> advertise;
  std::vector<std::string> overrides;
  std::vector<std::string> topics;
  std::vector<std::string> racks;
  std::string profile = "4.4";
  std::string log_level = "warn";
  std::string seed;
  std::string data_dir;
  std::string durability = "page-cache";
  std::string nodes = "1";
  bool prints_bootstrap = false;
  bool dumps_api_table = false;
  bool dumps_property_table = false;
};

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

// Each of these returns what is wrong, or nothing.
using Wrong = std::optional<std::string>;

Wrong read_endpoints(const char* option, const std::vector<std::string>& texts,
                     std::vector<Endpoint>& endpoints) {
  if (texts.empty()) return std::nullopt;
  endpoints.clear();
  for (const std::string& text : texts) {
    const std::optional<Endpoint> endpoint = parse_endpoint(text);
    if (!endpoint) return std::string(option) + " '" + text + "' " + why_no_endpoint(text);
    endpoints.push_back(*endpoint);
  }
  return std::nullopt;
}

Wrong read_profile(const std::string& name, broker::Profile& profile) {
  const std::optional<broker::Profile> found = broker::Profile::named(name);
  if (!found) {
    return "--profile '" + name + "' is not known; there are " + joined(broker::Profile::names());
  }
  profile = *found;
  return std::nullopt;
}

// Not by CLI11, which would take -1 for the largest number, and has words of its own.
template <class Number>
Wrong read_number(const char* option, const std::string& text, Number min, Number max,
                  Number& number) {
  Number parsed = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, parsed);
  if (failure != std::errc{} || rest != end || parsed < min || parsed > max) {
    return std::string(option) + " '" + text + "' is not a number from " + std::to_string(min) +
           " to " + std::to_string(max);
  }
  number = parsed;
  return std::nullopt;
}

Wrong read_seed(const std::string& text, std::optional<std::uint64_t>& seed) {
  if (text.empty()) return std::nullopt;
  return read_number<std::uint64_t>("--seed", text, 0, UINT64_MAX, seed.emplace());
}

Wrong read_log_level(const std::string& name, LogLevel& level) {
  const std::optional<LogLevel> found = log_level_named(name);
  if (!found) {
    return "--log-level '" + name + "' is not known; there are " + joined(log_level_names());
  }
  level = *found;
  return std::nullopt;
}

Wrong read_durability(const std::string& name, Durability& durability) {
  if (name != "page-cache" && name != "fsync") {
    return "--durability '" + name + "' is not known; there are page-cache, fsync";
  }
  durability = name == "fsync" ? Durability::kFsync : Durability::kPageCache;
  return std::nullopt;
}

Wrong read_overrides(const std::vector<std::string>& texts, RuntimeOptions& runtime) {
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return "--override '" + text + "' is not NAME=VALUE, such as num.partitions=3";
    }
    runtime.overrides[text.substr(0, equals)] = text.substr(equals + 1);
  }
  const Wrong wrong = why_refused(runtime.profile, runtime.overrides);
  if (wrong) return "--override: " + *wrong;
  return std::nullopt;
}

Wrong read_topics(const std::vector<std::string>& texts, std::vector<TopicSpec>& topics) {
  for (const std::string& text : texts) {
    TopicSpec topic;
    const std::size_t colon = text.find(':');
    topic.name = text.substr(0, colon);
    if (const auto wrong = broker::invalid_topic_name(topic.name)) {
      return "--topic '" + text + "': " + *wrong;
    }
    if (colon != std::string::npos) {
      std::int32_t count = 0;
      const char* end = text.data() + text.size();
      const auto [rest, failure] = std::from_chars(text.data() + colon + 1, end, count);
      if (failure != std::errc{} || rest != end || count < 1) {
        return "--topic '" + text + "': the number of partitions is not a number from 1 on";
      }
      topic.partitions = count;
    }
    topics.push_back(std::move(topic));
  }
  return std::nullopt;
}

Wrong understand(const Raw& raw, Options& options) {
  options.prints_bootstrap = raw.prints_bootstrap;
  options.dumps_api_table = raw.dumps_api_table;
  options.dumps_property_table = raw.dumps_property_table;
  if (auto wrong = read_number("--nodes", raw.nodes, 1, kNodesMax, options.runtime.node_count)) {
    return wrong;
  }
  if (auto wrong = read_endpoints("--listen", raw.listen, options.runtime.listen)) return wrong;
  if (auto wrong = read_endpoints("--advertise", raw.advertise, options.runtime.advertise)) {
    return wrong;
  }
  options.runtime.racks = raw.racks;
  if (auto wrong = why_racks_unfit(options.runtime)) return "--rack: " + *wrong;
  if (auto wrong = read_profile(raw.profile, options.runtime.profile)) return wrong;
  options.runtime.data_dir = raw.data_dir;
  if (auto wrong = read_durability(raw.durability, options.runtime.durability)) return wrong;
  if (options.runtime.durability == Durability::kFsync && raw.data_dir.empty()) {
    return std::string("--durability fsync is for data on disk: give a --data-dir");
  }
  if (auto wrong = read_seed(raw.seed, options.runtime.seed)) return wrong;
  if (auto wrong = read_log_level(raw.log_level, options.log_level)) return wrong;
  if (auto wrong = read_overrides(raw.overrides, options.runtime)) return wrong;
  return read_topics(raw.topics, options.topics);
}

void declare_other(CLI::App& app, Raw& raw) {
  app.set_help_flag("-h,--help", "Print this help and exit")->group("Other");
  app.set_version_flag("--version", "understudy " UNDERSTUDY_VERSION, "Print the version and exit")
      ->group("Other");
  app.add_option("--log-level", raw.log_level,
                 "What is logged on stderr: " + joined(log_level_names()) + " [warn]")
      ->group("Other")
      ->type_name("LEVEL");
  app.add_flag("--dump-api-table", raw.dumps_api_table,
               "Print the APIs and versions that are served, and exit")
      ->group("Other");
  app.add_flag("--dump-property-table", raw.dumps_property_table,
               "Print which properties of topics and brokers have an effect, and exit")
      ->group("Other");
}

void declare(CLI::App& app, Raw& raw) {
  const auto repeatable = [](CLI::Option* option) {
    option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return option;
  };
  const char* network = "Network";
  repeatable(
      app.add_option("--listen", raw.listen,
                     "Where to listen; port 0 is a free one; node 2 takes the next port, and so "
                     "on, unless it is given once per node [127.0.0.1:0]"))
      ->group(network)
      ->type_name("HOST:PORT");
  repeatable(app.add_option(
                 "--advertise", raw.advertise,
                 "The address that clients get instead; port 0 is the one that is listened on; by "
                 "the same rule for several nodes"))
      ->group(network)
      ->type_name("HOST:PORT");
  app.add_flag(
         "--print-bootstrap", raw.prints_bootstrap,
         "Print host:port[,host:port...] on stdout once clients are answered, and nothing else")
      ->group(network);

  const char* data = "Data";
  app.add_option("--data-dir", raw.data_dir,
                 "Store everything in this directory, in Kafka's own format")
      ->group(data)
      ->type_name("DIR")
      ->check(CLI::Validator(
          [](const std::string& text) { return text.empty() ? "is empty" : std::string(); }, ""));
  app.add_option("--durability", raw.durability,
                 "What an acknowledged record survives: a killed process (page-cache), or a power "
                 "cut as well (fsync: acks=all waits for the disk) [page-cache]")
      ->group(data)
      ->type_name("MODE");

  const char* cluster = "Cluster";
  app.add_option("--nodes", raw.nodes, "How many brokers, each with its port [1]")
      ->group(cluster)
      ->type_name("N");
  app.add_option("--profile", raw.profile,
                 "The Kafka release to answer as: " + joined(broker::Profile::names()) + " [4.4]")
      ->group(cluster)
      ->type_name("RELEASE");
  repeatable(app.add_option("--rack", raw.racks, "The rack of a node; once per node"))
      ->group(cluster)
      ->type_name("NAME");
  repeatable(app.add_option("--override", raw.overrides,
                            "A broker property, as in server.properties; may be repeated"))
      ->group(cluster)
      ->type_name("NAME=VALUE");
  repeatable(app.add_option("--topic", raw.topics, "A topic to begin with; may be repeated"))
      ->group(cluster)
      ->type_name("NAME[:PARTITIONS]");
  app.add_option("--seed", raw.seed, "Draw the same random ids in every run")
      ->group(cluster)
      ->type_name("N");
}

// What CLI11 made nothing of.
Wrong read_rest(const CLI::App& app) {
  const std::vector<std::string> rest = app.remaining();
  if (rest.empty()) return std::nullopt;
  const std::string& first = rest.front();
  if (!first.starts_with('-') || first == "--") return "unexpected argument '" + first + "'";
  const std::string name = first.substr(0, first.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(option->get_name());
  return "unknown option " + name +
         did_you_mean(name, std::vector<std::string_view>(names.begin(), names.end()));
}

// CLI11's messages, as one line of ours.
std::string one_line(const CLI::ParseError& error) {
  std::string text = error.what();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// "--listen: 1 required HOST:PORT missing" and "--nodes: At Most 1 required but received 2".
std::string in_our_words(const CLI::ArgumentMismatch& mismatch) {
  constexpr std::string_view kNone = ": 1 required ";
  constexpr std::string_view kMissing = " missing";
  std::string text = one_line(mismatch);
  const std::size_t name_end = text.find(": ");
  if (text.find(kNone) == name_end && text.ends_with(kMissing)) {
    const std::size_t type = name_end + kNone.size();
    return text.substr(0, name_end) + " wants " +
           text.substr(type, text.size() - kMissing.size() - type);
  }
  if (text.find(": At Most 1 ") == name_end) return text.substr(0, name_end) + " is given twice";
  return text;
}

}  // namespace

std::variant<Options, EarlyExit> parse_options(int argc, const char* const* argv) {
  CLI::App app(kAbout, "understudy");
  app.footer(kExamples);
  app.get_formatter()->column_width(34);
  app.allow_extras();  // read_rest() has more to say about them
  Raw raw;
  declare_other(app, raw);
  declare(app, raw);
  const auto wrong_usage = [](const std::string& what) {
    return EarlyExit{kWrongUsage, "understudy: " + what + " (see --help)\n"};
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{0, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return EarlyExit{0, std::string(version.what()) + "\n"};
  } catch (const CLI::ArgumentMismatch& mismatch) {
    return wrong_usage(in_our_words(mismatch));
  } catch (const CLI::ParseError& error) {
    return wrong_usage(one_line(error));
  }
  if (const Wrong wrong = read_rest(app)) return wrong_usage(*wrong);
  Options options;
  if (const Wrong wrong = understand(raw, options)) return wrong_usage(*wrong);
  return options;
}

std::string api_table(const broker::Profile& profile) {
  std::string text = "| key | API | versions |\n|---:|---|---|\n";
  const broker::ServedApis apis(profile);
  for (const broker::ServedApi& api : apis.all()) {
    text += "| " + std::to_string(static_cast<int>(api.key())) + " | " +
            std::string(wire::name_of(api.key())) + " | " + std::to_string(api.versions.min);
    if (api.versions.max != api.versions.min) text += "-" + std::to_string(api.versions.max);
    text += " |\n";
  }
  return text;
}

}  // namespace understudy::server
