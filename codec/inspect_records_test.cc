// The first of the two halves of validate.h; the other is in validate_test.cc.
#include <gtest/gtest.h>

#include <limits>

#include "codec/testing/support.h"
#include "codec/validate.h"

namespace understudy::codec {
namespace {

using test::Bytes;
using test::from_hex;
using test::idempotent;
using test::joined;

Bytes three_keys(BatchFields fields = idempotent()) {
  return RecordBatchBuilder(std::move(fields))
      .add({.timestamp = 1000, .key = "a"})
      .add({.timestamp = 1001, .key = "b"})
      .add({.timestamp = 1002, .key = "c"})
      .build();
}

TEST(InspectRecords, TakesOneWholeBatchAndCutsOffATornOne) {
  const Bytes batch = three_keys();
  for (const std::size_t extra : {0, 1, 16, 60}) {
    const Bytes records =
        joined(batch, Bytes(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(extra)));
    const RecordsInspection inspection = inspect_records(records);
    EXPECT_TRUE(inspection.verdict.ok());
    EXPECT_EQ(inspection.batch.size(), batch.size());
    EXPECT_EQ(inspection.producer_id, 7000);
    EXPECT_EQ(inspection.producer_epoch, 0);
    EXPECT_FALSE(inspection.transactional);
  }
}

TEST(InspectRecords, RefusesWhatHoldsNoWholeBatch) {
  const Bytes batch = three_keys();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{11}, std::size_t{61}, batch.size() - 1}) {
    const RecordsInspection inspection = inspect_records(ByteView(batch).first(size));
    EXPECT_EQ(inspection.verdict.error, ErrorCode::kInvalidRecord) << size;
    EXPECT_EQ(inspection.scope, VerdictScope::kPartition);
    EXPECT_TRUE(inspection.batch.empty());
  }
}

TEST(InspectRecords, RefusesASecondBatch) {
  const Bytes batch = three_keys();
  const RecordsInspection inspection = inspect_records(joined(batch, batch));
  EXPECT_EQ(inspection.verdict.error, ErrorCode::kInvalidRecord);
  EXPECT_EQ(inspection.scope, VerdictScope::kPartition);
}

TEST(InspectRecords, RefusesOldFormatsForThePartitionAndUnknownOnesForTheRequest) {
  for (const int magic : {0, 1}) {
    BatchFields fields;
    fields.magic = static_cast<std::int8_t>(magic);
    const RecordsInspection inspection = inspect_records(three_keys(fields));
    EXPECT_EQ(inspection.verdict.error, ErrorCode::kInvalidRecord);
    EXPECT_EQ(inspection.scope, VerdictScope::kPartition);
  }
  for (const int magic : {-1, 3}) {
    BatchFields fields;
    fields.magic = static_cast<std::int8_t>(magic);
    const RecordsInspection inspection = inspect_records(three_keys(fields));
    EXPECT_EQ(inspection.verdict.error, ErrorCode::kCorruptMessage);
    EXPECT_EQ(inspection.scope, VerdictScope::kRequest);
  }
}

TEST(InspectRecords, RefusesABadSizeField) {
  BatchFields fields;
  fields.batch_length = 13;
  RecordsInspection inspection = inspect_records(three_keys(fields));
  EXPECT_EQ(inspection.verdict.error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(inspection.scope, VerdictScope::kRequest);
  fields.batch_length = std::numeric_limits<std::int32_t>::max();
  inspection = inspect_records(three_keys(fields));
  EXPECT_EQ(inspection.verdict.error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(inspection.scope, VerdictScope::kRequest);
  // In the second batch it is the partition's own.
  inspection = inspect_records(joined(three_keys(), from_hex("0000000000000000 0000000d")));
  EXPECT_EQ(inspection.verdict.error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(inspection.scope, VerdictScope::kPartition);
}

TEST(InspectRecords, SomeFaultsFailTheRequestOnlyIfThePartitionExists) {
  BatchFields fields;
  fields.attributes = 6;  // a compression type that has no name
  RecordsInspection inspection = inspect_records(three_keys(fields), ZstdRule::kRefused);
  EXPECT_EQ(inspection.verdict.error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(inspection.scope, VerdictScope::kRequestIfPartitionExists);
  inspection = inspect_records(
      joined(three_keys(), from_hex("0000000000000000 7fffffff 00000000 02 00000000")));
  EXPECT_EQ(inspection.verdict.error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(inspection.scope, VerdictScope::kRequestIfPartitionExists);
}

TEST(InspectRecords, LeavesABatchShorterThanAHeaderToTheAppend) {
  BatchFields fields;
  fields.batch_length = 14;
  Bytes bytes = three_keys(fields);
  bytes.resize(26);
  const RecordsInspection inspection = inspect_records(bytes);
  EXPECT_TRUE(inspection.verdict.ok());
  EXPECT_EQ(inspection.producer_id, kNoProducerId);
  const ValidationResult result = validate_batch({}, inspection.batch, 1000);
  EXPECT_EQ(result.error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(result.stage, ValidationStage::kBatch);
}

TEST(InspectRecords, KnowsZstdOnlyWhereTheVersionDoes) {
  BatchFields fields = idempotent();
  fields.compression = CompressionType::kZstd;
  const Bytes zstd = three_keys(fields);
  EXPECT_TRUE(inspect_records(zstd, ZstdRule::kAllowed).verdict.ok());
  const RecordsInspection refused = inspect_records(zstd, ZstdRule::kRefused);
  EXPECT_EQ(refused.verdict.error, ErrorCode::kUnsupportedCompressionType);
  EXPECT_EQ(refused.scope, VerdictScope::kPartition);
  EXPECT_TRUE(inspect_records(three_keys(), ZstdRule::kRefused).verdict.ok());
  // Zstd is looked for before a second batch is.
  EXPECT_EQ(inspect_records(joined(zstd, zstd), ZstdRule::kRefused).verdict.error,
            ErrorCode::kUnsupportedCompressionType);
}

TEST(InspectRecords, TellsOfTransactionsEvenIfTheVerdictIsBad) {
  BatchFields fields = idempotent();
  fields.transactional = true;
  const Bytes batch = three_keys(fields);
  EXPECT_TRUE(inspect_records(batch).transactional);
  const RecordsInspection two = inspect_records(joined(batch, batch));
  EXPECT_FALSE(two.verdict.ok());
  EXPECT_TRUE(two.transactional);
}

}  // namespace
}  // namespace understudy::codec
