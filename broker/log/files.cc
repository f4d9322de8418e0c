#include "broker/log/files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>

#include "wire/base64.h"

namespace understudy::broker {
namespace {

constexpr std::string_view kCheckpointVersion = "0";
constexpr std::size_t kDirectoryNameMax = 255;

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

std::string hexadecimal(const wire::Uuid& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : id.bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
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

std::string set_aside_directory(const TopicPartition& partition, const wire::Uuid& unique_id,
                                std::string_view suffix) {
  const std::string end = "-" + std::to_string(partition.partition) + "." + hexadecimal(unique_id) +
                          std::string(suffix);
  return partition.topic.substr(0, kDirectoryNameMax - end.size()) + end;
}

bool is_set_aside_directory(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 + suffix.size() >= name.size()) return false;
  return partition_in_directory_name(name.substr(0, dot)).has_value();
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
  return "#\nversion=" + std::to_string(properties.version) +
         "\nnode.id=" + std::to_string(properties.node_id.value_or(1)) +
         "\ncluster.id=" + properties.cluster_id + "\ndirectory.id=" + properties.directory_id +
         "\n";
}

// A file of Java's properties, without the escapes that no value here needs.
namespace {

constexpr std::string_view kPropertyBlanks = " \t\f";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kPropertyBlanks), text.size()));
}

// Up to one of `ends` that has no backslash before it; backslashes go (java.util.Properties).
std::string take_unescaped(std::string_view& line, std::string_view ends) {
  std::string taken;
  while (!line.empty() && ends.find(line.front()) == std::string_view::npos) {
    if (line.front() == '\\' && line.size() > 1) line.remove_prefix(1);
    taken += line.front();
    line.remove_prefix(1);
  }
  return taken;
}

// As java.util.Properties reads a file, but for lines that go on and characters by number. Nothing
// if the file is cut.
std::optional<std::map<std::string, std::string>> read_java_properties(std::string_view text) {
  const auto lines = whole_lines(text);
  if (!lines) return std::nullopt;
  std::map<std::string, std::string> values;
  for (std::string_view line : *lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    skip_blanks(line);
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    const std::string name = take_unescaped(line, "=: \t\f");
    skip_blanks(line);
    if (!line.empty() && (line.front() == '=' || line.front() == ':')) line.remove_prefix(1);
    skip_blanks(line);
    values[name] = take_unescaped(line, "");
  }
  return values;
}

}  // namespace

std::variant<MetaProperties, std::string> read_meta_properties(std::string_view text) {
  static const std::string kDamaged = "damaged";
  auto read = read_java_properties(text);
  static constexpr const char* kKnown[] = {"version", "cluster.id", "broker.id", "node.id"};
  const bool says_something =
      read && std::ranges::any_of(kKnown, [&](const char* name) { return read->contains(name); });
  if (!says_something) return kDamaged;
  std::map<std::string, std::string>& values = *read;
  MetaProperties properties{.cluster_id = values["cluster.id"],
                            .directory_id = values["directory.id"]};
  // Without the line it is 0 (MetaProperties).
  const auto version = values.contains("version") ? parse<std::int32_t>(values["version"]) : 0;
  if (!version) return kDamaged;
  properties.version = *version;
  if (*version < 0 || *version > 1) {
    return "is of version " + std::to_string(*version) + ", and only 0 and 1 are known";
  }
  const char* const id_name = *version == 0 ? "broker.id" : "node.id";
  if (values.contains(id_name)) {
    properties.node_id = parse<std::int32_t>(values[id_name]);
    // Version 0 may say that it was not known yet.
    const bool is_drawn_later = *version == 0 && properties.node_id == -1;
    if (is_drawn_later) properties.node_id.reset();
    if (!is_drawn_later && (!properties.node_id || *properties.node_id < 0)) return kDamaged;
  }
  const bool is_whole = properties.node_id && !properties.cluster_id.empty();
  if (*version == 1 && !is_whole) return kDamaged;
  return properties;
}

}  // namespace understudy::broker
