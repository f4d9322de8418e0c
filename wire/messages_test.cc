#include "wire/messages.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "wire/messages_fwd.h"

namespace understudy::wire {
namespace {

bool is_request_or_response(const Message& message) {
  return message.type == MessageType::kRequest || message.type == MessageType::kResponse;
}

// A request before its response, by key; whatever file its table is in.
TEST(Messages, AreListedInTheOrderOfTheirKeysAndThenTheOthers) {
  int last_place = -1;
  bool others_have_begun = false;
  for (const Message& message : all_messages()) {
    if (!is_request_or_response(message)) {
      others_have_begun = true;
      continue;
    }
    EXPECT_FALSE(others_have_begun) << message.schema->name;
    const int place =
        2 * message.schema->message.key + (message.type == MessageType::kResponse ? 1 : 0);
    EXPECT_GT(place, last_place) << message.schema->name;
    last_place = place;
  }
  EXPECT_TRUE(others_have_begun);
}

TEST(Messages, EveryRequestAndResponseIsDeclaredInMessagesFwd) {
  std::ifstream file("wire/messages_fwd.h");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const Message& message : all_messages()) {
    if (!is_request_or_response(message)) continue;
    const std::string declaration = "\nstruct " + std::string(message.schema->name) + ";\n";
    EXPECT_NE(text.find(declaration), std::string::npos) << message.schema->name;
  }
}

}  // namespace
}  // namespace understudy::wire
