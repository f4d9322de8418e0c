// The inputs that a fuzzer starts from, and every one that once found a fault, through the fuzzer's
// function: a program that stops is the failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> inputs() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(UNDERSTUDY_CORPUS)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::uint8_t> content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return {text.begin(), text.end()};
}

TEST(UNDERSTUDY_CORPUS_SUITE, EveryInputIsHandled) {
  const auto paths = inputs();
  EXPECT_GE(paths.size(), 5u) << "the corpus is missing from " << UNDERSTUDY_CORPUS;
  for (const auto& path : paths) {
    SCOPED_TRACE(path);
    const std::vector<std::uint8_t> input = content_of(path);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
}

// The first steps that a fuzzer would take from there: cut short, and single bytes changed. A small
// corpus is damaged at all places, of a large one each input at some, and the next at others: the
// time does not grow with the corpus.
TEST(UNDERSTUDY_CORPUS_SUITE, EveryInputIsHandledWhenItIsDamaged) {
  constexpr std::size_t kPlaces = 16;
  constexpr std::size_t kDamages = 1000;
  const auto paths = inputs();
  const std::size_t step =
      kPlaces /
      std::clamp<std::size_t>(kDamages / std::max<std::size_t>(paths.size(), 1), 1, kPlaces);
  for (std::size_t number = 0; number < paths.size(); ++number) {
    SCOPED_TRACE(paths[number]);
    const std::vector<std::uint8_t> input = content_of(paths[number]);
    for (std::size_t place = number % step; place < kPlaces && !input.empty(); place += step) {
      const std::size_t at = input.size() * place / kPlaces;
      LLVMFuzzerTestOneInput(input.data(), at);
      std::vector<std::uint8_t> damaged = input;
      damaged[at] ^= static_cast<std::uint8_t>(1u << (place % 8));
      LLVMFuzzerTestOneInput(damaged.data(), damaged.size());
    }
  }
}

}  // namespace
