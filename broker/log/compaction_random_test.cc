// Random logs, compacted in several rounds with maps of any size, against a model that knows
// nothing of batches: what readers may and must see.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "broker/base/random.h"
#include "broker/log/compaction_test_support.h"

namespace understudy::broker {
namespace {

using codec::BatchView;
using compaction_test::batch_of;
using compaction_test::batches_in;
using compaction_test::Bytes;
using compaction_test::marker_of;
using compaction_test::ReadRecord;
using compaction_test::records_in;
using compaction_test::slice_of;
using compaction_test::TestRecord;

constexpr std::int64_t kDeleteRetention = 1000;

struct Model {
  struct Entry {
    ReadRecord record;
    bool is_visible = false;  // to who reads committed records
  };
  std::map<std::int64_t, Entry> records;  // of data, by offset
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>>
      last_batches;  // producer -> first and last offset
};

// A log that grows, is compacted up to some offset, and grows on.
class Simulation {
  struct Began {
    std::int64_t producer_id = 0;
    std::int64_t first_offset = 0;
  };

 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {}

  void run() {
    for (int round = 0; round < 6 && !testing::Test::HasFatalFailure(); ++round) {
      grow(10 + random_.below(40));
      now_ms_ += static_cast<std::int64_t>(random_.below(2 * kDeleteRetention));
      compact();
    }
  }

 private:
  void grow(std::uint64_t batches) {
    for (std::uint64_t i = 0; i < batches; ++i) {
      const auto open = open_.begin();
      if (open != open_.end() && random_.below(4) == 0) {
        end_transaction(open->first);
      } else {
        append_data();
      }
    }
    while (!open_.empty()) end_transaction(open_.begin()->first);
  }

  void append_data() {
    codec::BatchFields fields{.base_offset = end_offset_};
    fields.compression = static_cast<codec::CompressionType>(random_.below(5));
    const std::uint64_t producer = random_.below(6);
    if (producer >= 1) {
      fields.producer_id = static_cast<std::int64_t>(producer);
      fields.producer_epoch = 0;
      fields.base_sequence = sequences_[fields.producer_id];
    }
    fields.transactional = producer >= 4;
    if (fields.transactional) open_.try_emplace(fields.producer_id, end_offset_);
    std::vector<TestRecord> records;
    const std::uint64_t count = 1 + random_.below(6);
    for (std::uint64_t i = 0; i < count; ++i) records.push_back(any_record());
    for (const TestRecord& record : records) {
      model_.records[end_offset_] = {
          .record = {end_offset_, record.timestamp, record.key, record.value},
          .is_visible = !fields.transactional};
      ++end_offset_;
    }
    if (producer >= 1) {
      sequences_[fields.producer_id] += static_cast<std::int32_t>(records.size());
      model_.last_batches[fields.producer_id] = {fields.base_offset, end_offset_ - 1};
    }
    log_.push_back(batch_of(fields, records));
  }

  TestRecord any_record() {
    TestRecord record{.timestamp = now_ms_ + static_cast<std::int64_t>(random_.below(100))};
    if (random_.below(12) != 0) record.key = "key" + std::to_string(random_.below(25));
    if (random_.below(4) != 0) record.value = "value" + std::to_string(random_.next());
    return record;
  }

  void end_transaction(std::int64_t producer_id) {
    const std::int64_t first_offset = open_.at(producer_id);
    open_.erase(producer_id);
    const bool commits = random_.below(2) == 0;
    if (commits) {
      for (const Bytes& bytes : log_) {
        const BatchView batch(bytes);
        if (batch.producer_id() != producer_id || batch.base_offset() < first_offset) continue;
        for (std::int64_t at = batch.base_offset(); at <= batch.last_offset(); ++at) {
          model_.records.at(at).is_visible = true;
        }
      }
    } else {
      aborted_.push_back({producer_id, first_offset, end_offset_, end_offset_ + 1});
    }
    log_.push_back(marker_of(end_offset_,
                             commits ? codec::ControlType::kCommit : codec::ControlType::kAbort,
                             producer_id));
    markers_[end_offset_++] = {producer_id, first_offset};
  }

  void compact() {
    // The round may end before the log does, at any batch.
    const std::size_t cleaned_batches = log_.size() - random_.below(5);
    std::int64_t uncleanable = cleaned_batches == log_.size()
                                   ? end_offset_
                                   : BatchView(log_[cleaned_batches]).base_offset();
    for (const auto& [marker, began] : markers_) {  // as the last stable offset would
      if (marker >= uncleanable) uncleanable = std::min(uncleanable, began.first_offset);
    }
    if (uncleanable <= dirty_offset_) return;
    std::vector<Bytes> range, rest;
    for (const Bytes& bytes : log_) {
      (BatchView(bytes).base_offset() < uncleanable ? range : rest).push_back(bytes);
    }

    OffsetMap map(1 + random_.below(30));
    OffsetMapBuilder builder(map, {aborted_, dirty_offset_}, dirty_offset_);
    feed(
        range,
        [&](const wire::Slice& bytes) {
          const OffsetMapBuilder::Added added = builder.add(bytes);
          EXPECT_TRUE(added.verdict.ok()) << added.verdict.text;
          return builder.is_full() ? bytes.size() : added.bytes_used;
        },
        [&] { return builder.is_full(); });
    if (!builder.is_full()) builder.end_segment(uncleanable);

    const CleaningOptions options{
        .now_ms = now_ms_,
        .delete_retention_ms = kDeleteRetention,
        .kept_end_offset = uncleanable,
        .last_record_of = [this](std::int64_t id) -> std::optional<LastRecord> {
          if (id == 1) return std::nullopt;  // forgotten
          return LastRecord{.last_data_offset = model_.last_batches.at(id).second};
        }};
    CleanedTransactions transactions(aborted_, 0);
    SegmentCleaner cleaner(map, transactions, options);
    std::vector<Bytes> cleaned;
    feed(
        range,
        [&](const wire::Slice& bytes) {
          const CleanedChunk chunk = cleaner.clean(bytes);
          EXPECT_TRUE(chunk.verdict.ok()) << chunk.verdict.text;
          std::size_t position = 0;
          for (const CleanedBatch& batch : chunk.batches) {
            EXPECT_EQ(batch.position, position);
            position += batch.size_bytes;
            const wire::Slice piece = chunk.bytes.sub(batch.position, batch.size_bytes);
            cleaned.push_back(batches_in(piece).at(0));
            EXPECT_EQ(BatchView(cleaned.back()).last_offset(), batch.last_offset);
          }
          EXPECT_EQ(position, chunk.bytes.size());
          return chunk.bytes_used;
        },
        [] { return false; });

    check(range, cleaned, map.latest_offset(), uncleanable);
    dirty_offset_ = map.latest_offset() + 1;
    std::vector<AbortedTransaction> aborted = transactions.take_kept();
    for (const AbortedTransaction& transaction : aborted_) {
      if (transaction.last_offset >= uncleanable) aborted.push_back(transaction);
    }
    aborted_ = aborted;
    log_ = cleaned;
    log_.insert(log_.end(), rest.begin(), rest.end());
  }

  // Hands over the bytes in pieces that end anywhere, larger ones while one is too small.
  template <class Take, class Stop>
  void feed(const std::vector<Bytes>& batches, Take take, Stop stop) {
    const wire::Slice all = slice_of(batches);
    std::size_t position = 0;
    std::size_t piece = 1 + random_.below(400);
    while (position < all.size() && !stop()) {
      const std::size_t used = take(all.sub(position, std::min(piece, all.size() - position)));
      position += used;
      if (used != 0) continue;
      ASSERT_LT(piece, all.size()) << "it takes nothing at all";
      piece *= 2;
    }
  }

  void check(const std::vector<Bytes>& before, const std::vector<Bytes>& after,
             std::int64_t map_latest, std::int64_t uncleanable) {
    std::int64_t next_offset = 0;
    std::map<std::int64_t, ReadRecord> left;
    std::set<std::pair<std::int64_t, std::int64_t>> spans;
    std::map<std::int64_t, const Bytes*> headers;
    for (const Bytes& bytes : before) {
      const BatchView batch(bytes);
      spans.emplace(batch.base_offset(), batch.last_offset());
      headers[batch.base_offset()] = &bytes;
    }
    for (const Bytes& bytes : after) {
      const BatchView batch(bytes);
      ASSERT_TRUE(batch.has_valid_crc());
      ASSERT_GE(batch.base_offset(), next_offset) << "offsets rise";
      next_offset = batch.next_offset();
      ASSERT_TRUE(spans.contains({batch.base_offset(), batch.last_offset()}));
      const BatchView old(*headers.at(batch.base_offset()));
      ASSERT_EQ(batch.producer_id(), old.producer_id());
      ASSERT_EQ(batch.base_sequence(), old.base_sequence());
      ASSERT_EQ(batch.last_sequence(), old.last_sequence());
      if (batch.is_control()) continue;
      std::int64_t record_offset = batch.base_offset() - 1;
      for (const ReadRecord& record : records_in(bytes)) {
        ASSERT_GT(record.offset, record_offset);
        record_offset = record.offset;
        left[record.offset] = record;
      }
      ASSERT_LE(record_offset, batch.last_offset());
    }
    check_records(left, map_latest, uncleanable);
    check_markers(after, uncleanable);
    // The last batch of every producer that is remembered, and the round's last batch, are there.
    for (const auto& [producer_id, span] : model_.last_batches) {
      if (producer_id == 1 || span.second >= uncleanable) continue;
      ASSERT_TRUE(std::any_of(
          after.begin(), after.end(),
          [&](const Bytes& bytes) { return BatchView(bytes).last_offset() == span.second; }))
          << "of producer " << producer_id;
    }
    ASSERT_EQ(next_offset, BatchView(before.back()).next_offset());
  }

  void check_records(const std::map<std::int64_t, ReadRecord>& left, std::int64_t map_latest,
                     std::int64_t uncleanable) {
    // What is left is what was written, and was left before.
    std::map<std::string, std::int64_t> newest;  // among what the rounds have looked at
    for (const auto& [offset, entry] : model_.records) {
      if (offset <= map_latest && entry.is_visible && entry.record.key) {
        newest[*entry.record.key] = offset;
      }
    }
    for (const auto& [offset, record] : left) {
      const Model::Entry& entry = model_.records.at(offset);
      ASSERT_EQ(record, entry.record);
      ASSERT_FALSE(gone_.contains(offset)) << "nothing comes back";
      ASSERT_TRUE(entry.is_visible) << "data of an aborted transaction";
      if (offset > map_latest) continue;
      ASSERT_TRUE(record.key) << "a record without a key at " << offset;
      ASSERT_EQ(newest.at(*record.key), offset) << "superseded";
    }
    for (const auto& [offset, entry] : model_.records) {
      if (offset >= uncleanable || left.contains(offset)) continue;
      if (entry.is_visible && !gone_.contains(offset)) {
        ASSERT_LE(offset, map_latest) << "beyond the map everything stays";
        if (entry.record.key && newest.at(*entry.record.key) == offset) {
          ASSERT_FALSE(entry.record.value) << "the newest value of a key";
          ASSERT_TRUE(seen_at_.contains(offset)) << "no round has marked this tombstone";
          ASSERT_GE(now_ms_, seen_at_.at(offset) + kDeleteRetention) << "a tombstone too early";
        }
      }
      gone_.insert(offset);
    }
    for (const auto& [offset, record] : left) {
      if (!record.value) seen_at_.try_emplace(offset, now_ms_);
    }
  }

  // A marker is there as long as data of its transaction is.
  void check_markers(const std::vector<Bytes>& after, std::int64_t uncleanable) {
    for (const auto& [marker, began] : markers_) {
      if (marker >= uncleanable) continue;
      const auto found = std::find_if(after.begin(), after.end(), [&](const Bytes& bytes) {
        return BatchView(bytes).base_offset() == marker;
      });
      if (found != after.end()) continue;
      for (const Bytes& bytes : after) {
        const BatchView batch(bytes);
        ASSERT_FALSE(batch.is_transactional() && !batch.is_control() &&
                     batch.producer_id() == began.producer_id &&
                     batch.base_offset() >= began.first_offset && batch.base_offset() < marker)
            << "data without its marker at " << marker;
      }
    }
  }

  Random random_;
  std::int64_t now_ms_ = 1'000'000;
  std::int64_t end_offset_ = 0;
  std::int64_t dirty_offset_ = 0;
  std::vector<Bytes> log_;
  std::vector<AbortedTransaction> aborted_;
  std::map<std::int64_t, std::int64_t> open_;  // producer -> first offset
  std::map<std::int64_t, Began> markers_;
  std::map<std::int64_t, std::int32_t> sequences_;
  std::set<std::int64_t> gone_;
  std::map<std::int64_t, std::int64_t> seen_at_;
  Model model_;
};

TEST(CompactionRandom, LeavesWhatTheModelDoes) {
  const char* only = std::getenv("UNDERSTUDY_SEED");
  const std::uint64_t first = only ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t count = only ? 1 : 150;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("UNDERSTUDY_SEED=" + std::to_string(seed));
    Simulation(seed).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace understudy::broker
