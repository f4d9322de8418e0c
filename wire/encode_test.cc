#include <gtest/gtest.h>

#include "wire/messages/api_versions.h"
#include "wire/messages/consumer_group_records.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/fetch.h"
#include "wire/messages/metadata.h"
#include "wire/messages/produce.h"
#include "wire/messages/transaction_records.h"
#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

FetchResponse fetch_response(const Slice& records) {
  return {.session_id = 7,
          .responses = {
              {.topic = "t",
               .partitions = {{.partition_index = 3, .high_watermark = 42, .records = records}}}}};
}

TEST(Encode, RefersToRecordsInsteadOfCopyingThem) {
  const Slice records = Slice::copy_of("RECORDS");
  Output out = encode(fetch_response(records), 12);
  const std::size_t size = out.size();
  const std::vector<Slice> pieces = out.finish();
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[1].data(), records.data());
  EXPECT_EQ(pieces[1].owner(), records.owner());
  EXPECT_EQ(pieces[0].size() + pieces[1].size() + pieces[2].size(), size);
  EXPECT_EQ(encoded_size(fetch_response(records), 12), size);
  EXPECT_EQ(out.size(), 0U);
}

TEST(Encode, AFrameIsWrittenAroundAMessageInOneBuffer) {
  Output out;
  const std::size_t size_at = out.reserve_int32();
  out.put_int32(99);
  encode(MetadataRequest{.topics = {{{.name = "a"}}}}, 1, out);
  out.patch_int32(size_at, std::int32_t(out.size() - 4));
  const std::vector<Slice> pieces = out.finish();
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(to_hex(pieces[0]), hex("0000000b 00000063 00000001 0001 61"));
}

TEST(Encode, LeavesOutWhatTheVersionDoesNotHave) {
  const ApiVersionsResponse response{.api_keys = {{.api_key = 18, .max_version = 5}},
                                     .throttle_time_ms = 1,
                                     .finalized_features_epoch = 4};
  EXPECT_EQ(to_hex(encode(response, 0).joined()), hex("0000 00000001 0012 0000 0005"));
  EXPECT_EQ(to_hex(encode(response, 1).joined()), hex("0000 00000001 0012 0000 0005 00000001"));
  EXPECT_EQ(to_hex(encode(response, 3).joined()),
            hex("0000 02 0012 0000 0005 00 00000001 01 01 08 0000000000000004"));
}

TEST(Encode, MergesKnownAndUnknownTagsInRisingOrder) {
  const ApiVersionsResponse response{.unknown_tags = {{9, Slice::copy_of("")}},
                                     .zk_migration_ready = true};
  EXPECT_EQ(to_hex(encode(response, 3).joined()), hex("0000 01 00000000 02 03 01 01 09 00"));
  const TransactionLogValue value{.unknown_tags = {{0, Slice::copy_of("x")}}};
  // Tags that the version knows must not come a second time as unknown ones; 0 is known here.
  EXPECT_DEATH(encode(value, 1), "tag");
}

TEST(Encode, ATaggedFieldAtItsDefaultIsNotWritten) {
  const std::string without = to_hex(encode(fetch_response({}), 12).joined());
  FetchResponse response = fetch_response({});
  response.responses[0].partitions[0].current_leader = {.leader_id = -1, .leader_epoch = -1};
  EXPECT_EQ(to_hex(encode(response, 12).joined()), without);
  response.responses[0].partitions[0].current_leader.leader_id = 0;
  EXPECT_NE(to_hex(encode(response, 12).joined()), without);
}

TEST(Encode, ANullStructInATaggedFieldIsAVarintOfZero) {
  ConsumerGroupMemberMetadataValue value;
  value.classic_member_metadata = std::nullopt;  // its default is an empty struct
  const std::string hex = to_hex(encode(value, 0).joined());
  EXPECT_EQ(hex.substr(hex.size() - 8), "01000100");
}

TEST(EncodeDeathTest, ANullThatTheVersionDoesNotAllowIsABug) {
  EXPECT_DEATH(encode(MetadataRequest{.topics = std::nullopt}, 0), "field topics");
  EXPECT_DEATH(encode(MetadataRequest{.topics = {{{.name = std::nullopt}}}}, 9), "field name");
  EXPECT_DEATH(encode(MetadataRequest{}, 99), "versions");
  EXPECT_DEATH(encode(MetadataRequest{.topics = {{{.name = String(32768, 'a')}}}}, 9), "32767");
}

TEST(Unwritable, NamesTheFirstValueThatWouldBeLost) {
  const MetadataRequest request{.allow_auto_topic_creation = false};
  EXPECT_EQ(unwritable(request, 3), "allow_auto_topic_creation");
  EXPECT_EQ(unwritable(request, 4), std::nullopt);
  const MetadataRequest no_name{.topics = {{{.name = "a"}, {.name = std::nullopt}}}};
  EXPECT_EQ(unwritable(no_name, 9), "topics[1].name");
  EXPECT_EQ(unwritable(no_name, 12), std::nullopt);
  const MetadataRequest all{.topics = std::nullopt};
  EXPECT_EQ(unwritable(all, 0), "topics");
  EXPECT_EQ(unwritable(all, 1), std::nullopt);
}

TEST(Unwritable, AnIgnorableFieldMayBeDropped) {
  const MetadataResponse response{.cluster_id = "c", .controller_id = 4};
  EXPECT_EQ(unwritable(response, 0), std::nullopt);
  EXPECT_EQ(unwritable(MetadataResponse{.cluster_authorized_operations = 1}, 7),
            "cluster_authorized_operations");
}

TEST(Unwritable, UnknownTagsNeedAFlexibleVersion) {
  const MetadataRequest request{.unknown_tags = {{50, Slice::copy_of("x")}}, .topics = {{}}};
  EXPECT_EQ(unwritable(request, 8), "unknown_tags");
  EXPECT_EQ(unwritable(request, 9), std::nullopt);
}

TEST(Defaults, AreKafkas) {
  EXPECT_EQ(FetchRequest{}.session_epoch, -1);
  EXPECT_EQ(fetch_request::FetchPartition{}.high_watermark, INT64_MAX);
  EXPECT_EQ(produce_request::PartitionProduceData{}.records, std::nullopt);
  EXPECT_EQ(produce_response::PartitionProduceResponse{}.error_message, std::nullopt);
  // Where the definition does not say null, a nullable field begins empty.
  EXPECT_EQ(create_topics_response::CreatableTopicResult{}.error_message, "");
  EXPECT_TRUE(MetadataRequest{}.topics.has_value());
  EXPECT_TRUE(MetadataRequest{}.allow_auto_topic_creation);
}

TEST(Messages, AreValues) {
  MetadataRequest a{.unknown_tags = {{50, Slice::copy_of("x")}}, .topics = {{{.name = "t"}}}};
  MetadataRequest b = a;
  EXPECT_TRUE(equal(a, b));
  b.unknown_tags.add({51, {}});
  EXPECT_FALSE(equal(a, b));
  EXPECT_EQ(a.unknown_tags.size(), 1U);
  a = std::move(b);
  EXPECT_EQ(a.unknown_tags.size(), 2U);
  a = MetadataRequest{};
  EXPECT_TRUE(a.unknown_tags.empty());
}

}  // namespace
}  // namespace understudy::wire
