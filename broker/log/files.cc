#include "broker/log/files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>

#include "wire/base64.h"

namespace understudy::broker {
namespace {

constexpr std::string_view kCheckpointVersion = "0";
constexpr std::string_view kMetaPropertiesVersion = "1";

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Every line ends with a newline; nothing if the last one does not.
std::optional<std::vector<std::string_view>> whole_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t space = line.find(' ');
    parts.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return parts;
    line.remove_prefix(space + 1);
  }
}

// The entries' lines of a checkpoint file, as many as it says.
std::optional<std::vector<std::string_view>> checkpoint_entries(std::string_view text) {
  auto lines = whole_lines(text);
  if (!lines || lines->size() < 2 || lines->front() != kCheckpointVersion) return std::nullopt;
  const auto count = parse<std::uint64_t>((*lines)[1]);
  if (!count || *count != lines->size() - 2) return std::nullopt;
  lines->erase(lines->begin(), lines->begin() + 2);
  return lines;
}

std::string checkpoint_head(std::size_t count) {
  return std::string(kCheckpointVersion) + "\n" + std::to_string(count) + "\n";
}

std::optional<wire::Uuid> parse_uuid(std::string_view text) {
  const auto bytes = wire::base64_decode(text, wire::Base64::kUrlSafe);
  wire::Uuid id;
  if (!bytes || bytes->size() != id.bytes.size()) return std::nullopt;
  std::ranges::copy(*bytes, id.bytes.begin());
  return id;
}

}  // namespace

std::string offset_file_name(std::int64_t offset, std::string_view suffix) {
  std::string name = std::to_string(offset);
  name.insert(0, kOffsetDigits - std::min(name.size(), kOffsetDigits), '0');
  return name.append(suffix);
}

std::optional<std::int64_t> offset_in_file_name(std::string_view name, std::string_view suffix) {
  if (name.size() != kOffsetDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const auto offset = parse<std::int64_t>(name.substr(0, kOffsetDigits));
  return offset && *offset >= 0 ? offset : std::nullopt;
}

std::string partition_directory(std::string_view topic, std::int32_t partition) {
  return std::string(topic) + "-" + std::to_string(partition);
}

std::optional<TopicPartition> partition_in_directory_name(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1);
  const auto partition = parse<std::int32_t>(digits);
  if (!partition || *partition < 0 || std::to_string(*partition) != digits) return std::nullopt;
  return TopicPartition{std::string(name.substr(0, dash)), *partition};
}

std::string write_offset_checkpoint(const OffsetCheckpoint& offsets) {
  std::string text = checkpoint_head(offsets.size());
  for (const auto& [partition, offset] : offsets) {
    text += partition.topic + " " + std::to_string(partition.partition) + " " +
            std::to_string(offset) + "\n";
  }
  return text;
}

std::optional<OffsetCheckpoint> read_offset_checkpoint(std::string_view text) {
  const auto lines = checkpoint_entries(text);
  if (!lines) return std::nullopt;
  OffsetCheckpoint offsets;
  for (const std::string_view line : *lines) {
    const auto parts = words(line);
    if (parts.size() != 3) return std::nullopt;
    const auto partition = parse<std::int32_t>(parts[1]);
    const auto offset = parse<std::int64_t>(parts[2]);
    if (!partition || !offset || *offset < 0) return std::nullopt;
    offsets[{std::string(parts[0]), *partition}] = *offset;
  }
  return offsets;
}

std::string write_leader_epochs(const std::vector<LeaderEpochs::Entry>& entries) {
  std::string text = checkpoint_head(entries.size());
  for (const LeaderEpochs::Entry& entry : entries) {
    text += std::to_string(entry.epoch) + " " + std::to_string(entry.start_offset) + "\n";
  }
  return text;
}

std::optional<std::vector<LeaderEpochs::Entry>> read_leader_epochs(std::string_view text) {
  const auto lines = checkpoint_entries(text);
  if (!lines) return std::nullopt;
  std::vector<LeaderEpochs::Entry> entries;
  for (const std::string_view line : *lines) {
    const auto parts = words(line);
    if (parts.size() != 2) return std::nullopt;
    const auto epoch = parse<std::int32_t>(parts[0]);
    const auto start = parse<std::int64_t>(parts[1]);
    if (!epoch || !start || *epoch < 0 || *start < 0) return std::nullopt;
    const bool rises =
        entries.empty() || (*epoch > entries.back().epoch && *start > entries.back().start_offset);
    if (!rises) return std::nullopt;
    entries.push_back({*epoch, *start});
  }
  return entries;
}

std::string write_partition_metadata(const wire::Uuid& topic_id) {
  return "version: 0\ntopic_id: " + wire::to_string(topic_id);
}

std::optional<wire::Uuid> read_partition_metadata(std::string_view text) {
  static constexpr std::string_view kStart = "version: 0\ntopic_id: ";
  if (!text.starts_with(kStart)) return std::nullopt;
  text.remove_prefix(kStart.size());
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto id = parse_uuid(text);
  return id && !id->is_zero() ? id : std::nullopt;
}

std::string write_meta_properties(const MetaProperties& properties) {
  return "#\nversion=" + std::string(kMetaPropertiesVersion) +
         "\nnode.id=" + std::to_string(properties.node_id) +
         "\ncluster.id=" + properties.cluster_id + "\ndirectory.id=" + properties.directory_id +
         "\n";
}

std::optional<MetaProperties> read_meta_properties(std::string_view text) {
  const auto lines = whole_lines(text);
  if (!lines) return std::nullopt;
  std::map<std::string_view, std::string_view> values;
  for (const std::string_view line : *lines) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  if (values["version"] != kMetaPropertiesVersion) return std::nullopt;
  const auto node_id = parse<std::int32_t>(values["node.id"]);
  if (!node_id || values["cluster.id"].empty()) return std::nullopt;
  return MetaProperties{.node_id = *node_id,
                        .cluster_id = std::string(values["cluster.id"]),
                        .directory_id = std::string(values["directory.id"])};
}

}  // namespace understudy::broker
