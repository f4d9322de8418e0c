#include "codec/record.h"

#include <gtest/gtest.h>

#include "codec/testing/support.h"
#include "codec/varint.h"

namespace understudy::codec {
namespace {

using test::Bytes;
using test::from_hex;
using test::joined;
using test::sized;
using test::varint;

constexpr CompressionType kAllTypes[] = {CompressionType::kNone, CompressionType::kGzip,
                                         CompressionType::kSnappy, CompressionType::kLz4,
                                         CompressionType::kZstd};

// attributes, timestamp delta, offset delta, no key, no value, no headers
const Bytes kLeastBody = from_hex("00 00 00 01 01 00");

// A batch of one record that is `bytes`, whatever that is.
Bytes batch_of(const Bytes& bytes, CompressionType compression = CompressionType::kNone,
               std::int32_t count = 1) {
  BatchFields fields;
  fields.compression = compression;
  fields.record_count = count;
  fields.base_timestamp = 1000;
  return RecordBatchBuilder(fields).add_raw(bytes).build();
}

ErrorCode verdict_of(const Bytes& record, CompressionType compression = CompressionType::kNone) {
  return check_records(batch_of(record, compression)).error;
}

TEST(Varint, ReadsWhatItWrites) {
  for (const std::int64_t value :
       {0L, 1L, -1L, 63L, 64L, -64L, -65L, 1L << 31, -(1L << 31), (1L << 31) - 1,
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    Bytes out;
    append_varlong(out, value);
    EXPECT_EQ(out.size(), static_cast<std::size_t>(size_of_varlong(value)));
    const std::uint8_t* at = out.data();
    std::int64_t back = 0;
    EXPECT_EQ(read_varlong(at, out.data() + out.size(), back), VarintStatus::kOk);
    EXPECT_EQ(back, value);
    EXPECT_EQ(at, out.data() + out.size());
    const std::uint8_t* again = out.data();
    EXPECT_EQ(read_varlong(again, out.data() + out.size() - 1, back), VarintStatus::kEnd);

    const auto small = static_cast<std::int32_t>(value);
    Bytes out32;
    append_varint(out32, small);
    EXPECT_EQ(out32.size(), static_cast<std::size_t>(size_of_varint(small)));
    const std::uint8_t* at32 = out32.data();
    std::int32_t back32 = 0;
    EXPECT_EQ(read_varint(at32, out32.data() + out32.size(), back32), VarintStatus::kOk);
    EXPECT_EQ(back32, small);
  }
}

TEST(Varint, MayBeLongerThanItNeedBeButNotTooLong) {
  std::int32_t value = 0;
  const Bytes five = from_hex("82 80 80 80 00");
  const std::uint8_t* at = five.data();
  EXPECT_EQ(read_varint(at, five.data() + 5, value), VarintStatus::kOk);
  EXPECT_EQ(value, 1);
  const Bytes six = from_hex("82 80 80 80 80 00");
  at = six.data();
  EXPECT_EQ(read_varint(at, six.data() + 6, value), VarintStatus::kTooLong);
  std::int64_t large = 0;
  const Bytes ten = from_hex("82 80 80 80 80 80 80 80 80 00");
  at = ten.data();
  EXPECT_EQ(read_varlong(at, ten.data() + 10, large), VarintStatus::kOk);
  EXPECT_EQ(large, 1);
  const Bytes eleven = from_hex("82 80 80 80 80 80 80 80 80 80 00");
  at = eleven.data();
  EXPECT_EQ(read_varlong(at, eleven.data() + 11, large), VarintStatus::kTooLong);
}

TEST(RecordBatchBuilder, MakesTheBytesOfAProducer) {
  const Bytes bytes =
      RecordBatchBuilder({.producer_id = 7000, .producer_epoch = 0, .base_sequence = 0})
          .add({.timestamp = 1700000000000, .key = "k", .value = "v"})
          .build();
  EXPECT_EQ(bytes, test::golden_produced());
}

TEST(RecordBatchBuilder, DerivesWhatIsNotGiven) {
  const Bytes bytes = RecordBatchBuilder({.base_offset = 100})
                          .add({.timestamp = 50})
                          .add({.timestamp = 70})
                          .add({.timestamp = 60}, 7)
                          .build();
  const BatchView batch(bytes);
  EXPECT_TRUE(check_batch(bytes).ok());
  EXPECT_EQ(batch.base_timestamp(), 50);
  EXPECT_EQ(batch.max_timestamp(), 70);
  EXPECT_EQ(batch.last_offset_delta(), 7);
  EXPECT_EQ(batch.record_count(), 3);
  EXPECT_EQ(batch.last_offset(), 107);
  EXPECT_EQ(static_cast<std::size_t>(batch.batch_length()), bytes.size() - 12);
}

TEST(RecordBatchBuilder, LiesWhenTold) {
  BatchFields fields;
  fields.magic = 1;
  fields.attributes = 0xabcd;
  fields.base_timestamp = 1;
  fields.max_timestamp = 2;
  fields.last_offset_delta = 3;
  fields.record_count = 4;
  fields.batch_length = 5;
  fields.crc = 6;
  const Bytes bytes = RecordBatchBuilder(fields).add({.timestamp = 50}).build();
  const BatchView batch(bytes);
  EXPECT_EQ(batch.magic(), 1);
  EXPECT_EQ(batch.attributes(), 0xabcd);
  EXPECT_EQ(batch.base_timestamp(), 1);
  EXPECT_EQ(batch.max_timestamp(), 2);
  EXPECT_EQ(batch.last_offset_delta(), 3);
  EXPECT_EQ(batch.record_count(), 4);
  EXPECT_EQ(batch.batch_length(), 5);
  EXPECT_EQ(batch.crc(), 6u);
}

TEST(RecordReader, ReadsWhatWasBuiltInEveryCodec) {
  const std::string large(100000, 'x');
  for (const CompressionType type : kAllTypes) {
    const Bytes bytes =
        RecordBatchBuilder(
            {.base_offset = 40, .compression = type, .producer_id = 1, .base_sequence = 2147483647})
            .add({.timestamp = 1000, .key = "key", .value = large})
            .add({.timestamp = 900,
                  .key = std::nullopt,
                  .value = "",
                  .headers = {{"a", "1"}, {"a", std::nullopt}, {"", ""}}})
            .add({.timestamp = 1100, .key = "", .value = std::nullopt})
            .build();
    RecordReader reader{BatchView(bytes)};
    const RecordView* record = reader.next();
    ASSERT_NE(record, nullptr) << name_of(type) << reader.verdict().text;
    EXPECT_EQ(record->offset, 40);
    EXPECT_EQ(record->timestamp, 1000);
    EXPECT_EQ(record->sequence, 2147483647);
    EXPECT_EQ(record->key, "key");
    EXPECT_EQ(record->value, large);
    EXPECT_EQ(record->headers.count(), 0);
    record = reader.next();
    ASSERT_NE(record, nullptr) << name_of(type) << reader.verdict().text;
    EXPECT_EQ(record->offset, 41);
    EXPECT_EQ(record->timestamp, 900);
    EXPECT_EQ(record->timestamp_delta, -100);
    EXPECT_EQ(record->sequence, 0);
    EXPECT_EQ(record->key, std::nullopt);
    EXPECT_EQ(record->value, "");
    const std::vector<RecordHeader> headers = record->headers.to_vector();
    ASSERT_EQ(headers.size(), 3u);
    EXPECT_EQ(headers[0].key, "a");
    EXPECT_EQ(headers[0].value, "1");
    EXPECT_EQ(headers[1].value, std::nullopt);
    EXPECT_EQ(headers[2].key, "");
    record = reader.next();
    ASSERT_NE(record, nullptr) << name_of(type) << reader.verdict().text;
    EXPECT_EQ(record->key, "");
    EXPECT_EQ(record->value, std::nullopt);
    EXPECT_EQ(reader.next(), nullptr);
    EXPECT_TRUE(reader.verdict().ok()) << reader.verdict().text;
    EXPECT_EQ(reader.records_read(), 3);
  }
}

TEST(RecordReader, GivesEveryRecordTheTimeOfTheAppend) {
  const Bytes bytes =
      RecordBatchBuilder({.timestamp_type = TimestampType::kLogAppendTime, .max_timestamp = 5000})
          .add({.timestamp = 10})
          .add({.timestamp = 20})
          .build();
  RecordReader reader{BatchView(bytes)};
  while (const RecordView* record = reader.next()) EXPECT_EQ(record->timestamp, 5000);
  EXPECT_EQ(reader.records_read(), 2);
}

TEST(RecordReader, TakesTheDeleteHorizonForTheBase) {
  const Bytes bytes =
      RecordBatchBuilder({.delete_horizon_ms = 9000}).add({.timestamp = 10}).build();
  const BatchView batch(bytes);
  EXPECT_TRUE(batch.has_delete_horizon());
  EXPECT_EQ(batch.base_timestamp(), 9000);
  RecordReader reader(batch);
  const RecordView* record = reader.next();
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->timestamp, 10);
  EXPECT_EQ(record->timestamp_delta, -8990);
}

TEST(RecordReader, PutsUpWithWhatKafkaPutsUpWith) {
  for (const CompressionType type : kAllTypes) {
    EXPECT_EQ(verdict_of(sized(kLeastBody), type), ErrorCode::kNone);
    EXPECT_EQ(verdict_of(sized(from_hex("55 00 00 01 01 00")), type), ErrorCode::kNone)
        << "attributes";
    EXPECT_EQ(verdict_of(sized(from_hex("00 00 00 03 01 00")), type), ErrorCode::kNone)
        << "key length -2";
    EXPECT_EQ(verdict_of(sized(from_hex("00 8000 00 01 01 00")), type), ErrorCode::kNone)
        << "a long varint";
    EXPECT_EQ(verdict_of(sized(from_hex("00 00 00 01 01 02 0268 03")), type), ErrorCode::kNone)
        << "header value -2";
  }
}

TEST(RecordReader, RefusesEveryStructuralFault) {
  const struct {
    const char* what;
    Bytes record;
  } faults[] = {
      {"length too great", joined(varint(7), kLeastBody)},
      {"length too small", joined(varint(5), kLeastBody)},
      {"length negative", joined(varint(-1), kLeastBody)},
      {"length 0", joined(varint(0), kLeastBody)},
      {"length the greatest", joined(varint(2147483647), kLeastBody)},
      {"length the least", joined(varint(-2147483647 - 1), kLeastBody)},
      {"length cut", from_hex("80")},
      {"nothing", {}},
      {"offset delta never ends", sized(from_hex("00 00 ffffffffffff"))},
      {"timestamp of eleven bytes", sized(from_hex("00 80808080808080808080 00 00 01 01 00"))},
      {"key past the record", sized(from_hex("00 00 00 c801 01 01 00"))},
      {"value past the record", sized(from_hex("00 00 00 01 c801 01 00"))},
      {"key length the greatest", sized(from_hex("00 00 00 feffffff0f 01 00"))},
      {"header count negative", sized(from_hex("00 00 00 01 01 01"))},
      {"header count past the record", sized(from_hex("00 00 00 01 01 0a"))},
      {"header count the greatest", sized(from_hex("00 00 00 01 01 feffffff0f"))},
      {"header key length negative", sized(from_hex("00 00 00 01 01 02 01 01"))},
      {"header key past the record", sized(from_hex("00 00 00 01 01 02 64 61 01"))},
      {"header value past the record", sized(from_hex("00 00 00 01 01 02 02 61 64"))},
      {"bytes behind the headers", sized(joined(kLeastBody, {0}))},
      {"bytes behind the record", joined(sized(kLeastBody), {0})},
      {"a second record that is not counted", joined(sized(kLeastBody), sized(kLeastBody))},
  };
  for (const auto& [what, record] : faults) {
    for (const CompressionType type : kAllTypes) {
      // An empty zstd stream is no stream in the others; the fault is another one there.
      if (record.empty() && type != CompressionType::kNone && type != CompressionType::kZstd)
        continue;
      EXPECT_EQ(verdict_of(record, type), ErrorCode::kInvalidRecord)
          << what << ", " << name_of(type);
    }
  }
}

TEST(RecordReader, CutAnywhereIsRefused) {
  const Bytes body = from_hex("00 02 00 046b31 0676616c 02 0268 0278");
  const Bytes whole = sized(body);
  for (const CompressionType type : kAllTypes) {
    EXPECT_EQ(verdict_of(whole, type), ErrorCode::kNone);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(verdict_of(cut, type), ErrorCode::kInvalidRecord) << size;
    }
    for (std::size_t size = 0; size < body.size(); ++size) {
      const Bytes cut(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(verdict_of(sized(cut), type), ErrorCode::kInvalidRecord) << size;
    }
  }
}

TEST(RecordReader, AnswersALengthThatNeverEndsLikeKafka) {
  const Bytes record = joined(from_hex("8c 80 80 80 80 00"), kLeastBody);
  EXPECT_EQ(verdict_of(record), ErrorCode::kUnknownServerError);
  EXPECT_EQ(verdict_of(record, CompressionType::kGzip), ErrorCode::kInvalidRecord);
}

TEST(RecordReader, ReadsNothingIfTheCountIsZeroAndRefusesANegativeOne) {
  for (const CompressionType type : kAllTypes) {
    EXPECT_TRUE(check_records(batch_of(sized(kLeastBody), type, 0)).ok());
    EXPECT_EQ(check_records(batch_of(sized(kLeastBody), type, -1)).error,
              ErrorCode::kInvalidRecord);
    EXPECT_EQ(check_records(batch_of(sized(kLeastBody), type, 2)).error, ErrorCode::kInvalidRecord);
    EXPECT_EQ(check_records(batch_of(sized(kLeastBody), type, 2147483647)).error,
              ErrorCode::kInvalidRecord);
  }
}

TEST(RecordReader, RefusesACodecWithoutANameAndADamagedStream) {
  BatchFields fields;
  for (const std::uint16_t id : {5, 6, 7}) {
    fields.attributes = id;
    EXPECT_EQ(check_records(RecordBatchBuilder(fields).add({}).build()).error,
              ErrorCode::kUnknownServerError);
  }
  for (const std::uint16_t id : {1, 3, 4}) {  // a record is no stream of these
    fields.attributes = id;
    EXPECT_EQ(check_records(RecordBatchBuilder(fields).add({}).build()).error,
              ErrorCode::kUnknownServerError);
  }
}

TEST(RecordReader, KeepsToItsLimits) {
  const std::string value(1000, 'x');
  for (const CompressionType type : kAllTypes) {
    const Bytes bytes = RecordBatchBuilder({.compression = type})
                            .add({.value = value})
                            .add({.value = value})
                            .build();
    const std::int32_t length = 1 + 1 + 1 + 1 + 2 + 1000 + 1;
    const bool plain = type == CompressionType::kNone;
    EXPECT_TRUE(check_records(bytes, {.max_decompressed_message_bytes = length}).ok());
    EXPECT_EQ(check_records(bytes, {.max_decompressed_message_bytes = length - 1}).ok(), plain);
    EXPECT_TRUE(check_records(bytes, {.max_decompressed_batch_bytes = 2 * (2 + 1007)}).ok());
    EXPECT_EQ(check_records(bytes, {.max_decompressed_batch_bytes = 2 * (2 + 1007) - 1}).ok(),
              plain);
  }
}

}  // namespace
}  // namespace understudy::codec
