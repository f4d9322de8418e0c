#include "broker/base/profile.h"

#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

using wire::ApiKey;

TEST(Profile, KnowsItsReleases) {
  for (const std::string_view name : {"2.4", "3.6", "4.3", "4.4", "4.5"}) {
    const auto profile = Profile::named(name);
    ASSERT_TRUE(profile) << name;
    EXPECT_EQ(profile->name(), name);
  }
  EXPECT_EQ(Profile::named("0.8"), std::nullopt);
  EXPECT_EQ(Profile::newest().name(), "4.4");
}

TEST(Profile, TheFirstBatchRuleChangedTwice) {
  EXPECT_EQ(Profile::named("2.4")->unknown_producer_rule(),
            UnknownProducerRule::kUnknownProducerId);
  EXPECT_EQ(Profile::named("3.6")->unknown_producer_rule(), UnknownProducerRule::kAccept);
  EXPECT_EQ(Profile::named("4.4")->unknown_producer_rule(), UnknownProducerRule::kAccept);
  EXPECT_EQ(Profile::named("4.5")->unknown_producer_rule(),
            UnknownProducerRule::kAcceptUnlessNewLog);
}

TEST(Profile, NamesTheNewestVersionOfItsRelease) {
  const NewestVersions versions{.v2_4 = kAbsent, .v3_6 = 9, .v4_3 = 13, .v4_4 = 14};
  EXPECT_EQ(Profile::named("2.4")->newest_of(versions), kAbsent);
  EXPECT_EQ(Profile::named("3.6")->newest_of(versions), 9);
  EXPECT_EQ(Profile::named("4.3")->newest_of(versions), 13);
  EXPECT_EQ(Profile::named("4.4")->newest_of(versions), 14);
  EXPECT_EQ(Profile::named("4.5")->newest_of(versions), 14);
}

TEST(Profile, ProduceIsListedFromZero) {
  EXPECT_EQ(Profile::newest().advertised_min(ApiKey::kProduce, 3), 0);
  EXPECT_EQ(Profile::newest().advertised_min(ApiKey::kFetch, 4), 4);
}

TEST(Profile, FeatureLevelsCameWithKraft) {
  EXPECT_FALSE(Profile::named("2.4")->metadata_version());
  EXPECT_EQ(Profile::named("4.4")->metadata_version()->max, 33);
}

}  // namespace
}  // namespace understudy::broker
