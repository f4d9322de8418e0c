// What the load program sends is what a broker checks: otherwise it would measure refusals.
#include "bench/batch_template.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "codec/crc32c.h"
#include "codec/record.h"
#include "codec/validate.h"
#include "wire/engine.h"
#include "wire/framing.h"
#include "wire/header.h"
#include "wire/messages/produce.h"

namespace understudy::bench {
namespace {

wire::Slice request_of(const BatchTemplate& batch, const BatchTemplate::Copy& copy) {
  Bytes head;
  batch.write_head(copy, head);
  head.insert(head.end(), batch.body().begin(), batch.body().end());
  head.insert(head.end(), batch.tail().begin(), batch.tail().end());
  return wire::Slice::copy_of({reinterpret_cast<const char*>(head.data()), head.size()});
}

wire::ProduceRequest decoded(const wire::Slice& bytes, wire::Version version) {
  const auto frame = wire::peek_frame({bytes.data(), bytes.size()});
  EXPECT_EQ(frame.state, wire::FrameState::kComplete);
  EXPECT_EQ(frame.total(), bytes.size());
  const wire::Slice content = bytes.sub(4, frame.size);
  wire::DecodeError error;
  const auto header = wire::read_request_header(content, error);
  EXPECT_TRUE(header.has_value()) << error.describe();
  EXPECT_EQ(header->version, version);
  wire::ProduceRequest request;
  EXPECT_TRUE(wire::decode(wire::schema_of<wire::ProduceRequest>, &request, version,
                           content.sub(header->body_at, content.size() - header->body_at), error))
      << error.describe();
  return request;
}

TEST(ChecksumShift, CombinesTheChecksumsOfTwoParts) {
  const std::string all = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    const ChecksumShift shift(all.size() - cut);
    EXPECT_EQ(shift.combine(codec::crc32c(all.data(), cut),
                            codec::crc32c(all.data() + cut, all.size() - cut)),
              codec::crc32c(all.data(), all.size()))
        << cut;
  }
}

TEST(BatchTemplate, EveryCopyIsAValidBatch) {
  for (const std::int16_t version : {7, 9}) {
    for (const std::size_t size : {1u, 1000u, 16384u}) {
      const BatchTemplate batch(
          {.topic = "t", .version = version, .message_size = 100, .batch_size = size});
      const auto request = decoded(request_of(batch, {.correlation_id = 5,
                                                      .partition = 3,
                                                      .producer_id = 77,
                                                      .producer_epoch = 2,
                                                      .sequence = 2147483647}),
                                   version);
      EXPECT_EQ(request.acks, -1);
      ASSERT_EQ(request.topic_data.size(), 1u);
      EXPECT_EQ(request.topic_data[0].name, "t");
      const auto& partition = request.topic_data[0].partition_data.at(0);
      EXPECT_EQ(partition.index, 3);
      const wire::Slice& records = *partition.records;
      EXPECT_EQ(records.size(), batch.batch_size());
      EXPECT_LE(records.size(), std::max<std::size_t>(size, 170));
      const codec::ByteView bytes(records.data(), records.size());
      EXPECT_TRUE(codec::check_batch(bytes).ok());
      EXPECT_TRUE(codec::check_records(bytes).ok());
      EXPECT_EQ(codec::BatchView(bytes).producer_id(), 77);
      EXPECT_EQ(codec::BatchView(bytes).producer_epoch(), 2);
      EXPECT_EQ(codec::BatchView(bytes).base_sequence(), 2147483647);
      EXPECT_EQ(codec::BatchView(bytes).record_count(), batch.records());
    }
  }
}

TEST(BatchTemplate, FillsABatch) {
  const BatchTemplate batch({.topic = "t", .message_size = 1024, .batch_size = 16384});
  EXPECT_EQ(batch.records(), 15);
  EXPECT_GT(batch.batch_size(), 15'000u);
}

TEST(BatchTemplate, TheErrorOfAResponseIsFound) {
  for (const wire::Version version : {7, 9}) {
    for (const wire::ErrorCode error :
         {wire::ErrorCode::kNone, wire::ErrorCode::kOutOfOrderSequenceNumber}) {
      wire::ProduceResponse response;
      response.responses.push_back(
          {.name = "topic", .partition_responses = {{.index = 3, .error_code = error}}});
      wire::Output out;
      wire::write_response_header(wire::ApiKey::kProduce, version, 9, out);
      wire::encode(wire::schema_of<wire::ProduceResponse>, &response, version, out);
      const wire::Slice bytes = out.joined();
      EXPECT_EQ(error_in_response(bytes.data(), bytes.size(), version),
                static_cast<std::int16_t>(error));
      EXPECT_EQ(error_in_response(bytes.data(), 10, version), -2);
    }
  }
}

}  // namespace
}  // namespace understudy::bench
