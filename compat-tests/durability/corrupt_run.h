// One run of understudy_corrupt: damaged copies of a data directory, and what the broker makes of
// each.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "durability/damage.h"
#include "durability/damage_check.h"
#include "durability/reference.h"
#include "support/process.h"

namespace understudy::durability {

struct CorruptOptions {
  std::string broker;
  std::filesystem::path folder;
  int cases = 400;   // 0: all
  std::string only;  // the cases whose names begin like this, and no other
  std::string kind;  // and this kind of file
  std::uint64_t seed = 0;
};

// "clean:orders-0/00000000000000000000.log:17" names the damage number 17 of that file.
struct Case {
  const Reference* reference = nullptr;
  std::string path;
  FileKind kind{};
  std::size_t number = 0;
  Damage damage;

  std::string name() const;
};

class CorruptRun {
 public:
  explicit CorruptRun(const CorruptOptions& options);

  // The number of cases that went wrong; they are told on stdout as they happen.
  int run();
  void print_summary() const;

 private:
  enum class Outcome : std::uint8_t {
    kUnharmed,
    kReduced,      // what was damaged is missing, or said to be unreadable
    kUnavailable,  // and so is something sound in the same segment
    kRefused,
    kWrong
  };
  static constexpr std::size_t kOutcomes = 5;

  void make_references();
  void collect_cases();
  void choose_cases();
  // The checks themselves: nothing is wrong with an undamaged copy, and a changed reference is
  // noticed.
  std::vector<std::string> check_the_checks(const Reference& reference);
  void play(const Case& one);
  Outcome judge(const Case& one, std::vector<std::string>& complaints);
  Outcome judge_refusal(const Case& one, support::Process& process,
                        std::vector<std::string>& complaints);
  bool check_life(const Case& one, support::Process& process, const std::string& address, int life,
                  CheckResult& result, std::vector<std::string>& complaints);
  void compare_lives(const Case& one, const CheckResult& first, const CheckResult& second,
                     std::vector<std::string>& complaints) const;
  bool is_put_aside_whole(const Case& one) const;
  void copy_reference(const Reference& reference) const;
  std::vector<std::string> command() const;
  support::Process::Options process_options() const;
  std::filesystem::path data() const { return options_.folder / "data"; }
  std::filesystem::path errors() const { return options_.folder / "stderr"; }

  CorruptOptions options_;
  std::vector<Reference> references_;
  std::vector<Case> cases_;
  std::map<FileKind, std::array<int, kOutcomes>> outcomes_;
  std::set<std::string> refusals_;
  int wrong_ = 0;
};

}  // namespace understudy::durability
