#include "durability/dump_log.h"

#include <gtest/gtest.h>

namespace understudy::durability {
namespace {

TEST(DumpLog, KnowsAComplaintFromOutput) {
  EXPECT_FALSE(is_complaint("Dumping /data/orders-0/00000000000000000000.log"));
  EXPECT_FALSE(is_complaint("Log starting offset: 0"));
  EXPECT_FALSE(is_complaint("baseOffset: 0 lastOffset: 4 count: 5 magic: 2 crc: 17 isvalid: true"));
  EXPECT_FALSE(is_complaint("offset: 17 position: 4096"));
  EXPECT_FALSE(is_complaint("producerId: 7000 producerEpoch: 0 lastTimestamp: 1700000000123"));
  EXPECT_TRUE(is_complaint("baseOffset: 0 lastOffset: 4 count: 5 magic: 2 crc: 17 isvalid: false"));
  EXPECT_TRUE(is_complaint("Mismatches in :/data/orders-0/00000000000000000000.index"));
  EXPECT_TRUE(is_complaint("Found timestamp mismatch in :/data/orders-0/0.timeindex"));
  EXPECT_TRUE(is_complaint("Non-consecutive offsets in :/data/orders-0/0.log"));
  EXPECT_TRUE(is_complaint("Exception in thread \"main\" java.io.IOException"));
}

}  // namespace
}  // namespace understudy::durability
