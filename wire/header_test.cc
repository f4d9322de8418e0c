#include "wire/header.h"

#include <gtest/gtest.h>

#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

std::string refusal(std::string_view hex) {
  DecodeError error;
  if (read_request_header(from_hex(hex), error)) return "";
  return std::string(error.reason) + " at " + error.path;
}

TEST(RequestHeader, IsVersion1BeforeFlexibleBodiesAnd2WithThem) {
  DecodeError error;
  const auto old = read_request_header(from_hex("0000 0008 00000007 0001 63 ffff"), error);
  ASSERT_TRUE(old) << error.describe();
  EXPECT_EQ(old->key, ApiKey::kProduce);
  EXPECT_EQ(old->version, 8);
  EXPECT_EQ(old->header.correlation_id, 7);
  EXPECT_EQ(old->header.client_id, "c");
  EXPECT_EQ(old->body_at, 11U);
  EXPECT_EQ(old->request, find_request(ApiKey::kProduce));

  const auto flexible = read_request_header(from_hex("0000 0009 fffffff9 0001 63 00 ffff"), error);
  ASSERT_TRUE(flexible) << error.describe();
  EXPECT_EQ(flexible->header.correlation_id, -7);
  EXPECT_EQ(flexible->body_at, 12U);
}

TEST(RequestHeader, MayHaveANullClientIdAndUnknownTags) {
  DecodeError error;
  const auto parsed = read_request_header(from_hex("0012 0003 00000001 ffff 01 07 01 aa"), error);
  ASSERT_TRUE(parsed) << error.describe();
  EXPECT_EQ(parsed->header.client_id, std::nullopt);
  EXPECT_EQ(parsed->header.unknown_tags.size(), 1U);
  EXPECT_EQ(parsed->body_at, 14U);
  Output out;
  write_request_header(parsed->header, out);
  EXPECT_EQ(to_hex(out.joined()), hex("0012 0003 00000001 ffff 01 07 01 aa"));
}

// cluster-and-admin 2.1: the broker has to answer these, so their headers have to be read.
TEST(RequestHeader, IsReadForUnknownVersionsOfApiVersions) {
  DecodeError error;
  const auto newer = read_request_header(from_hex("0012 7fff 00000001 ffff 00 99"), error);
  ASSERT_TRUE(newer) << error.describe();
  EXPECT_EQ(newer->body_at, 11U);
  const auto negative = read_request_header(from_hex("0012 ffff 00000001 ffff"), error);
  ASSERT_TRUE(negative) << error.describe();
  EXPECT_EQ(negative->version, -1);
  EXPECT_EQ(negative->body_at, 10U);
  EXPECT_NE(refusal("0012 7fff 00000001 ffff"), "") << "has no tag section";
}

TEST(RequestHeader, IsRefusedWithTheNameOfThePlace) {
  EXPECT_EQ(refusal(""), "frame ends early at request header");
  EXPECT_EQ(refusal("000000"), "frame ends early at request header");
  EXPECT_EQ(refusal("0004 0000 00000001 ffff"), "unknown API key at request header");
  EXPECT_EQ(refusal("7fff 0000 00000001 ffff"), "unknown API key at request header");
  EXPECT_EQ(refusal("ffff 0000 00000001 ffff"), "unknown API key at request header");
  EXPECT_EQ(refusal("0000 0009 00000001 0005 63"),
            "length exceeds the rest of the frame at request header: client_id");
}

TEST(ResponseHeader, IsAlwaysVersion0ForApiVersions) {
  for (Version version = 0; version <= 5; ++version) {
    EXPECT_EQ(response_header_version(ApiKey::kApiVersions, version), 0);
  }
  EXPECT_EQ(response_header_version(ApiKey::kProduce, 8), 0);
  EXPECT_EQ(response_header_version(ApiKey::kProduce, 9), 1);
  EXPECT_EQ(response_header_version(ApiKey::kSaslHandshake, 1), 0);
}

TEST(ResponseHeader, IsWrittenAndRead) {
  Output out;
  write_response_header(ApiKey::kProduce, 9, 7, out);
  EXPECT_EQ(to_hex(out.joined()), hex("00000007 00"));
  write_response_header(ApiKey::kApiVersions, 3, 7, out);
  EXPECT_EQ(to_hex(out.joined()), "00000007");

  ResponseHeader header;
  DecodeError error;
  EXPECT_EQ(read_response_header(ApiKey::kProduce, 9, from_hex("00000007 00 ff"), header, error),
            5U);
  EXPECT_EQ(header.correlation_id, 7);
  EXPECT_EQ(read_response_header(ApiKey::kProduce, 9, from_hex("00000007"), header, error),
            std::nullopt);
  EXPECT_EQ(error.path, "response header: tags");
}

}  // namespace
}  // namespace understudy::wire
