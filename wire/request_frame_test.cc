#include "wire/request_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/messages/api_versions.h"
#include "wire/messages/init_producer_id.h"
#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

const InitProducerIdRequest kRequest{.transactional_id = "t", .transaction_timeout_ms = 16};

TEST(RequestFrame, HasTheMessagesKeyAndTheVersionInItsHeader) {
  EXPECT_EQ(to_hex(request_frame({.correlation_id = 7, .client_id = "c"}, kRequest, 1)),
            hex("0016 0001 00000007 0001 63   0001 74 00000010"));
}

TEST(RequestFrame, HasAFlexibleHeaderBeforeAFlexibleBody) {
  EXPECT_EQ(to_hex(request_frame({.correlation_id = 7, .client_id = std::nullopt}, kRequest, 2)),
            hex("0016 0002 00000007 ffff 00   02 74 00000010 00"));
}

TEST(RequestFrame, FollowsItsSizeOnAConnection) {
  const std::uint8_t frame[] = {0xaa, 0xbb, 0xcc};
  EXPECT_EQ(to_hex(with_size(frame)), hex("00000003 aabbcc"));
  EXPECT_EQ(to_hex(with_size({})), hex("00000000"));
}

TEST(ReadAnswer, GivesCorrelationIdBodyAndMessage) {
  InitProducerIdResponse response;
  DecodeError error;
  // Header with tags, then throttle time, error, producer id, epoch, tags.
  const auto answer = read_answer(
      response, 2, from_hex("00000007 00   00000000 0000 0000000000000005 0003 00"), error);
  ASSERT_TRUE(answer) << error.describe();
  EXPECT_EQ(answer->correlation_id, 7);
  EXPECT_EQ(to_hex(answer->body), hex("00000000 0000 0000000000000005 0003 00"));
  EXPECT_EQ(response.producer_id, 5);
  EXPECT_EQ(response.producer_epoch, 3);
}

TEST(ReadAnswer, KnowsThatApiVersionsHasTheOldHeaderInEveryVersion) {
  ApiVersionsResponse response;
  DecodeError error;
  EXPECT_TRUE(read_answer(response, 3, from_hex("00000007 0000 01 00000000 00"), error))
      << error.describe();
}

TEST(ReadAnswer, SaysWhereAFrameMakesNoSense) {
  const auto refusal = [](std::string_view frame) {
    InitProducerIdResponse response;
    DecodeError error;
    EXPECT_FALSE(read_answer(response, 2, from_hex(frame), error)) << frame;
    return error.describe();
  };
  EXPECT_THAT(refusal("000000"), testing::HasSubstr("response header"));
  EXPECT_THAT(refusal("00000007 00 00000000 0000 0000"), testing::HasSubstr("producer_id"));
  EXPECT_NE(refusal("00000007 00 00000000 0000 0000000000000005 0003 00 ff"), "")
      << "a byte too many";
}

}  // namespace
}  // namespace understudy::wire
