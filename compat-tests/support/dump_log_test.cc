#include "support/dump_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::support {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(DumpLog, ReadsBatchesRecordsAndPayloads) {
  const DumpedFiles files = parse_dump(
      "Dumping /d/t-0/0.log\n"
      "Log starting offset: 0\n"
      "baseOffset: 0 lastOffset: 1 count: 2 isvalid: true\n"
      "| offset: 0 keySize: 1 payload: {\"a\": 1}\n"
      "| offset: 1 keySize: 1\n");
  const DumpedFile& log = files.at("/d/t-0/0.log");
  ASSERT_EQ(log.entries.size(), 1U);
  EXPECT_EQ(number_in(log.entries[0], "lastOffset"), 1);
  EXPECT_EQ(log.entries[0].at("isvalid"), "true");
  ASSERT_EQ(log.records.size(), 2U);
  EXPECT_EQ(number_in(log.records[1], "offset"), 1);
  EXPECT_THAT(log.payloads, ElementsAre(" payload: {\"a\": 1}"));
  EXPECT_THAT(log.complaints, IsEmpty());
}

TEST(DumpLog, KnowsSaneAndEmptyIndexes) {
  const DumpedFiles files = parse_dump(
      "Dumping /d/t-0/0.index\n/d/t-0/0.index passed sanity check.\n"
      "Dumping /d/t-0/0.timeindex\n/d/t-0/0.timeindex is empty.\n");
  EXPECT_TRUE(files.at("/d/t-0/0.index").passed_sanity_check);
  EXPECT_TRUE(files.at("/d/t-0/0.timeindex").is_called_empty);
}

TEST(DumpLog, SortsWhatTheToolDislikesByFile) {
  const DumpedFiles files = parse_dump(
      "Dumping /d/t-0/0.log\n"
      "Dumping /d/t-0/0.timeindex\n"
      "Dumping /d/t-0/0.index\n"
      "Found timestamp mismatch in :/d/t-0/0.timeindex\n"
      "  Index timestamp: 5, log timestamp: 7\n"
      "Mismatches in :/d/t-0/0.index\n"
      "  Index offset: 3, log offset: 4\n"
      "Non-consecutive offsets in :/d/t-0/0.log\n"
      "  3 is followed by 8\n");
  EXPECT_THAT(files.at("/d/t-0/0.timeindex").time_mismatches, ElementsAre(Pair(5, 7)));
  EXPECT_THAT(files.at("/d/t-0/0.log").gaps, ElementsAre(Pair(3, 8)));
  EXPECT_THAT(files.at("/d/t-0/0.index").complaints,
              ElementsAre("Mismatches:   Index offset: 3, log offset: 4"));
}

TEST(DumpLog, TakesWhatItDoesNotKnowForAComplaint) {
  const DumpedFiles files = parse_dump("No java\nDumping /d/t-0/0.log\nException in thread\n");
  EXPECT_THAT(files.at("").complaints, ElementsAre("No java"));
  EXPECT_THAT(files.at("/d/t-0/0.log").complaints, ElementsAre("Exception in thread"));
}

TEST(DumpLog, KeepsOutputAndStatusOfTheTool) {
  const DumpRun run = run_dump_log("sh -c 'echo \"$*\"; exit 3' sh", {"/a b", "/c"});
  EXPECT_EQ(run.output, "--files /a b,/c\n");
  EXPECT_NE(run.status, 0);
}

}  // namespace
}  // namespace understudy::support
