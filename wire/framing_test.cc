#include "wire/framing.h"

#include <gtest/gtest.h>

#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

FramePeek peek(std::string_view hex, std::int32_t max_size = kDefaultMaxFrameSize) {
  const Slice bytes = from_hex(hex);
  return peek_frame({bytes.data(), bytes.size()}, max_size);
}

TEST(Framing, WaitsForThePrefixAndThenForTheRest) {
  EXPECT_EQ(peek("").state, FrameState::kPrefixIncomplete);
  EXPECT_EQ(peek("000000").state, FrameState::kPrefixIncomplete);
  EXPECT_EQ(peek("00000002").state, FrameState::kIncomplete);
  EXPECT_EQ(peek("00000002 aa").state, FrameState::kIncomplete);
  EXPECT_EQ(peek("00000002 aa").size, 2U);
  EXPECT_EQ(peek("00000002 aabb").state, FrameState::kComplete);
  EXPECT_EQ(peek("00000002 aabb 000000").state, FrameState::kComplete);
  EXPECT_EQ(peek("00000002 aabb 000000").total(), 6U);
  EXPECT_EQ(peek("00000000").state, FrameState::kComplete);
}

TEST(Framing, RefusesSizesThatNoFrameHas) {
  EXPECT_EQ(peek("ffffffff").state, FrameState::kNegative);
  EXPECT_EQ(peek("ffffffff").announced, -1);
  EXPECT_EQ(peek("06400000").state, FrameState::kIncomplete);  // 104857600 exactly
  EXPECT_EQ(peek("06400001").state, FrameState::kTooLarge);
  EXPECT_EQ(peek("00000003 aabbcc", 2).state, FrameState::kTooLarge);
  // The first bytes of "GET / HTTP/1.1" are a size too.
  EXPECT_EQ(peek("47455420").state, FrameState::kTooLarge);
}

}  // namespace
}  // namespace understudy::wire
