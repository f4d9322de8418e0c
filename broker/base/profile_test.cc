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

TEST(Profile, LowersVersionsToThoseOfTheRelease) {
  const VersionRange ours{3, 13};
  EXPECT_EQ(Profile::named("2.4")->served(ApiKey::kProduce, ours).max, 8);
  EXPECT_EQ(Profile::named("3.6")->served(ApiKey::kProduce, ours).max, 9);
  EXPECT_EQ(Profile::named("4.4")->served(ApiKey::kProduce, ours).max, 13);
  EXPECT_EQ(Profile::named("4.3")->served(ApiKey::kApiVersions, {0, 5}).max, 4);
}

TEST(Profile, AnApiFromTheFutureIsNotServed) {
  const VersionRange served =
      Profile::named("3.6")->served(ApiKey::kDescribeTopicPartitions, {0, 0});
  EXPECT_LT(served.max, served.min);
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
