#include "wire/json.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <limits>

#include "wire/base64.h"
#include "wire/messages/alter_client_quotas.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/metadata.h"
#include "wire/testing/support.h"
#include "wire/utf8.h"

namespace understudy::wire {
namespace {

template <class M>
std::string refusal(Version version, std::string_view text) {
  JsonError error;
  const auto value = parse_json(text, error);
  if (!value) return error.describe();
  M message;
  return from_json(message, version, *value, error) ? "" : error.describe();
}

TEST(Json, ShowsTheFieldsOfTheVersion) {
  const MetadataRequest request{.topics = {{{.name = "t"}}}};
  EXPECT_EQ(boost::json::serialize(to_json(request, 1)), R"({"topics":[{"name":"t"}]})");
  EXPECT_EQ(boost::json::serialize(to_json(request, 12)),
            R"({"topics":[{"topicId":"AAAAAAAAAAAAAAAAAAAAAA","name":"t"}],)"
            R"("allowAutoTopicCreation":true,"includeTopicAuthorizedOperations":false})");
}

TEST(Json, ShowsUnknownTags) {
  const MetadataRequest request{.unknown_tags = {{7, Slice::copy_of("\xff")}},
                                .topics = std::nullopt};
  EXPECT_EQ(boost::json::serialize(to_json(request, 11)),
            R"({"topics":null,"allowAutoTopicCreation":true,)"
            R"("includeTopicAuthorizedOperations":false,)"
            R"("_unknownTaggedFields":[{"tag":7,"data":"/w=="}]})");
}

TEST(Json, NamesThePlaceOfAMistake) {
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":[{"name":"a"},{"name":4}]})"),
            "expected a string at topics[1].name");
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":[{"name":null}]})"),
            "null where no null is allowed at topics[0].name");
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":[{"nmae":"a"}]})"),
            "missing field at topics[0].name");
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":[],"more":1})"),
            "this version has no such field at more");
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":[],"allowAutoTopicCreation":true})"),
            "this version has no such field at allowAutoTopicCreation");
  EXPECT_EQ(refusal<MetadataRequest>(99, "{}"), "version is not supported");
  EXPECT_EQ(refusal<MetadataRequest>(1, "[]"), "expected an object");
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":{}})"), "expected an array at topics");
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":[]})"), "");
}

TEST(Json, NumbersHaveTheirRange) {
  const auto with_key = [](const char* key) {
    return std::string(R"({"errorCode":0,"apiKeys":[{"apiKey":)") + key +
           R"(,"minVersion":0,"maxVersion":0}]})";
  };
  EXPECT_EQ(refusal<ApiVersionsResponse>(0, with_key("32767")), "");
  EXPECT_EQ(refusal<ApiVersionsResponse>(0, with_key("32768")),
            "expected an integer that fits the type at apiKeys[0].apiKey");
  EXPECT_EQ(refusal<ApiVersionsResponse>(0, with_key("1.5")),
            "expected an integer that fits the type at apiKeys[0].apiKey");
}

TEST(Json, UnknownTagsMustBeInOrderAndUnknown) {
  const auto with_tags = [](const char* tags) {
    return std::string(R"({"clientSoftwareName":"a","clientSoftwareVersion":"1",)") +
           R"("_unknownTaggedFields":)" + tags + "}";
  };
  EXPECT_EQ(refusal<ApiVersionsRequest>(
                3, with_tags(R"([{"tag":1,"data":""},{"tag":4294967295,"data":"AA=="}])")),
            "");
  EXPECT_EQ(
      refusal<ApiVersionsRequest>(3, with_tags(R"([{"tag":2,"data":""},{"tag":2,"data":""}])")),
      "tags are not in ascending order at _unknownTaggedFields[1]");
  EXPECT_EQ(refusal<ApiVersionsRequest>(3, with_tags(R"([{"tag":2,"data":"A"}])")),
            "expected bytes in base64 at _unknownTaggedFields[0].data");
  EXPECT_EQ(refusal<MetadataRequest>(1, R"({"topics":[],"_unknownTaggedFields":[]})"),
            "this version has no tagged fields at _unknownTaggedFields");
  EXPECT_EQ(refusal<ApiVersionsResponse>(3, R"({"errorCode":0,"apiKeys":[],"throttleTimeMs":0,)"
                                            R"("_unknownTaggedFields":[{"tag":3,"data":"AQ=="}]})"),
            "this version knows the tag at _unknownTaggedFields[0]");
}

TEST(Json, RefusesTextThatIsNotJson) {
  JsonError error;
  EXPECT_FALSE(parse_json("{", error));
  EXPECT_FALSE(parse_json("", error));
  EXPECT_FALSE(parse_json("1 2", error));
  EXPECT_TRUE(parse_json(" 1 \n", error));
}

TEST(Json, DoublesSurviveExactly) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    double number;
    std::memcpy(&number, &bits, sizeof number);
    if (i % 2 == 0) number = double(std::int64_t(bits)) / 1e13;
    alter_client_quotas_request::OpData sent{.key = "k", .value = number};
    JsonError error;
    const std::string text = boost::json::serialize(to_json(sent, 0));
    const auto parsed = parse_json(text, error);
    ASSERT_TRUE(parsed) << text;
    alter_client_quotas_request::OpData received;
    ASSERT_TRUE(from_json(received, 0, *parsed, error)) << error.describe() << text;
    if (number != number) {
      EXPECT_NE(received.value, received.value);
    } else {
      ASSERT_TRUE(equal(sent, received)) << text;
    }
  }
}

// Expected: what `new String(bytes, UTF_8)` of Java 17 gives, by its rules in String.decodeUTF8.
TEST(Json, ReplacesWhatIsNotUtf8AsJavaDoes) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(replace_invalid_utf8("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xad"),
            "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xad");
  EXPECT_EQ(replace_invalid_utf8("a\xff"
                                 "b"),
            "a" + r + "b");
  EXPECT_EQ(replace_invalid_utf8("\xc0\x80"), r + r);          // overlong NUL
  EXPECT_EQ(replace_invalid_utf8("\xe0\x80\x80"), r + r + r);  // overlong
  EXPECT_EQ(replace_invalid_utf8("\xed\xa0\x80"), r);          // a surrogate is one
  EXPECT_EQ(replace_invalid_utf8("\xe2\x82"), r);              // cut off
  EXPECT_EQ(replace_invalid_utf8("\xe2\x82"
                                 "a"),
            r + "a");
  EXPECT_EQ(replace_invalid_utf8("\xf0\x9f\x8e"), r);
  EXPECT_EQ(replace_invalid_utf8("\xf0\x9f\x8e"
                                 "a"),
            r + "a");
  EXPECT_EQ(replace_invalid_utf8("\xf4\x90\x80\x80"), r + r + r + r);  // above U+10FFFF
  EXPECT_EQ(replace_invalid_utf8("\xf8\x88\x80\x80\x80"), r + r + r + r + r);
  EXPECT_EQ(replace_invalid_utf8(std::string("a\0b", 3)), std::string("a\0b", 3));
}

TEST(Base64, HasOneSpellingForEachValue) {
  const auto encode = [](const std::string& text, Base64 alphabet) {
    return base64_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                         alphabet);
  };
  EXPECT_EQ(encode("", Base64::kPlain), "");
  EXPECT_EQ(encode("f", Base64::kPlain), "Zg==");
  EXPECT_EQ(encode("fo", Base64::kPlain), "Zm8=");
  EXPECT_EQ(encode("foo", Base64::kPlain), "Zm9v");
  EXPECT_EQ(encode("\xfb\xff", Base64::kPlain), "+/8=");
  EXPECT_EQ(encode("\xfb\xff", Base64::kUrlSafe), "-_8");
  EXPECT_EQ(base64_decode("Zm8=", Base64::kPlain), (std::vector<std::uint8_t>{'f', 'o'}));
  EXPECT_EQ(base64_decode("Zm8", Base64::kPlain), std::nullopt);
  EXPECT_EQ(base64_decode("Zm9=", Base64::kPlain), std::nullopt);
  EXPECT_EQ(base64_decode("-_8", Base64::kPlain), std::nullopt);
  EXPECT_EQ(base64_decode("-_8", Base64::kUrlSafe), (std::vector<std::uint8_t>{0xfb, 0xff}));
}

TEST(UuidText, IsUrlSafeBase64) {
  Uuid id;
  EXPECT_EQ(to_string(id), "AAAAAAAAAAAAAAAAAAAAAA");
  id.bytes.fill(0xff);
  EXPECT_EQ(to_string(id), "_____________________w");
}

}  // namespace
}  // namespace understudy::wire
