// What fuzzers ask of a partition, whatever has become of its files: that what it serves is right.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "broker/log/partition.h"

namespace understudy::broker {

struct ReadBack {
  std::map<std::int64_t, std::string> batches;  // by base offset
  bool is_whole = true;                         // nothing was refused as damaged

  bool operator==(const ReadBack&) const = default;
};

// Reads everything that a consumer may read, as it would. Stops the process if a batch's checksum
// is wrong, if offsets do not rise, or if something is served that lies outside of the log.
ReadBack read_back(const Partition& partition);

// Whether the one holds nothing that the other has not.
bool is_part_of(const ReadBack& part, const ReadBack& whole);

// Whether one of the batches that follow one another in the bytes says that it ends behind `end`,
// where the next segment begins. With the right checksum that is no damage but a broken writer, and
// what becomes of its records is nobody's promise: a recovery takes them, a later start refuses
// them.
bool reaches_beyond(std::span<const std::uint8_t> batches, std::int64_t end);

// Puts right the checksums of the batches that follow one another in the bytes, as far as their
// lengths lead: no fuzzer finds a checksum by itself.
void put_checksums_right(std::span<std::uint8_t> batches);

}  // namespace understudy::broker
