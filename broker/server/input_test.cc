#include "broker/server/input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "broker/server/test_server.h"

namespace understudy::server {
namespace {

constexpr std::int32_t kLimit = 100'000'000;

// Puts bytes into the room that there is; returns how many fitted.
std::size_t fill(Input& input, ReceiveBuffers& buffers, std::string_view bytes) {
  const auto room = input.room(buffers, kLimit);
  const std::size_t part = std::min(room.size(), bytes.size());
  std::memcpy(room.data(), bytes.data(), part);
  input.received(part);
  return part;
}

TEST(Input, HoldsNoMemoryWithoutBytes) {
  ReceiveBuffers buffers;
  Input input;
  fill(input, buffers, framed("abc"));
  input.take(input.peek(kLimit));
  input.park(buffers);
  EXPECT_FALSE(input.holds_memory());
}

TEST(Input, AllInputsShareTheScratchBuffer) {
  ReceiveBuffers buffers;
  Input a;
  const std::uint8_t* first = a.room(buffers, kLimit).data();
  a.park(buffers);
  Input b;
  EXPECT_EQ(b.room(buffers, kLimit).data(), first);
}

TEST(Input, ASliceThatLivesKeepsItsBytes) {
  ReceiveBuffers buffers;
  Input input;
  fill(input, buffers, framed("first"));
  const wire::Slice slice = input.take(input.peek(kLimit));
  input.park(buffers);
  fill(input, buffers, framed("other"));
  EXPECT_EQ(slice.view(), "first");
}

TEST(Input, AnnouncedSizeIsNotTrusted) {
  ReceiveBuffers buffers;
  Input input;
  fill(input, buffers, std::string("\x05\xf5\xe1\x00", 4));  // 100,000,000 bytes
  input.park(buffers);
  EXPECT_LE(input.room(buffers, kLimit).size(), Input::kFirstSizeMax);
}

TEST(Input, ALargeFrameGrowsAsItArrives) {
  ReceiveBuffers buffers;
  Input input;
  // As large as that on purpose. NOLINTNEXTLINE(bugprone-string-constructor)
  std::string text(10'000'000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7);
  const std::string frame = framed(text);
  std::string_view rest = frame;
  while (!rest.empty()) {
    rest.remove_prefix(fill(input, buffers, rest.substr(0, 300'000)));
    input.park(buffers);
  }
  const auto peek = input.peek(kLimit);
  ASSERT_EQ(peek.state, wire::FrameState::kComplete);
  EXPECT_TRUE(input.take(peek).view() == text);
  EXPECT_FALSE(input.holds_memory());
}

TEST(Input, ALargeFrameIsReadToItsEndAndNotBeyond) {
  ReceiveBuffers buffers;
  Input input;
  const std::string frame = framed(std::string(200'000, 'x'));
  fill(input, buffers, std::string_view(frame).substr(0, 50'000));
  input.park(buffers);
  EXPECT_EQ(input.room(buffers, kLimit).size(), frame.size() - 50'000);
}

// Frames that were handed out before lie in the same memory as the beginning of the next one.
TEST(Input, NeverMovesBytesOverALivingFrame) {
  ReceiveBuffers buffers;
  Input input;
  const std::string next = framed(std::string(70'000, 'n'));
  fill(input, buffers, framed("first") + next.substr(0, 1000));
  input.park(buffers);
  const wire::Slice first = input.take(input.peek(kLimit));
  std::string_view rest = std::string_view(next).substr(1000);
  while (!rest.empty()) rest.remove_prefix(fill(input, buffers, rest));
  EXPECT_EQ(first.view(), "first");
  EXPECT_TRUE(input.take(input.peek(kLimit)).view() == std::string(70'000, 'n'));
}

}  // namespace
}  // namespace understudy::server
