// Replays the fuzzer's corpus, so that what it once found stays found without a fuzzer.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "wire/decode_fuzz.h"
#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

TEST(Corpus, EveryDecodeInputIsHandled) {
  const std::string folder = "wire/corpus/decode";  // ctest runs this in the top folder
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    ASSERT_TRUE(file);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    ASSERT_GE(content.size(), 3U);
    fuzz_decode(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
    ++files;
  }
  EXPECT_GE(files, 5);
}

// A short walk from valid inputs into broken ones: single bytes changed, pieces cut out.
TEST(Corpus, MutationsOfRandomValuesAreHandled) {
  std::mt19937_64 random(1);
  for (const Message& message : all_messages()) {
    const bool is_request = message.type == MessageType::kRequest;
    if (!is_request && message.type != MessageType::kResponse) continue;
    const Struct& schema = *message.schema;
    const Versions versions = schema.message.versions;
    for (Version version = versions.first; version <= versions.last; ++version) {
      AnyMessage value(schema);
      arbitrary(schema, value.get(), version, random);
      Output out;
      encode(schema, value.get(), version, out);
      const Slice body = out.joined();
      std::string input{char(is_request ? 0 : 1), char(schema.message.key), char(version)};
      input += body.view();
      for (int i = 0; i < 20; ++i) {
        std::string mutated = input;
        if (!body.empty()) mutated[3 + random() % body.size()] = char(random());
        if (i % 4 == 0) mutated.erase(3 + random() % (body.size() + 1), random() % 4);
        fuzz_decode(reinterpret_cast<const std::uint8_t*>(mutated.data()), mutated.size());
      }
    }
  }
}

}  // namespace
}  // namespace understudy::wire
