#include "durability/damage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "codec/record.h"

namespace understudy::durability {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

std::string log_of(int batches) {
  std::string bytes;
  for (int i = 0; i < batches; ++i) {
    const auto batch = codec::RecordBatchBuilder({.base_offset = i})
                           .add({.timestamp = 1000, .key = "k", .value = "value"})
                           .build();
    bytes.append(batch.begin(), batch.end());
  }
  return bytes;
}

TEST(FileKinds, AreToldByThePath) {
  EXPECT_EQ(kind_of("orders-0/00000000000000000000.log"), FileKind::kLog);
  EXPECT_EQ(kind_of("orders-0/00000000000000000000.index"), FileKind::kOffsetIndex);
  EXPECT_EQ(kind_of("orders-0/00000000000000000000.timeindex"), FileKind::kTimeIndex);
  EXPECT_EQ(kind_of("orders-0/00000000000000000000.txnindex"), FileKind::kTransactionIndex);
  EXPECT_EQ(kind_of("orders-0/00000000000000000017.snapshot"), FileKind::kSnapshot);
  EXPECT_EQ(kind_of("orders-0/leader-epoch-checkpoint"), FileKind::kLeaderEpochs);
  EXPECT_EQ(kind_of("orders-0/partition.metadata"), FileKind::kPartitionMetadata);
  EXPECT_EQ(kind_of("meta.properties"), FileKind::kMetaProperties);
  EXPECT_EQ(kind_of("recovery-point-offset-checkpoint"), FileKind::kRecoveryPoints);
  EXPECT_EQ(kind_of("log-start-offset-checkpoint"), FileKind::kLogStarts);
  EXPECT_EQ(kind_of("replication-offset-checkpoint"), FileKind::kHighWatermarks);
  EXPECT_EQ(kind_of("cleaner-offset-checkpoint"), FileKind::kCleanerOffsets);
  EXPECT_EQ(kind_of(".kafka_cleanshutdown"), FileKind::kCleanMarker);
  EXPECT_EQ(kind_of("__cluster_metadata-0/00000000000000000000.log"), FileKind::kMetadataLog);
  EXPECT_EQ(kind_of(".lock"), std::nullopt);
}

TEST(Damages, ReachEveryFieldOfABatch) {
  const std::string bytes = log_of(5);
  std::mt19937_64 random(1);
  const std::vector<Damage> damages = damages_of(FileKind::kLog, bytes, random);
  for (const char* field :
       {"base_offset", "batch_length", "leader_epoch", "magic", "crc", "attributes",
        "last_offset_delta", "base_timestamp", "max_timestamp", "producer_id", "producer_epoch",
        "base_sequence", "record_count", "records"}) {
    for (const char* batch : {"batch 0 of 5", "batch 2 of 5", "batch 4 of 5"}) {
      EXPECT_THAT(
          damages,
          Contains(Field(&Damage::what,
                         AllOf(HasSubstr("flip"), HasSubstr(std::string(batch) + ", " + field)))));
    }
  }
}

TEST(Damages, ChangeSomethingAndSayWhere) {
  const std::string log = log_of(3);
  const std::string text = "0\n2\norders 0 17\norders 1 4\n";
  std::mt19937_64 random(1);
  for (const auto& [kind, bytes] :
       {std::pair(FileKind::kLog, log), std::pair(FileKind::kRecoveryPoints, text)}) {
    for (const Damage& damage : damages_of(kind, bytes, random)) {
      if (!damage.bytes) continue;
      ASSERT_NE(*damage.bytes, bytes) << damage.what;
      ASSERT_EQ(damage.bytes->substr(0, damage.begin), bytes.substr(0, damage.begin));
      const bool is_cut = bytes.starts_with(*damage.bytes);
      ASSERT_EQ(damage.is_cut, is_cut) << damage.what;
      if (is_cut || bytes.size() == damage.begin) continue;
      ASSERT_NE(damage.bytes->substr(damage.begin, 1), bytes.substr(damage.begin, 1))
          << damage.what;
    }
  }
}

TEST(Damages, AreTheSameForTheSameSeed) {
  const std::string bytes = log_of(3);
  const auto texts = [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::string> found;
    for (const Damage& damage : damages_of(FileKind::kLog, bytes, random)) {
      found.push_back(damage.what + damage.bytes.value_or(""));
    }
    return found;
  };
  EXPECT_EQ(texts(1), texts(1));
  EXPECT_NE(texts(1), texts(2));
}

TEST(Fields, AreTheWordsOfATextFile) {
  EXPECT_THAT(fields_of(FileKind::kLeaderEpochs, "0\n1\n0 25\n"), SizeIs(4));
  EXPECT_THAT(fields_of(FileKind::kPartitionMetadata, "version: 0\ntopic_id: abc"), SizeIs(4));
}

TEST(Fields, AreThoseOfEachWholeEntry) {
  EXPECT_THAT(fields_of(FileKind::kOffsetIndex, std::string(80, 'x')), SizeIs(3 * 2));
  EXPECT_THAT(fields_of(FileKind::kTimeIndex, std::string(12, 'x')), SizeIs(2));
  EXPECT_THAT(fields_of(FileKind::kSnapshot, std::string(56, 'x')), SizeIs(8 + 3));
  EXPECT_THAT(fields_of(FileKind::kSnapshot, std::string(3, 'x')), SizeIs(1));
  EXPECT_THAT(fields_of(FileKind::kOffsetIndex, "abc"), SizeIs(0));
}

}  // namespace
}  // namespace understudy::durability
