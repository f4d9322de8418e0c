// Random directories that another broker may have left: any mixture of formats, gaps of any size,
// several segments, damaged batches. What is sound is served and stays in the files, byte for byte,
// whatever happens to the process; what is damaged is never served.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "broker/log/restart_test.h"
#include "codec/stored_batch.h"

namespace understudy::broker::restart_test {
namespace {

constexpr std::uint64_t kSeeds = 300;

// One batch, or one old message.
struct Piece {
  std::int64_t last_offset = 0;
  std::string bytes;
  bool is_damaged = false;
};
using Directory = std::map<std::int64_t, std::vector<Piece>>;  // segments by base offset

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::int64_t upto(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random_);
  }
  bool chance(int percent) { return upto(99) < percent; }

  Directory directory() {
    Directory directory;
    std::int64_t offset = chance(30) ? upto(1000) : 0;
    for (std::int64_t segments = 1 + upto(3); segments > 0; --segments) {
      std::vector<Piece>& pieces = directory[offset];
      for (std::int64_t count = upto(6); count > 0; --count) {
        offset += gap();
        pieces.push_back(piece(offset));
        offset = pieces.back().last_offset + 1;
      }
      offset += pieces.empty() ? 1 + gap() : gap();
    }
    return directory;
  }
  // A byte under the checksum.
  void damage(Piece& piece) {
    const std::size_t first = codec::kCrcStart;
    const auto at = first + static_cast<std::size_t>(
                                upto(static_cast<std::int64_t>(piece.bytes.size() - first) - 1));
    piece.bytes[at] = static_cast<char>(piece.bytes[at] ^ (1 << upto(7)));
    piece.is_damaged = true;
  }

 private:
  std::int64_t gap() {
    if (chance(60)) return 0;
    return chance(95) ? upto(20) : upto(3'000'000'000);  // more than a segment can span
  }
  Piece piece(std::int64_t base) {
    if (chance(40)) return old_piece(base);
    const auto more = static_cast<std::int32_t>(upto(2));
    const bool is_emptied = chance(10);  // by compaction
    codec::BatchFields fields{.base_offset = base,
                              .partition_leader_epoch = static_cast<std::int32_t>(upto(3)) - 1,
                              .last_offset_delta = more};
    if (!is_emptied) fields.compression = static_cast<codec::CompressionType>(upto(4));
    codec::RecordBatchBuilder builder(fields);
    for (std::int32_t i = 0; i <= more && !is_emptied; ++i) {
      builder.add({.timestamp = upto(9), .key = "k", .value = "v"});
    }
    const auto bytes = builder.build();
    return {base + more, {bytes.begin(), bytes.end()}};
  }
  Piece old_piece(std::int64_t base) {
    const auto magic = static_cast<std::int8_t>(upto(1));
    codec::OldMessageFields fields{
        .magic = magic, .offset = base, .timestamp = upto(9), .key = "k", .value = "v"};
    std::vector<std::uint8_t> bytes = codec::build_old_message(fields);
    if (chance(40)) {
      if (magic == 1) fields.offset = 0;
      const auto inner = codec::build_old_message(fields);
      const auto compressed = codec::compress(codec::CompressionType::kGzip, inner);
      bytes = codec::build_old_message({.magic = magic,
                                        .offset = base,
                                        .timestamp = fields.timestamp,
                                        .compression = codec::CompressionType::kGzip,
                                        .value = codec::text_of(compressed)});
    }
    return {base, {bytes.begin(), bytes.end()}};
  }

  std::mt19937_64 random_;
};

std::string joined(const std::vector<Piece>& pieces) {
  std::string bytes;
  for (const Piece& piece : pieces) bytes += piece.bytes;
  return bytes;
}

// A segment without an index is cut at its first damaged batch, and no other.
Directory sound_part(const Directory& directory) {
  Directory sound = directory;
  for (auto& [base, pieces] : sound) {
    const auto damaged =
        std::ranges::find_if(pieces, [](const Piece& piece) { return piece.is_damaged; });
    pieces.erase(damaged, pieces.end());
  }
  return sound;
}

class ForeignRandom : public RestartTest {
 protected:
  void put(const Directory& directory) {
    partition.reset();
    ASSERT_TRUE(storage.remove("t-0"));
    told.clear();
    for (const auto& [base, pieces] : directory) {
      ASSERT_TRUE(storage.replace(file(base, kLogSuffix), joined(pieces)));
    }
  }
  // Whatever segments it lies in now.
  std::string stored() {
    std::string bytes;
    for (const Storage::Entry& entry : storage.list("t-0")) {
      if (entry.name.ends_with(kLogSuffix)) bytes += *storage.load("t-0/" + entry.name);
    }
    return bytes;
  }
  std::string served() {
    std::string bytes;
    std::int64_t offset = partition->log_start_offset();
    while (offset < partition->high_watermark()) {
      const auto read = partition->read({.fetch_offset = offset,
                                         .max_bytes = 1,
                                         .upper_offset = partition->high_watermark(),
                                         .at_least_one_batch = true});
      if (!read || read->empty()) break;
      const auto batch = codec::StoredBatch::read(codec::view_of(*read));
      EXPECT_TRUE(batch && batch->has_valid_crc());
      bytes += read->view();
      offset = batch->next_offset();
    }
    return bytes;
  }
  void append(std::string& expected) {
    const wire::Slice batch = make_batch({.timestamp_ms = clock.wall_ms()});
    ASSERT_EQ(partition->append(batch, {}).kind, Kind::kAppended);
    expected += batch.view();
  }
};

TEST_F(ForeignRandom, WhatIsSoundIsServedAndStays) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Draw draw(seed);
    Directory directory = draw.directory();
    for (auto& [base, pieces] : directory) {
      if (!pieces.empty() && draw.chance(15)) {
        draw.damage(pieces[static_cast<std::size_t>(draw.upto(std::ssize(pieces) - 1))]);
      }
    }
    put(directory);
    std::string expected;
    for (const auto& [base, pieces] : sound_part(directory)) expected += joined(pieces);
    kill_and_start();
    for (int life = 0; life < 3; ++life) {
      ASSERT_EQ(stored(), expected) << "life " << life;
      ASSERT_EQ(served(), expected) << "life " << life;
      append(expected);
      if (draw.chance(50)) {
        stop_and_start();
      } else {
        kill_and_start(draw.chance(50) ? partition->recovery_point() : 0);
      }
    }
  }
}

}  // namespace
}  // namespace understudy::broker::restart_test
