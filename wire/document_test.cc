#include <gtest/gtest.h>

#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

TEST(Document, IsATableOfTheFields) {
  EXPECT_EQ(to_markdown(*find_request(ApiKey::kDeleteRecords)),
            "### DeleteRecordsRequest\n\n"
            "key 21, versions 0-2, flexible 2+\n\n"
            "| field | type | versions | null | tag | about |\n"
            "|---|---|---|---|---|---|\n"
            "| topics | []DeleteRecordsTopic | 0+ |  |  |  |\n"
            "| &nbsp;&nbsp;name | string | 0+ |  |  |  |\n"
            "| &nbsp;&nbsp;partitions | []DeleteRecordsPartition | 0+ |  |  |  |\n"
            "| &nbsp;&nbsp;&nbsp;&nbsp;partitionIndex | int32 | 0+ |  |  |  |\n"
            "| &nbsp;&nbsp;&nbsp;&nbsp;offset | int64 | 0+ |  |  "
            "| The first offset that stays; -1 for the high watermark. |\n"
            "| timeoutMs | int32 | 0+ |  |  |  |\n");
  const std::string fetch = to_markdown(*find_response(ApiKey::kFetch));
  EXPECT_NE(fetch.find(";records | records | 0+ | 0+ |"), std::string::npos);
  EXPECT_NE(fetch.find("| nodeEndpoints | []NodeEndpoint | 16+ |  | 0 |"), std::string::npos);
  EXPECT_NE(to_markdown(*find_request(ApiKey::kListConfigResources)).find("key 74"),
            std::string::npos);
}

TEST(Document, ExistsForEveryMessage) {
  for (const Message& message : all_messages()) {
    EXPECT_NE(to_markdown(*message.schema).find(message.schema->name), std::string::npos);
  }
}

}  // namespace
}  // namespace understudy::wire
