// Every record batch of the golden vectors, valid and broken: what Kafka's own classes read out of
// it and say of it. compat-tests/golden/README.md describes the lines.
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/json.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "codec/control_record.h"
#include "codec/record.h"
#include "codec/record_batch.h"
#include "codec/validate.h"
#include "wire/testing/oracles.h"

namespace understudy::codec {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNowMs = 1'700'000'000'000;  // the vectors set no bounds on timestamps

std::vector<json::object> read_batch_lines() {
  const std::string path = wire::golden_file();
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    ADD_FAILURE() << "cannot read " << path;
    return {};
  }
  std::string text;
  std::vector<char> chunk(1 << 20);
  int size = 0;
  while ((size = gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(size));
  }
  EXPECT_EQ(size, 0) << path << " is damaged";
  gzclose(file);
  std::vector<json::object> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    json::object line = json::parse(std::string_view(text).substr(at, end - at)).as_object();
    if (line.at("kind") == "recordBatch") lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

const std::vector<json::object>& batch_lines() {
  static const std::vector<json::object> lines = read_batch_lines();
  return lines;
}

std::vector<std::uint8_t> bytes_of(const json::object& line) {
  const std::string_view hex = line.at("hex").as_string();
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::string case_of(const json::object& line) { return std::string(line.at("case").as_string()); }

// Decoded batches as the vectors write them.

json::value base64(const std::optional<std::string_view>& bytes) {
  if (!bytes) return nullptr;
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes->size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes->size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < left ? static_cast<std::uint8_t>((*bytes)[i + j]) : 0);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= left ? kDigits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return json::value(out);
}

// The length of the UTF-8 sequence at `at`; negative: so many bytes stand for one replacement
// character.
int sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0};
  };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const int size = lead >= 0xc2 && lead <= 0xdf   ? 2
                   : (lead & 0xf0) == 0xe0        ? 3
                   : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                  : 0;
  if (size == 0) return -1;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  for (int i = 1; i < size; ++i, low = 0x80, high = 0xbf) {
    if (byte(static_cast<std::size_t>(i)) < low || byte(static_cast<std::size_t>(i)) > high)
      return -i;
  }
  return size;
}

// As Java decodes UTF-8: what is none becomes replacement characters.
std::string java_string(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const int length = sequence_length(text, at);
    const auto size = static_cast<std::size_t>(std::abs(length));
    out += length > 0 ? text.substr(at, size) : std::string_view("\xef\xbf\xbd");
    at += size;
  }
  return out;
}

std::string_view control_name(ControlType type) {
  switch (type) {
    case ControlType::kAbort:
      return "ABORT";
    case ControlType::kCommit:
      return "COMMIT";
    case ControlType::kLeaderChange:
      return "LEADER_CHANGE";
    case ControlType::kSnapshotHeader:
      return "SNAPSHOT_HEADER";
    case ControlType::kSnapshotFooter:
      return "SNAPSHOT_FOOTER";
    case ControlType::kKraftVersion:
      return "KRAFT_VERSION";
    case ControlType::kKraftVoters:
      return "KRAFT_VOTERS";
  }
  return "UNKNOWN";
}

json::object describe(const RecordView& record, bool is_control) {
  json::object out{{"offset", record.offset},
                   {"timestamp", record.timestamp},
                   {"length", record.length},
                   {"attributes", record.attributes},
                   {"timestampDelta", record.timestamp_delta},
                   {"offsetDelta", record.offset_delta}};
  if (record.sequence != kNoSequence) out["sequence"] = record.sequence;
  out["key"] = base64(record.key);
  out["value"] = base64(record.value);
  json::array headers;
  for (const RecordHeader& header : record.headers.to_vector()) {
    headers.push_back(
        json::object{{"key", java_string(header.key)}, {"value", base64(header.value)}});
  }
  out["headers"] = std::move(headers);
  if (const auto type = control_type_of(record); is_control && type) {
    out["controlType"] = control_name(*type);
    out["controlTypeId"] = static_cast<std::int16_t>(*type);
  }
  return out;
}

json::object describe(const BatchView& batch) {
  json::object out{
      {"baseOffset", batch.base_offset()},
      {"lastOffset", batch.last_offset()},
      {"magic", batch.magic()},
      {"sizeInBytes", batch.size_bytes()},
      {"batchLength", batch.batch_length()},
      {"partitionLeaderEpoch", batch.partition_leader_epoch()},
      {"crc", batch.crc()},
      {"attributes", static_cast<std::int16_t>(batch.attributes())},
      {"lastOffsetDelta", batch.last_offset_delta()},
      {"baseTimestamp", batch.base_timestamp()},
      {"maxTimestamp", batch.max_timestamp()},
      {"producerId", batch.producer_id()},
      {"producerEpoch", batch.producer_epoch()},
      {"baseSequence", batch.base_sequence()},
      {"recordsCount", batch.record_count()},
      {"lastSequence", batch.last_sequence()},
      {"isTransactional", batch.is_transactional()},
      {"isControl", batch.is_control()},
      {"deleteHorizonMs",
       batch.has_delete_horizon() ? json::value(batch.base_timestamp()) : json::value(nullptr)},
      {"compression", name_of(batch.compression())},
      {"timestampType",
       batch.timestamp_type() == TimestampType::kCreateTime ? "CreateTime" : "LogAppendTime"}};
  json::array records;
  RecordReader reader(batch);
  while (const RecordView* record = reader.next())
    records.push_back(describe(*record, batch.is_control()));
  EXPECT_TRUE(reader.verdict().ok()) << reader.verdict().text;
  out["records"] = std::move(records);
  return out;
}

std::vector<ByteView> batches_of(ByteView bytes) {
  std::vector<ByteView> batches;
  BatchCursor cursor(bytes);
  while (cursor.next() == BatchCursor::Step::kBatch) batches.push_back(cursor.batch());
  return batches;
}

// Verdicts.

std::int64_t number(ErrorCode code) { return static_cast<std::int64_t>(code); }

// The lines of the formats before magic 2. They are whole batches, but nothing in codec reads them:
// a broker of 4.x takes none from a client, and this one has no logs from before (specification of
// the log, section 1). Compared are framing, magic, size and the refusal at `produce`.
bool is_legacy(const json::object& line) {
  return case_of(line).starts_with("magic 0, ") || case_of(line).starts_with("magic 1, ");
}

// What we say of the bytes, step by step, in the form of the line's "errors": step -> code, and for
// `incomplete` and `recordErrors` their contents.
json::object judge(const json::object& line, ByteView bytes) {
  json::object errors;
  const auto note = [&errors](const char* step, const Verdict& verdict) {
    if (!verdict.ok()) errors[step] = json::object{{"code", number(verdict.error)}};
  };
  BatchCursor cursor(bytes);
  std::vector<ByteView> batches;
  BatchCursor::Step step;
  while ((step = cursor.next()) == BatchCursor::Step::kBatch) batches.push_back(cursor.batch());
  const bool framed = step == BatchCursor::Step::kEnd;
  note("frame", cursor.verdict());
  if (framed && (cursor.bytes_left() > 0 || cursor.bytes_used() == 0)) {
    errors["incomplete"] = json::object{{"batches", batches.size()},
                                        {"bytesUsed", cursor.bytes_used()},
                                        {"bytesLeft", cursor.bytes_left()}};
  }
  if (!is_legacy(line)) {
    for (const ByteView batch : batches) {
      EXPECT_EQ(batch[16], kMagic) << case_of(line);
      note("ensureValid", check_batch(batch));
      note("iterate", check_records(batch));
    }
  }
  const RecordsInspection inspection = inspect_records(bytes);
  note("produce", inspection.verdict);
  if (!line.contains("appendable") || !framed || batches.size() != 1 || !inspection.verdict.ok())
    return errors;

  ValidationConfig config;
  config.max_message_bytes = std::numeric_limits<std::int32_t>::max();
  config.timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  config.timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  const ValidationResult result = validate_batch(config, inspection.batch, kNowMs);
  if (result.ok()) return errors;
  json::object append{{"code", number(result.error)}};
  if (!result.record_errors.empty()) {
    json::array indices;
    for (const RecordError& error : result.record_errors) indices.push_back(error.batch_index);
    append["recordErrors"] = std::move(indices);
  }
  errors["append"] = std::move(append);
  return errors;
}

// The line's "errors" without Java's texts.
json::object expected_errors(const json::object& line) {
  static const std::set<std::string_view> kSteps = {"frame",   "incomplete", "ensureValid",
                                                    "iterate", "produce",    "append"};
  json::object out;
  if (!line.contains("errors")) return out;
  for (const auto& [step, error] : line.at("errors").as_object()) {
    EXPECT_TRUE(kSteps.contains(step))
        << case_of(line) << ": a step without a meaning here: " << step;
    if (step == "incomplete") {
      out[step] = error;
      continue;
    }
    json::object kept{{"code", error.at("code")}};
    if (const auto* records = error.as_object().if_contains("recordErrors")) {
      json::array indices;
      for (const json::value& record : records->as_array())
        indices.push_back(record.at("batchIndex"));
      kept["recordErrors"] = std::move(indices);
    }
    out[step] = std::move(kept);
  }
  return out;
}

// Building.

// The batch again, from what was read out of it.
std::vector<std::uint8_t> rebuild(const BatchView& batch, CompressionType compression) {
  BatchFields fields;
  fields.base_offset = batch.base_offset();
  fields.partition_leader_epoch = batch.partition_leader_epoch();
  fields.compression = compression;
  fields.producer_id = batch.producer_id();
  fields.producer_epoch = batch.producer_epoch();
  fields.base_sequence = batch.base_sequence();
  fields.base_timestamp = batch.base_timestamp();
  fields.max_timestamp = batch.max_timestamp();
  fields.last_offset_delta = batch.last_offset_delta();
  fields.record_count = batch.record_count();
  fields.attributes = static_cast<std::uint16_t>((batch.attributes() & ~kCompressionMask) |
                                                 static_cast<std::uint16_t>(compression));
  RecordBatchBuilder builder(fields);
  RecordReader reader(batch);
  while (const RecordView* view = reader.next()) {
    Record record;
    record.timestamp =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(batch.base_timestamp()) +
                                  static_cast<std::uint64_t>(view->timestamp_delta));
    record.key = view->key;
    record.value = view->value;
    record.headers = view->headers.to_vector();
    builder.add(record, view->offset_delta);
  }
  EXPECT_TRUE(reader.verdict().ok());
  return builder.build();
}

// Whether Kafka's builder, or one like it, made these bytes, so that there is one way to write
// them. Not so where a bit was changed at random, in four cases written by hand that show what
// readers put up with, and in one whose header denies the records that it has.
bool is_canonical(const std::string& name) {
  static const std::set<std::string> kOthers = {
      "record attributes not 0", "key length -2", "header value length -2",
      "a varint longer than it need be", "records count 0 where there are 3, none"};
  return !name.starts_with("bit changed") && !kOthers.contains(name);
}

// What another encoding of the same records may differ in.
json::object without_encoding(json::object batch) {
  for (const char* name : {"batchLength", "sizeInBytes", "crc", "attributes", "compression"})
    batch.erase(name);
  for (json::value& record : batch["records"].as_array()) {
    record.as_object().erase("length");
    record.as_object().erase("attributes");
  }
  return batch;
}

// The tests.

TEST(golden_record_batches, HaveNothingThatIsNotUnderstood) {
  static const std::set<std::string_view> kNames = {"kind", "case",   "valid", "appendable",
                                                    "json", "errors", "hex"};
  ASSERT_GT(batch_lines().size(), 500u);
  for (const json::object& line : batch_lines()) {
    for (const auto& [name, value] : line) {
      EXPECT_TRUE(kNames.contains(name)) << case_of(line) << ": " << name;
    }
  }
}

TEST(golden_record_batches, AreJudgedStepByStepAsByKafka) {
  std::map<std::string, int> refusals;
  int appended = 0;
  for (const json::object& line : batch_lines()) {
    const std::vector<std::uint8_t> bytes = bytes_of(line);
    const json::object errors = judge(line, bytes);
    const json::object expected = expected_errors(line);
    EXPECT_TRUE(errors == expected) << case_of(line) << ": we say " << json::serialize(errors)
                                    << ", Kafka says " << json::serialize(expected);
    const bool readable = !errors.contains("frame") && !errors.contains("incomplete") &&
                          !errors.contains("ensureValid") && !errors.contains("iterate");
    EXPECT_EQ(readable, line.at("valid").as_bool()) << case_of(line);
    if (line.contains("appendable")) {
      EXPECT_EQ(readable && errors.empty(), line.at("appendable").as_bool()) << case_of(line);
      appended += errors.empty() ? 1 : 0;
    }
    for (const auto& [step, error] : errors) ++refusals[std::string(step)];
  }
  for (const char* step : {"frame", "incomplete", "ensureValid", "iterate", "produce", "append"}) {
    EXPECT_GT(refusals[step], 0) << "no line is refused at the step " << step;
    RecordProperty(step, refusals[step]);
  }
  EXPECT_GT(appended, 100);
  RecordProperty("appended", appended);
  RecordProperty("lines", static_cast<int>(batch_lines().size()));
}

TEST(golden_record_batches, AreReadAsByKafka) {
  int read = 0;
  int legacy = 0;
  for (const json::object& line : batch_lines()) {
    if (!line.contains("json")) continue;
    const std::vector<std::uint8_t> bytes = bytes_of(line);
    if (is_legacy(line)) {
      const std::vector<ByteView> batches = batches_of(bytes);
      ASSERT_EQ(batches.size(), 1u) << case_of(line);
      EXPECT_EQ(line.at("json").at("magic"), json::value(batches[0][16])) << case_of(line);
      EXPECT_EQ(line.at("json").at("sizeInBytes"), json::value(batches[0].size())) << case_of(line);
      ++legacy;
      continue;
    }
    json::array described;
    for (const ByteView batch : batches_of(bytes)) described.push_back(describe(BatchView(batch)));
    const json::value ours = described.size() == 1 ? described[0] : json::value(described);
    EXPECT_EQ(ours, line.at("json")) << case_of(line);
    ++read;
  }
  EXPECT_GT(read, 300);
  EXPECT_EQ(legacy, 8);
}

TEST(golden_record_batches, AreBuiltAgain) {
  int same_bytes = 0;
  int same_contents = 0;
  for (const json::object& line : batch_lines()) {
    if (!line.contains("json") || is_legacy(line)) continue;
    const std::vector<std::uint8_t> bytes = bytes_of(line);
    for (const ByteView original : batches_of(bytes)) {
      const BatchView batch(original);
      const std::vector<std::uint8_t> same = rebuild(batch, batch.compression());
      if (batch.compression() == CompressionType::kNone && is_canonical(case_of(line))) {
        EXPECT_TRUE(std::equal(same.begin(), same.end(), original.begin(), original.end()))
            << case_of(line);
        ++same_bytes;
      }
      const json::object expected = without_encoding(describe(batch));
      for (const auto type :
           {CompressionType::kNone, CompressionType::kGzip, CompressionType::kSnappy,
            CompressionType::kLz4, CompressionType::kZstd}) {
        if (batch.record_count() == 0 && type != CompressionType::kNone)
          continue;  // nothing to compress
        const std::vector<std::uint8_t> other = rebuild(batch, type);
        ASSERT_TRUE(check_batch(other).ok()) << case_of(line);
        EXPECT_EQ(without_encoding(describe(BatchView(other))), expected)
            << case_of(line) << " as " << name_of(type);
        ++same_contents;
      }
    }
  }
  EXPECT_GT(same_bytes, 80);
  EXPECT_GT(same_contents, 1000);
}

}  // namespace
}  // namespace understudy::codec
