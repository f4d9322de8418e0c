#include "durability/damage.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "codec/record_batch.h"

namespace understudy::durability {
namespace {

constexpr std::size_t kSnapshotHeaderSize = 10;

struct Part {
  const char* name;
  std::size_t begin;
  std::size_t end;
};

constexpr Part kBatchParts[] = {{"base_offset", 0, 8},
                                {"batch_length", 8, 12},
                                {"leader_epoch", 12, 16},
                                {"magic", 16, 17},
                                {"crc", 17, 21},
                                {"attributes", 21, 23},
                                {"last_offset_delta", 23, 27},
                                {"base_timestamp", 27, 35},
                                {"max_timestamp", 35, 43},
                                {"producer_id", 43, 51},
                                {"producer_epoch", 51, 53},
                                {"base_sequence", 53, 57},
                                {"record_count", 57, 61}};
constexpr Part kOffsetEntry[] = {{"offset", 0, 4}, {"position", 4, 8}};
constexpr Part kTimeEntry[] = {{"timestamp", 0, 8}, {"offset", 8, 12}};
constexpr Part kTransactionEntry[] = {{"version", 0, 2},
                                      {"producer_id", 2, 10},
                                      {"first_offset", 10, 18},
                                      {"last_offset", 18, 26},
                                      {"last_stable_offset", 26, 34}};
constexpr Part kSnapshotHeader[] = {{"version", 0, 2}, {"crc", 2, 6}, {"count", 6, 10}};
constexpr Part kSnapshotEntry[] = {{"producer_id", 0, 8},         {"producer_epoch", 8, 10},
                                   {"last_sequence", 10, 14},     {"last_offset", 14, 22},
                                   {"offset_delta", 22, 26},      {"timestamp", 26, 34},
                                   {"coordinator_epoch", 34, 38}, {"txn_first_offset", 38, 46}};

// The first, one in the middle, the last.
std::set<std::size_t> chosen(std::size_t count) {
  if (count == 0) return {};
  return {0, count / 2, count - 1};
}

template <std::size_t Count>
void add_parts(const Part (&parts)[Count], std::size_t at, std::size_t size,
               const std::string& name, std::vector<Field>& fields) {
  for (const Part& part : parts) {
    if (at + part.end > size) continue;
    fields.push_back({name + ", " + part.name, at + part.begin, at + part.end});
  }
}

template <std::size_t Count>
std::vector<Field> fields_of_entries(const Part (&parts)[Count], std::size_t header,
                                     std::string_view bytes) {
  const std::size_t entry_size = parts[Count - 1].end;
  const std::size_t count = bytes.size() < header ? 0 : (bytes.size() - header) / entry_size;
  std::vector<Field> fields;
  for (const std::size_t i : chosen(count)) {
    add_parts(parts, header + i * entry_size, bytes.size(),
              "entry " + std::to_string(i) + " of " + std::to_string(count), fields);
  }
  return fields;
}

std::vector<Field> fields_of_log(std::string_view bytes) {
  std::vector<std::pair<std::size_t, std::size_t>> batches;
  codec::BatchCursor cursor({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  for (std::size_t at = 0; cursor.next() == codec::BatchCursor::Step::kBatch;) {
    batches.emplace_back(at, at + cursor.batch().size());
    at = batches.back().second;
  }
  std::vector<Field> fields;
  for (const std::size_t i : chosen(batches.size())) {
    const auto [begin, end] = batches[i];
    const std::string name = "batch " + std::to_string(i) + " of " + std::to_string(batches.size());
    add_parts(kBatchParts, begin, bytes.size(), name, fields);
    if (end - begin > codec::kBatchHeaderSize) {
      fields.push_back({name + ", records", begin + codec::kBatchHeaderSize, end});
    }
  }
  return fields;
}

// Words between spaces, line ends, '=' and ':'.
std::vector<Field> fields_of_text(std::string_view bytes) {
  std::vector<Field> words;
  std::size_t line = 1;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find_first_of(" \n=:", at), bytes.size());
    if (end > at) {
      words.push_back(
          {"line " + std::to_string(line) + ", '" + std::string(bytes.substr(at, end - at)) + "'",
           at, end});
    }
    if (end < bytes.size() && bytes[end] == '\n') ++line;
    at = end + 1;
  }
  std::vector<Field> fields;
  // The head of the file, and of the rest a few.
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i < 8 || i + 4 > words.size() || i == words.size() / 2) fields.push_back(words[i]);
  }
  return fields;
}

bool is_text(FileKind kind) {
  switch (kind) {
    case FileKind::kLog:
    case FileKind::kOffsetIndex:
    case FileKind::kTimeIndex:
    case FileKind::kTransactionIndex:
    case FileKind::kSnapshot:
    case FileKind::kMetadataLog:
      return false;
    case FileKind::kLeaderEpochs:
    case FileKind::kPartitionMetadata:
    case FileKind::kMetaProperties:
    case FileKind::kRecoveryPoints:
    case FileKind::kLogStarts:
    case FileKind::kHighWatermarks:
    case FileKind::kCleanerOffsets:
    case FileKind::kCleanMarker:
      return true;
  }
  return false;
}

std::string garbage(std::size_t size, std::mt19937_64& random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = char(random());
  return bytes;
}

// Collects damages and drops what changes nothing.
class Workshop {
 public:
  Workshop(const std::string& bytes, std::mt19937_64& random) : bytes_(bytes), random_(random) {}

  void flip(const Field& field, std::size_t byte, int bit) {
    std::string changed = bytes_;
    changed[byte] = char(changed[byte] ^ (1 << bit));
    add("flip bit " + std::to_string(bit) + " of byte " + std::to_string(byte) + " (" + field.name +
            ")",
        std::move(changed));
  }

  void fill(const Field& field, const std::string& with_what, const std::string& filling) {
    std::string changed = bytes_;
    changed.replace(field.begin, filling.size(), filling);
    add(with_what + " in bytes " + std::to_string(field.begin) + " to " +
            std::to_string(field.end - 1) + " (" + field.name + ")",
        std::move(changed));
  }

  void replace(const Field& field, const std::string& word) {
    std::string changed = bytes_;
    changed.replace(field.begin, field.end - field.begin, word);
    add("'" + word + "' in place of " + field.name, std::move(changed));
  }

  void cut(std::size_t size) {
    if (size >= bytes_.size()) return;
    add("cut to " + std::to_string(size) + " of " + std::to_string(bytes_.size()) + " bytes",
        bytes_.substr(0, size));
  }

  void append(const std::string& what, const std::string& tail) { add(what, bytes_ + tail); }
  void whole(const std::string& what, std::string changed) { add(what, std::move(changed)); }
  void remove() { damages_.push_back({"delete", std::nullopt, 0, false}); }

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::mt19937_64& random() { return random_; }
  const std::string& bytes() const { return bytes_; }
  std::vector<Damage> take() { return std::move(damages_); }

 private:
  void add(std::string what, std::string changed) {
    if (changed == bytes_) return;
    const std::size_t common = std::min(changed.size(), bytes_.size());
    std::size_t begin = 0;
    while (begin < common && changed[begin] == bytes_[begin]) ++begin;
    const bool is_cut = begin == changed.size();
    damages_.push_back({std::move(what), std::move(changed), begin, is_cut});
  }

  const std::string& bytes_;
  std::mt19937_64& random_;
  std::vector<Damage> damages_;
};

void damage_binary(const std::vector<Field>& fields, Workshop& shop) {
  for (const Field& field : fields) {
    const std::size_t size = field.end - field.begin;
    shop.flip(field, field.begin, 7);
    shop.flip(field, field.end - 1, 0);
    shop.flip(field, field.begin + shop.below(size), int(shop.below(8)));
    shop.fill(field, "zeros", std::string(size, '\0'));
    shop.fill(field, "ones", std::string(size, '\xff'));
    shop.fill(field, "garbage", garbage(size, shop.random()));
    shop.cut(field.begin);
    shop.cut(field.begin + 1 + shop.below(size));
  }
  shop.append("4 zeros behind the end", std::string(4, '\0'));
  shop.append("200 zeros behind the end", std::string(200, '\0'));
  shop.append("7 bytes of garbage behind the end", garbage(7, shop.random()));
  shop.append("300 bytes of garbage behind the end", garbage(300, shop.random()));
  shop.append("the whole file once more behind the end", shop.bytes());
}

void damage_text(const std::vector<Field>& fields, Workshop& shop) {
  for (const Field& field : fields) {
    shop.flip(field, field.begin, 0);
    shop.flip(field, field.end - 1, 7);
    shop.flip(field, field.begin + shop.below(field.end - field.begin), int(shop.below(7)));
    for (const char* word : {"", "-1", "7", "99999999999999999999", "x", "0x10", " "}) {
      shop.replace(field, word);
    }
    shop.cut(field.begin);
    shop.cut(field.end);
  }
  shop.append("a line of words behind the end", "\nsome words here\n");
  shop.append("a line of numbers behind the end", "1 2\n");
  shop.append("garbage behind the end", garbage(20, shop.random()));
  shop.append("the whole file once more behind the end", shop.bytes());
}

}  // namespace

std::string_view name_of(FileKind kind) {
  static constexpr std::array<std::string_view, kFileKinds> kNames = {
      ".log",
      ".index",
      ".timeindex",
      ".txnindex",
      ".snapshot",
      "leader-epoch-checkpoint",
      "partition.metadata",
      "meta.properties",
      "recovery-point-offset-checkpoint",
      "log-start-offset-checkpoint",
      "replication-offset-checkpoint",
      "cleaner-offset-checkpoint",
      ".kafka_cleanshutdown",
      "__cluster_metadata-0 .log"};
  return kNames.at(std::size_t(kind));
}

std::optional<FileKind> kind_of(std::string_view path) {
  if (path.starts_with("__cluster_metadata")) {
    if (path.ends_with(".log")) return FileKind::kMetadataLog;
    return std::nullopt;
  }
  for (std::size_t kind = 0; kind < kFileKinds; ++kind) {
    const std::string_view name = name_of(FileKind(kind));
    if (FileKind(kind) == FileKind::kMetadataLog) continue;
    const bool is_suffix = FileKind(kind) <= FileKind::kSnapshot;
    if (is_suffix ? path.ends_with(name)
                  : path == name || path.ends_with("/" + std::string(name))) {
      return FileKind(kind);
    }
  }
  return std::nullopt;
}

std::vector<Field> fields_of(FileKind kind, std::string_view bytes) {
  switch (kind) {
    case FileKind::kLog:
    case FileKind::kMetadataLog:
      return fields_of_log(bytes);
    case FileKind::kOffsetIndex:
      return fields_of_entries(kOffsetEntry, 0, bytes);
    case FileKind::kTimeIndex:
      return fields_of_entries(kTimeEntry, 0, bytes);
    case FileKind::kTransactionIndex:
      return fields_of_entries(kTransactionEntry, 0, bytes);
    case FileKind::kSnapshot: {
      std::vector<Field> fields = fields_of_entries(kSnapshotEntry, kSnapshotHeaderSize, bytes);
      add_parts(kSnapshotHeader, 0, bytes.size(), "header", fields);
      return fields;
    }
    default:
      return fields_of_text(bytes);
  }
}

std::vector<Damage> damages_of(FileKind kind, const std::string& bytes, std::mt19937_64& random) {
  Workshop shop(bytes, random);
  shop.remove();
  if (!bytes.empty()) shop.whole("empty", "");
  shop.whole("garbage of the same size", garbage(bytes.size(), random));
  shop.whole("zeros of the same size", std::string(bytes.size(), '\0'));
  shop.cut(1);
  shop.cut(bytes.size() / 2);
  if (!bytes.empty()) shop.cut(bytes.size() - 1);
  const std::vector<Field> fields = fields_of(kind, bytes);
  if (is_text(kind)) {
    damage_text(fields, shop);
  } else {
    damage_binary(fields, shop);
  }
  return shop.take();
}

}  // namespace understudy::durability
