// The inputs that the fuzzer starts from, and every one that once found a fault, through the
// fuzzer's function.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

TEST(RecordBatchCorpus, IsJudgedWithinBounds) {
  const std::filesystem::path folder = "codec/corpus/record_batch";  // ctest runs this at the top
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    ASSERT_TRUE(file) << entry.path();
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::uint8_t> input(text.begin(), text.end());
    SCOPED_TRACE(entry.path().filename().string());
    LLVMFuzzerTestOneInput(input.data(), input.size());
    // The same with every other configuration, and cut short.
    for (int choice = 0; choice < 64 && input.size() > 2; ++choice) {
      std::vector<std::uint8_t> other = input;
      other[0] = static_cast<std::uint8_t>(choice);
      LLVMFuzzerTestOneInput(other.data(), other.size());
      LLVMFuzzerTestOneInput(other.data(),
                             other.size() - static_cast<std::size_t>(choice) % other.size());
    }
    ++inputs;
  }
  EXPECT_GE(inputs, 20) << "the corpus is missing from " << folder;
}

}  // namespace
