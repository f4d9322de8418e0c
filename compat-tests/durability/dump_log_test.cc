#include "durability/dump_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::durability {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> complaints(const std::string& output) {
  return complaints_in(support::parse_dump("Dumping /d/t-0/0.log\n" + output));
}

TEST(DumpLog, HasNothingAgainstSoundFiles) {
  EXPECT_THAT(complaints("Log starting offset: 0\n"
                         "baseOffset: 0 lastOffset: 4 count: 5 magic: 2 crc: 17 isvalid: true\n"
                         "Dumping /d/t-0/0.index\n"
                         "offset: 17 position: 4096\n"
                         "Dumping /d/t-0/0.snapshot\n"
                         "producerId: 7000 producerEpoch: 0 lastTimestamp: 1700000000123\n"),
              IsEmpty());
}

TEST(DumpLog, ComplainsOfWhatTheToolDislikes) {
  EXPECT_THAT(complaints("baseOffset: 3 lastOffset: 4 count: 5 magic: 2 crc: 17 isvalid: false\n"),
              ElementsAre("/d/t-0/0.log: the batch at 3 is not valid"));
  EXPECT_THAT(complaints("Non-consecutive offsets in :/d/t-0/0.log\n  3 is followed by 8\n"),
              ElementsAre("/d/t-0/0.log: 3 is followed by 8"));
  EXPECT_THAT(complaints("Found timestamp mismatch in :/d/t-0/0.timeindex\n"
                         "  Index timestamp: 5, log timestamp: 7\n"),
              ElementsAre("/d/t-0/0.timeindex: timestamp 5 in the index, 7 in the log"));
  EXPECT_THAT(complaints("Exception in thread \"main\" java.io.IOException\n"),
              ElementsAre("/d/t-0/0.log: Exception in thread \"main\" java.io.IOException"));
}

}  // namespace
}  // namespace understudy::durability
