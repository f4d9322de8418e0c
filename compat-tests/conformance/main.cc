// understudy_conformance: plays raw requests at a Kafka broker and checks the answers.
//
// The name of a test is the number of its scenario in the behaviour specification. Options of
// GoogleTest work as usual: --gtest_filter=Idempotence.S07*, --gtest_output=xml:FILE for JUnit.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "conformance/broker.h"

namespace {

constexpr std::string_view kUsage =
    "usage: understudy_conformance [--bootstrap HOST:PORT] [OPTION]... [GoogleTest options]\n"
    "\n"
    "  --bootstrap HOST:PORT     the broker to test; else the environment's KAFKA_BOOTSTRAP\n"
    "  --broker-command COMMAND  how to start the broker to test, for scenarios that stop or kill\n"
    "                            it: a command of the shell that prints host:port on its first\n"
    "                            line. {dir} in it stands for the data directory, {overrides} for\n"
    "                            --override KEY=VALUE ...\n"
    "  --kafka-command COMMAND   the same for a real Apache Kafka, whose directories the broker "
    "to\n"
    "                            test has to read\n"
    "  --dump-command COMMAND    Apache Kafka's DumpLogSegments, without its arguments\n"
    "  --work-dir DIR            keep the data directories in DIR\n"
    "  --strict                  fail, not skip, where a scenario needs a broker setting that "
    "this\n"
    "                            broker was not started with, or a command that is not given\n"
    "  --fresh                   the broker was just started and has not been used: play also "
    "what\n"
    "                            only a new cluster can show\n";

// An empty text if the options make sense.
std::string read_options(int argc, char** argv) {
  const char* from_environment = std::getenv("KAFKA_BOOTSTRAP");
  std::string bootstrap = from_environment ? from_environment : "";
  understudy::conformance::Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--strict") {
      settings.strict = true;
    } else if (option == "--fresh") {
      settings.fresh = true;
    } else if (option == "--bootstrap" && i + 1 < argc) {
      bootstrap = argv[++i];
    } else if (option == "--broker-command" && i + 1 < argc) {
      settings.broker_command = argv[++i];
    } else if (option == "--kafka-command" && i + 1 < argc) {
      settings.kafka_command = argv[++i];
    } else if (option == "--dump-command" && i + 1 < argc) {
      settings.dump_command = argv[++i];
    } else if (option == "--work-dir" && i + 1 < argc) {
      settings.work_dir = argv[++i];
    } else {
      return "unknown option " + std::string(option);
    }
  }
  if (bootstrap.empty() && settings.broker_command.empty()) {
    return "neither --bootstrap nor KAFKA_BOOTSTRAP nor --broker-command is given";
  }
  try {
    if (!bootstrap.empty()) {
      settings.bootstrap = understudy::conformance::parse_address(bootstrap);
    }
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  understudy::conformance::configure(settings);
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!testing::GTEST_FLAG(list_tests)) {
    const std::string problem = read_options(argc, argv);
    if (!problem.empty()) {
      std::cerr << "understudy_conformance: " << problem << "\n\n" << kUsage;
      return 2;
    }
  }
  return RUN_ALL_TESTS();
}
