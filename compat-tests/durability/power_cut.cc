#include "durability/power_cut.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

namespace understudy::durability {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSectorSize = 512;

std::optional<std::pair<std::uint64_t, std::uint64_t>> id_of(const fs::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return std::pair<std::uint64_t, std::uint64_t>(status.st_dev, status.st_ino);
}

std::uint64_t number_below(std::uint64_t limit, std::mt19937_64& random) {
  return limit == 0 ? 0 : random() % limit;
}

// Sector by sector from `begin` on: as it was, zeros, or garbage.
void spoil(const fs::path& file, std::uint64_t begin, std::uint64_t size, std::mt19937_64& random) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  for (std::uint64_t at = begin; at < size;) {
    const std::uint64_t end = std::min(size, (at / kSectorSize + 1) * kSectorSize);
    std::string sector(end - at, '\0');
    const std::uint64_t fate = number_below(3, random);
    if (fate == 1) {
      for (char& c : sector) c = char(random());
    }
    if (fate != 2) {
      stream.seekp(std::streamoff(at));
      stream.write(sector.data(), std::streamsize(sector.size()));
    }
    at = end;
  }
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

bool holds_records(const fs::path& file) {
  return file.extension() == ".log" &&
         !file.parent_path().filename().string().starts_with("__cluster_metadata");
}

// `size` is more than `synced`. Returns what was done.
std::string tear(const fs::path& file, std::uint64_t synced, std::uint64_t size,
                 std::mt19937_64& random) {
  const std::string of = " of " + std::to_string(size - synced) + " bytes that were not synced";
  switch (number_below(4, random)) {
    case 0:
      return "kept all" + of;
    case 1:
      fs::resize_file(file, synced);
      return "lost all" + of;
    case 2: {
      const std::uint64_t rest = number_below(size - synced, random);
      fs::resize_file(file, synced + rest);
      return "kept the first " + std::to_string(rest) + of;
    }
    default: {
      const std::uint64_t rest = 1 + number_below(size - synced, random);
      fs::resize_file(file, synced + rest);
      spoil(file, synced, synced + rest, random);
      return "kept and spoiled the first " + std::to_string(rest) + of;
    }
  }
}

}  // namespace

PowerCut::PowerCut(fs::path directory, fs::path notes)
    : directory_(std::move(directory)), notes_(std::move(notes)) {}

void PowerCut::read_notes() {
  std::ifstream stream(notes_, std::ios::binary);
  SyncNote note{};
  while (stream.read(reinterpret_cast<char*>(&note), sizeof note)) {
    const Id id(note.device, note.inode);
    if (note.kind == SyncNote::kSynced) {
      std::uint64_t& size = synced_[id];
      size = std::max(size, note.size);
      continue;
    }
    const auto found = synced_.find(id);
    if (found == synced_.end()) continue;
    if (note.size == 0) {
      synced_.erase(found);  // also a new file in the place of one that is gone
    } else {
      found->second = std::min(found->second, note.size);
    }
  }
  stream.close();
  std::error_code ignored;
  fs::remove(notes_, ignored);
}

PowerCut::Known PowerCut::known(const fs::path& file) const {
  const auto id = id_of(file);
  if (!id) return {};
  const auto found = synced_.find(*id);
  if (found == synced_.end()) return {};
  return {.is_synced = true, .size = std::min<std::uint64_t>(found->second, fs::file_size(file))};
}

std::vector<std::string> PowerCut::strike(std::mt19937_64& random) {
  read_notes();
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> done;
  for (const fs::path& file : files) {
    if (strikes_records_only_ && !holds_records(file)) continue;
    const Known safe = known(file);
    const std::uint64_t size = fs::file_size(file);
    if (safe.is_synced && safe.size == size) continue;
    const std::string name = file.lexically_relative(directory_).string() + ": ";
    if (!safe.is_synced && number_below(2, random) == 0) {
      fs::remove(file);
      done.push_back(name + "gone, it was never synced");
    } else if (safe.size < size) {
      done.push_back(name + tear(file, safe.size, size, random));
    }
  }
  // From here on this is what the disk holds.
  synced_.clear();
  for (const fs::path& file : files) {
    if (const auto id = id_of(file)) synced_[*id] = fs::file_size(file);
  }
  return done;
}

}  // namespace understudy::durability
