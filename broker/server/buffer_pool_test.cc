#include "broker/server/buffer_pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace understudy::server {
namespace {

TEST(BufferPool, GivesAtLeastTheSizeThatIsAskedFor) {
  BufferPool pool;
  EXPECT_EQ(pool.take(1).capacity, BufferPool::kSizeMin);
  EXPECT_EQ(pool.take(4096).capacity, 4096u);
  EXPECT_EQ(pool.take(4097).capacity, 8192u);
}

TEST(BufferPool, UsesMemoryAgainOnlyWhenItsLastReferenceIsGone) {
  BufferPool pool;
  Buffer buffer = pool.take(8192);
  std::uint8_t* const memory = buffer.data();
  std::shared_ptr<const void> slice = buffer.memory;
  EXPECT_TRUE(buffer.is_shared());
  buffer = {};
  EXPECT_EQ(pool.free_bytes(), 0u);
  EXPECT_NE(pool.take(8192).data(), memory);
  slice.reset();
  // The one that was taken and dropped at once lies there too.
  EXPECT_EQ(pool.free_bytes(), 2 * 8192u);
  EXPECT_EQ(pool.take(8192).data(), memory);
}

TEST(BufferPool, KeepsNoMoreThanItsBound) {
  BufferPool pool;
  const Buffer a = pool.take(BufferPool::kFreeBytesMax);
  Buffer b = pool.take(BufferPool::kFreeBytesMax);
  b = {};
  EXPECT_EQ(pool.free_bytes(), BufferPool::kFreeBytesMax);
  pool.take(4096);
  EXPECT_EQ(pool.free_bytes(), BufferPool::kFreeBytesMax);
}

TEST(BufferPool, GivesUnusedMemoryBack) {
  BufferPool pool;
  const Buffer kept = pool.take(4096);
  pool.take(8192);
  pool.trim();
  EXPECT_EQ(pool.free_bytes(), 0u);
}

TEST(BufferPool, MayEndBeforeItsBuffers) {
  auto pool = std::make_unique<BufferPool>();
  Buffer buffer = pool->take(4096);
  pool.reset();
  buffer.data()[4095] = 1;
}

}  // namespace
}  // namespace understudy::server
