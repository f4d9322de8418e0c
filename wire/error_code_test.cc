#include "wire/error_code.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace understudy::wire {
namespace {

constexpr std::int16_t kFirstCode = -1;
constexpr std::int16_t kLastCode = 136;

std::vector<ErrorCode> all_codes() {
  std::vector<ErrorCode> codes;
  for (std::int16_t number = kFirstCode; number <= kLastCode; ++number)
    codes.push_back(ErrorCode(number));
  return codes;
}

TEST(ErrorCode, EveryCodeHasANameOfItsOwnThatLeadsBack) {
  std::set<std::string_view> names;
  for (const ErrorCode code : all_codes()) {
    EXPECT_TRUE(names.insert(name_of(code)).second) << name_of(code);
    EXPECT_EQ(error_code_of(name_of(code)), code);
  }
}

TEST(ErrorCode, NamesAreKafkas) {
  EXPECT_EQ(name_of(ErrorCode(-1)), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(name_of(ErrorCode(0)), "NONE");
  EXPECT_EQ(name_of(ErrorCode(6)), "NOT_LEADER_OR_FOLLOWER");
  EXPECT_EQ(name_of(ErrorCode(17)), "INVALID_TOPIC_EXCEPTION");
  EXPECT_EQ(name_of(ErrorCode(45)), "OUT_OF_ORDER_SEQUENCE_NUMBER");
  EXPECT_EQ(name_of(ErrorCode(90)), "PRODUCER_FENCED");
  EXPECT_EQ(name_of(ErrorCode(136)), "CONTROLLER_ID_NOT_REGISTERED");
}

TEST(ErrorCode, NumbersOutsideOfTheTableHaveNoName) {
  using Limits = std::numeric_limits<std::int16_t>;
  for (const int number : {int{Limits::min()}, kFirstCode - 1, kLastCode + 1, int{Limits::max()}}) {
    const auto code = static_cast<ErrorCode>(number);
    EXPECT_EQ(name_of(code), "UNKNOWN_ERROR_CODE") << number;
    EXPECT_EQ(describe(code), "Kafka has no error with this number.") << number;
    EXPECT_FALSE(is_retriable(code)) << number;
  }
  EXPECT_EQ(error_code_of("UNKNOWN_ERROR_CODE"), std::nullopt);
  EXPECT_EQ(error_code_of("none"), std::nullopt);
  EXPECT_EQ(error_code_of(""), std::nullopt);
}

TEST(ErrorCode, ClientsRetryTheseAndNoOthers) {
  const std::set<std::int16_t> expected = {2,  3,  5,  6,  7,   9,   13,  14,  15,  16, 19,
                                           20, 41, 51, 56, 70,  71,  72,  74,  75,  78, 80,
                                           83, 84, 88, 89, 100, 103, 106, 122, 123, 133};
  std::set<std::int16_t> retriable;
  for (const ErrorCode code : all_codes()) {
    if (is_retriable(code)) retriable.insert(static_cast<std::int16_t>(code));
  }
  EXPECT_EQ(retriable, expected);
}

TEST(ErrorCode, EveryErrorIsDescribedInASentenceOfItsOwn) {
  std::set<std::string_view> sentences;
  for (const ErrorCode code : all_codes()) {
    const std::string_view sentence = describe(code);
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
    ASSERT_FALSE(sentence.empty()) << name_of(code);
    EXPECT_TRUE(sentence.front() >= 'A' && sentence.front() <= 'Z') << sentence;
    EXPECT_EQ(sentence.back(), '.') << sentence;
  }
  EXPECT_EQ(describe(ErrorCode::kUnknownTopicId), "This server does not host this topic ID.");
}

}  // namespace
}  // namespace understudy::wire
