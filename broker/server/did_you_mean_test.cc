#include "broker/server/did_you_mean.h"

#include <gtest/gtest.h>

#include <array>

namespace understudy::server {
namespace {

TEST(EditDistance, CountsWhatIsChanged) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("listen", "listen"), 0u);
  EXPECT_EQ(edit_distance("lisen", "listen"), 1u);
  EXPECT_EQ(edit_distance("listten", "listen"), 1u);
  EXPECT_EQ(edit_distance("liston", "listen"), 1u);
  EXPECT_EQ(edit_distance("lsiten", "listen"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(DidYouMean, NamesTheNearest) {
  constexpr std::array<std::string_view, 3> kKnown = {"--listen", "--log-level", "--nodes"};
  EXPECT_EQ(did_you_mean("--lisen", kKnown), "; did you mean --listen?");
  EXPECT_EQ(did_you_mean("--node", kKnown), "; did you mean --nodes?");
  EXPECT_EQ(did_you_mean("--loglevel", kKnown), "; did you mean --log-level?");
  EXPECT_EQ(did_you_mean("--frobnicate", kKnown), "");
  EXPECT_EQ(did_you_mean("--lisen", {}), "");
}

}  // namespace
}  // namespace understudy::server
