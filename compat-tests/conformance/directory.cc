#include "conformance/directory.h"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "codec/crc32c.h"
#include "codec/record_batch.h"
#include "conformance/broker.h"

namespace understudy::conformance {

namespace fs = std::filesystem;

namespace {

constexpr std::int16_t kSnapshotVersion = 1;
constexpr std::size_t kSnapshotHeaderSize = 10;
constexpr std::size_t kSnapshotCrcStart = 6;
constexpr std::size_t kSnapshotEntrySize = 46;
constexpr std::size_t kOffsetIndexEntrySize = 8;
constexpr std::size_t kTimeIndexEntrySize = 12;
constexpr int kOffsetDigits = 20;

template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  if (at + sizeof(T) > bytes.size()) throw std::runtime_error("a file is too short");
  return codec::detail::load<T>(reinterpret_cast<const std::uint8_t*>(bytes.data()) + at);
}

std::int64_t base_offset_of(const fs::path& file) { return std::stoll(file.stem().string()); }

}  // namespace

OwnedDirectory::OwnedDirectory(const std::string& name) {
  is_kept_ = !settings().work_dir.empty();
  if (is_kept_) {
    path_ = fs::absolute(settings().work_dir) / unique_name(name);
    fs::create_directories(path_);
    return;
  }
  std::string pattern = fs::temp_directory_path() / ("understudy-" + name + ".XXXXXX");
  if (!mkdtemp(pattern.data())) throw std::system_error(errno, std::generic_category(), pattern);
  path_ = pattern;
}

OwnedDirectory::~OwnedDirectory() {
  std::error_code ignored;
  if (!is_kept_) fs::remove_all(path_, ignored);
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return content.str();
}

void write_content(const fs::path& file, std::string_view content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content << std::flush;
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void cut_off(const fs::path& file, std::uintmax_t size) {
  fs::resize_file(file, fs::file_size(file) - size);
}

void append_to(const fs::path& file, std::string_view bytes) {
  std::string content = content_of(file);
  content += bytes;
  write_content(file, content);
}

void flip_bit_of_byte(const fs::path& file, std::int64_t position) {
  std::string content = content_of(file);
  char& byte =
      content.at(std::size_t(position < 0 ? position + std::int64_t(content.size()) : position));
  byte = char(byte ^ 0x10);
  write_content(file, content);
}

std::map<std::int64_t, SnapshotEntry> read_snapshot(const fs::path& file) {
  const std::string bytes = content_of(file);
  const auto count = number_at<std::int32_t>(bytes, kSnapshotCrcStart);
  const std::string_view covered = std::string_view(bytes).substr(kSnapshotCrcStart);
  const std::uint32_t crc = codec::crc32c(covered.data(), covered.size());
  if (number_at<std::int16_t>(bytes, 0) != kSnapshotVersion ||
      number_at<std::uint32_t>(bytes, 2) != crc ||
      bytes.size() != kSnapshotHeaderSize + std::size_t(count) * kSnapshotEntrySize) {
    throw std::runtime_error(file.string() + " is no producer snapshot");
  }
  std::map<std::int64_t, SnapshotEntry> entries;
  for (std::int32_t i = 0; i < count; ++i) {
    const std::string_view entry =
        std::string_view(bytes).substr(kSnapshotHeaderSize + std::size_t(i) * kSnapshotEntrySize);
    const auto producer_id = number_at<std::int64_t>(entry, 0);
    entries[producer_id] = {.producer_id = producer_id,
                            .producer_epoch = number_at<std::int16_t>(entry, 8),
                            .last_sequence = number_at<std::int32_t>(entry, 10),
                            .last_offset = number_at<std::int64_t>(entry, 14),
                            .offset_delta = number_at<std::int32_t>(entry, 22),
                            .timestamp = number_at<std::int64_t>(entry, 26),
                            .coordinator_epoch = number_at<std::int32_t>(entry, 34),
                            .current_txn_first_offset = number_at<std::int64_t>(entry, 38)};
  }
  return entries;
}

std::vector<OffsetIndexEntry> read_offset_index(const fs::path& file) {
  const std::string bytes = content_of(file);
  std::vector<OffsetIndexEntry> entries;
  for (std::size_t at = 0; at < bytes.size(); at += kOffsetIndexEntrySize) {
    entries.push_back({.offset = base_offset_of(file) + number_at<std::int32_t>(bytes, at),
                       .position = number_at<std::int32_t>(bytes, at + 4)});
  }
  return entries;
}

std::vector<TimeIndexEntry> read_time_index(const fs::path& file) {
  const std::string bytes = content_of(file);
  std::vector<TimeIndexEntry> entries;
  for (std::size_t at = 0; at < bytes.size(); at += kTimeIndexEntrySize) {
    entries.push_back({.timestamp = number_at<std::int64_t>(bytes, at),
                       .offset = base_offset_of(file) + number_at<std::int32_t>(bytes, at + 8)});
  }
  return entries;
}

OffsetCheckpoint read_checkpoint(const fs::path& file) {
  OffsetCheckpoint offsets;
  if (!fs::exists(file)) return offsets;
  std::istringstream lines(content_of(file));
  int version = -1;
  std::size_t count = 0;
  if (!(lines >> version)) return offsets;
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  lines >> count;
  while (lines >> topic >> partition >> offset) offsets[{topic, partition}] = offset;
  if (version != 0 || offsets.size() != count) {
    throw std::runtime_error(file.string() + " is no checkpoint of version 0");
  }
  return offsets;
}

PartitionDirectory::PartitionDirectory(const fs::path& data_dir, const std::string& topic,
                                       std::int32_t partition)
    : path_(data_dir / (topic + "-" + std::to_string(partition))) {}

fs::path PartitionDirectory::file(std::int64_t offset, std::string_view extension) const {
  const std::string digits = std::to_string(offset);
  return path_ / (std::string(std::size_t(kOffsetDigits) - digits.size(), '0') + digits + "." +
                  std::string(extension));
}

std::vector<fs::path> PartitionDirectory::all(std::string_view extension) const {
  std::vector<fs::path> files;
  for (const std::string& name : names()) {
    if (name.ends_with("." + std::string(extension))) files.push_back(path_ / name);
  }
  return files;
}

}  // namespace understudy::conformance
