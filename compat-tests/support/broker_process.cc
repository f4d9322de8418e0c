#include "support/broker_process.h"

#include <csignal>
#include <stdexcept>

namespace understudy::support {
namespace {

constexpr int kEndedBySigterm = 128 + SIGTERM;  // as shells and the JVM say it

std::string quoted(const std::string& text) {
  std::string inside;
  for (const char c : text) inside += c == '\'' ? "'\\''" : std::string(1, c);
  return "'" + inside + "'";
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string command_line(const BrokerCommand& command) {
  std::string overrides;
  for (const std::string& override : command.overrides) {
    overrides += " --override " + quoted(override);
  }
  std::string program = command.command;
  replace_all(program, "{dir}", quoted(command.data_dir.string()));
  replace_all(program, "{overrides}", overrides);
  return "exec " + program;
}

Process::Options options_of(const BrokerCommand& command) {
  std::filesystem::create_directories(command.temp_dir);
  return {.command = {"/bin/sh", "-c", command_line(command)},
          .environment = {"TMPDIR=" + command.temp_dir.string()},
          // A script has to stop the broker that it started.
          .signal_if_we_die = SIGTERM};
}

bool is_as_asked(const Ending& ending) {
  return ending.code == 0 || ending.code == kEndedBySigterm || ending.signal == SIGTERM;
}

}  // namespace

BrokerProcess::BrokerProcess(const BrokerCommand& command) : process_(options_of(command)) {
  const auto line = process_.await_line(kPatience);
  if (!line) throw std::runtime_error("the broker ended, or printed no address in time");
  addresses_ = parse_addresses(*line);
}

void BrokerProcess::await_group_end() {
  if (!process_.await_group_end(kPatience)) {
    throw std::runtime_error("the broker did not end in time");
  }
}

void BrokerProcess::stop() {
  if (!process_.is_running()) throw std::runtime_error("the broker has ended by itself");
  process_.send_signal(SIGTERM);
  const auto ending = process_.wait(kPatience);
  if (!ending) throw std::runtime_error("the broker did not end in time");
  await_group_end();
  if (!is_as_asked(*ending)) throw std::runtime_error("the broker ended with " + ending->text());
}

void BrokerProcess::kill() {
  process_.kill();
  await_group_end();
}

}  // namespace understudy::support
