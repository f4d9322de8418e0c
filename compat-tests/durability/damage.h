// Ways to damage one file of a data directory: what can be done to it, field by field.
//
// Pure: bytes in, bytes out.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::durability {

enum class FileKind : std::uint8_t {
  kLog,
  kOffsetIndex,
  kTimeIndex,
  kTransactionIndex,
  kSnapshot,
  kLeaderEpochs,
  kPartitionMetadata,
  kMetaProperties,
  kRecoveryPoints,
  kLogStarts,
  kHighWatermarks,
  kCleanerOffsets,
  kCleanMarker,
  kMetadataLog,
};
inline constexpr std::size_t kFileKinds = 14;
std::string_view name_of(FileKind kind);

// By the path inside the data directory; nothing for other files (".lock").
std::optional<FileKind> kind_of(std::string_view path);

// A part of a file that means something, or just lies somewhere.
struct Field {
  std::string name;  // "batch 3 of 9, base_offset"
  std::size_t begin = 0;
  std::size_t end = 0;
};
// Of a text: each line's words. Of anything that is shorter than it should be: what is there.
std::vector<Field> fields_of(FileKind kind, std::string_view bytes);

struct Damage {
  std::string what;                  // "flip bit 3 of byte 17 (batch 1 of 9, crc)"
  std::optional<std::string> bytes;  // what the file holds now; nothing: it is gone
  std::size_t begin = 0;             // the first byte that is not as it was
  bool is_cut = false;               // nothing but bytes at the end are missing
};

// Every damage of this file that the program knows; the same ones for the same seed.
std::vector<Damage> damages_of(FileKind kind, const std::string& bytes, std::mt19937_64& random);

}  // namespace understudy::durability
