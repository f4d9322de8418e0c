#include "durability/corrupt_run.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace understudy::durability {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kStartPatience(30'000);
constexpr milliseconds kStopPatience(30'000);
constexpr int kRefusalCode = 1;

std::string read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Half of the first lives end by a kill, half cleanly.
bool was_killed(const Case& one) { return one.number % 2 == 1; }

// A person has to find the file and learn what can be done about it.
bool says_what_to_do(const std::string& line) {
  static constexpr const char* kVerbs[] = {"remove", "delete",  "restore", "move",   "make",
                                           "repair", "correct", "start",   "choose", "put"};
  return std::any_of(std::begin(kVerbs), std::end(kVerbs),
                     [&](const char* verb) { return line.find(verb) != std::string::npos; });
}

}  // namespace

std::string Case::name() const {
  return std::string(name_of(reference->shutdown)) + ":" + path + ":" + std::to_string(number);
}

CorruptRun::CorruptRun(const CorruptOptions& options) : options_(options) {}

int CorruptRun::run() {
  make_references();
  for (const Reference& reference : references_) {
    for (const std::string& complaint : check_the_checks(reference)) {
      std::cout << "FAILED " << name_of(reference.shutdown) << ", undamaged: " << complaint << "\n";
      ++wrong_;
    }
  }
  if (wrong_ > 0) return wrong_;  // then nothing else says anything
  collect_cases();
  choose_cases();
  for (const Case& one : cases_) play(one);
  return wrong_;
}

void CorruptRun::make_references() {
  for (const Shutdown shutdown : {Shutdown::kClean, Shutdown::kCrash}) {
    const fs::path folder = options_.folder / std::string(name_of(shutdown));
    fs::create_directories(folder);
    references_.push_back(make_reference(options_.broker, folder, shutdown));
  }
}

void CorruptRun::copy_reference(const Reference& reference) const {
  fs::remove_all(data());
  fs::copy(reference.data, data(), fs::copy_options::recursive);
  // A segment without records counts by when it was written.
  for (const auto& entry : fs::recursive_directory_iterator(reference.data)) {
    const fs::path copy = data() / fs::relative(entry.path(), reference.data);
    fs::last_write_time(copy, entry.last_write_time());
  }
  fs::remove(errors());
}

std::vector<std::string> CorruptRun::command() const {
  std::vector<std::string> words = broker_arguments(data());
  words.insert(words.begin(), options_.broker);
  return words;
}

support::Process::Options CorruptRun::process_options() const {
  return {.command = command(), .environment = {}, .errors_file = errors().string()};
}

std::vector<std::string> CorruptRun::check_the_checks(const Reference& reference) {
  copy_reference(reference);
  support::Process process(process_options());
  const auto address = process.await_line(kStartPatience);
  if (!address) return {"the broker does not start: " + read_file(errors())};
  support::RawClient client(support::parse_address(*address), "corrupt");
  std::vector<std::string> complaints = check_broker(client, reference, {}).complaints;
  const auto must_notice = [&](const std::string& what, const Reference& changed) {
    if (check_broker(client, changed, {}).complaints.empty()) {
      complaints.push_back("the checks do not notice " + what);
    }
  };
  for (std::size_t i = 0; i < reference.partitions.size(); ++i) {
    if (reference.partitions[i].batches.empty()) continue;
    Reference changed = reference;
    KnownPartition& partition = changed.partitions[i];
    const std::string where = " in " + partition.directory();
    KnownBatch& batch = partition.batches.back();
    std::string bytes(batch.bytes.view());
    bytes.back() = char(bytes.back() ^ 1);
    batch.bytes = wire::Slice::copy_of(bytes);
    must_notice("a changed byte" + where, changed);
    partition = reference.partitions[i];
    partition.batches.push_back(partition.batches.back());
    ++partition.batches.back().base_offset;
    ++partition.batches.back().last_offset;
    ++partition.end_offset;
    must_notice("a missing batch" + where, changed);
    partition = reference.partitions[i];
    ++partition.producers.front().last_sequence;
    must_notice("another producer state" + where, changed);
    partition = reference.partitions[i];
    ++partition.times.front().offset;
    must_notice("another time" + where, changed);
  }
  Reference changed = reference;
  changed.topics["gone"] = {};
  changed.retention_ms["gone"] = "";
  must_notice("a missing topic", changed);
  changed = reference;
  changed.retention_ms.begin()->second = "17";
  must_notice("another config", changed);
  return complaints;
}

void CorruptRun::collect_cases() {
  for (const Reference& reference : references_) {
    for (const auto& [path, bytes] : reference.files) {
      const std::optional<FileKind> kind = kind_of(path);
      if (!kind) continue;
      // By the path: the same whatever else there is.
      std::seed_seq seed(path.begin(), path.end());
      std::mt19937_64 random(seed);
      std::vector<Damage> damages = damages_of(*kind, bytes, random);
      for (std::size_t number = 0; number < damages.size(); ++number) {
        cases_.push_back({&reference, path, *kind, number, std::move(damages[number])});
      }
    }
  }
  for (std::size_t kind = 0; kind < kFileKinds; ++kind) {
    const bool is_there = std::any_of(cases_.begin(), cases_.end(),
                                      [&](const Case& one) { return one.kind == FileKind(kind); });
    if (!is_there) {
      std::cout << "not damaged, because the broker wrote none: " << name_of(FileKind(kind))
                << "\n";
    }
  }
}

// From every kind as many, as far as there are.
void CorruptRun::choose_cases() {
  std::erase_if(cases_, [&](const Case& one) {
    return !one.name().starts_with(options_.only) ||
           (!options_.kind.empty() && name_of(one.kind) != options_.kind);
  });
  if (cases_.empty()) throw std::runtime_error("there is no such case");
  if (options_.cases == 0) return;
  std::mt19937_64 random(options_.seed);
  std::shuffle(cases_.begin(), cases_.end(), random);
  std::map<FileKind, int> counts;
  std::vector<std::pair<int, std::size_t>> ranked;
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    ranked.emplace_back(counts[cases_[i].kind]++, i);
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.resize(std::min(ranked.size(), std::size_t(options_.cases)));
  std::vector<Case> chosen;
  for (const auto& [rank, i] : ranked) chosen.push_back(std::move(cases_[i]));
  cases_ = std::move(chosen);
}

void CorruptRun::play(const Case& one) {
  copy_reference(*one.reference);
  const fs::path file = data() / one.path;
  if (one.damage.bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << *one.damage.bytes;
  } else {
    fs::remove(file);
  }
  std::vector<std::string> complaints;
  Outcome outcome = Outcome::kWrong;
  try {
    outcome = judge(one, complaints);
  } catch (const std::exception& error) {
    complaints.push_back(error.what());
  }
  if (!complaints.empty()) {
    outcome = Outcome::kWrong;
    ++wrong_;
    std::cout << "FAILED " << one.name() << "\n  " << one.path << ": " << one.damage.what << "\n";
    for (const std::string& complaint : complaints) std::cout << "  " << complaint << "\n";
    const std::string errors_text = read_file(errors());
    if (!errors_text.empty()) std::cout << "  stderr: " << errors_text.substr(0, 500) << "\n";
    std::cout.flush();
  }
  ++outcomes_[one.kind][std::size_t(outcome)];
}

CorruptRun::Outcome CorruptRun::judge(const Case& one, std::vector<std::string>& complaints) {
  // Twice: what a broker made of the damage has to hold for the next start, too.
  std::array<CheckResult, 2> lives;
  for (const int life : {1, 2}) {
    support::Process process(process_options());
    const auto address = process.await_line(kStartPatience);
    if (!address) {
      if (life == 1) return judge_refusal(one, process, complaints);
      complaints.emplace_back("the second start fails");
      return Outcome::kWrong;
    }
    CheckResult& result = lives[std::size_t(life) - 1];
    if (!check_life(one, process, *address, life, result, complaints)) return Outcome::kWrong;
  }
  compare_lives(one, lives[0], lives[1], complaints);
  if (!lives[0].is_available || !lives[1].is_available) return Outcome::kUnavailable;
  return lives[0].is_complete && lives[1].is_complete ? Outcome::kUnharmed : Outcome::kReduced;
}

// What the first start found is what the second one finds, but that it may recover, and cut, what
// the first one only refused to read; how far is said by the allowance.
void CorruptRun::compare_lives(const Case& one, const CheckResult& first, const CheckResult& second,
                               std::vector<std::string>& complaints) const {
  const std::string damaged = fs::path(one.path).parent_path().string();
  for (const auto& [directory, end] : first.ends) {
    const auto now = second.ends.find(directory);
    if (now != second.ends.end() && now->second == end) continue;
    if (now != second.ends.end() && now->second < end && directory == damaged &&
        one.kind == FileKind::kLog) {
      continue;
    }
    complaints.push_back(directory + ": the second start finds another end than the first, " +
                         std::to_string(end));
  }
}

// The partition's files under another name, none of them missing or changed.
bool CorruptRun::is_put_aside_whole(const Case& one) const {
  const std::string directory = fs::path(one.path).parent_path().string();
  for (const auto& entry : fs::directory_iterator(data())) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(directory) || !name.ends_with("-stray")) continue;
    return std::all_of(
        one.reference->files.begin(), one.reference->files.end(), [&](const auto& file) {
          const fs::path path(file.first);
          if (path.parent_path() != directory || kind_of(file.first) != FileKind::kLog) return true;
          return read_file(entry.path() / path.filename()) == file.second;
        });
  }
  return false;
}

// False if there is no use in going on.
bool CorruptRun::check_life(const Case& one, support::Process& process, const std::string& address,
                            int life, CheckResult& result, std::vector<std::string>& complaints) {
  const Allowance allowance = allowance_for(*one.reference, one.path, one.kind, one.damage);
  const std::string when = "life " + std::to_string(life) + ": ";
  try {
    support::RawClient client(support::parse_address(address), "corrupt");
    result = check_broker(client, *one.reference, allowance);
    for (const std::string& complaint : result.complaints) complaints.push_back(when + complaint);
    if (result.is_put_aside && !is_put_aside_whole(one)) {
      complaints.push_back(when + "the partition begins anew, and its records are nowhere");
    }
    if (life == 2 && complaints.empty()) {
      for (const std::string& complaint : check_append(client, *one.reference, allowance, result)) {
        complaints.push_back(when + complaint);
      }
    }
  } catch (const std::exception& error) {
    complaints.push_back(when + error.what());
  }
  const auto ended = process.wait(milliseconds(0));
  if (ended) {
    complaints.push_back(when + "the broker ended by itself: " + ended->text());
    return false;
  }
  if (life == 1 && !was_killed(one)) {
    process.send_signal(SIGTERM);
    const auto ending = process.wait(kStopPatience);
    if (!ending || ending->code != 0) {
      complaints.push_back(when + "the broker does not stop well: " +
                           (ending ? ending->text() : std::string("it hangs")));
      return false;
    }
  } else {
    process.kill();
  }
  return true;
}

CorruptRun::Outcome CorruptRun::judge_refusal(const Case& one, support::Process& process,
                                              std::vector<std::string>& complaints) {
  const auto ending = process.wait(milliseconds(500));
  if (!ending) {
    complaints.emplace_back("it neither starts nor refuses to");
    return Outcome::kWrong;
  }
  if (ending->code != kRefusalCode) {
    complaints.push_back("it neither starts nor refuses with exit code 1, but " + ending->text());
    return Outcome::kWrong;
  }
  const std::vector<std::string> lines = lines_of(read_file(errors()));
  if (lines.size() != 1) {
    complaints.push_back("it refuses with " + std::to_string(lines.size()) + " lines, not one");
    return Outcome::kWrong;
  }
  const std::string& line = lines.front();
  if (line.find(one.path) == std::string::npos) {
    complaints.emplace_back("the line of its refusal does not name the file");
  } else if (!says_what_to_do(line)) {
    complaints.emplace_back("the line of its refusal does not say what to do");
  }
  std::string shown = line;
  for (std::size_t found; (found = shown.find(data().string())) != std::string::npos;) {
    shown.replace(found, data().string().size(), "DIR");
  }
  refusals_.insert(shown);
  return Outcome::kRefused;
}

void CorruptRun::print_summary() const {
  std::cout << std::left << std::setw(36) << "file" << std::right;
  for (const char* const title : {"unharmed", "reduced", "unavailable", "refused", "WRONG"}) {
    std::cout << std::setw(12) << title;
  }
  std::cout << "\n";
  int total = 0;
  for (const auto& [kind, counts] : outcomes_) {
    std::cout << std::left << std::setw(36) << name_of(kind) << std::right;
    for (const int count : counts) {
      std::cout << std::setw(12) << count;
      total += count;
    }
    std::cout << "\n";
  }
  std::cout << total << " damaged directories, " << wrong_ << " of them handled wrongly\n";
  if (!refusals_.empty()) std::cout << "refusals:\n";
  for (const std::string& line : refusals_) std::cout << "  " << line << "\n";
}

}  // namespace understudy::durability
