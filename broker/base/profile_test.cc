#include "broker/base/profile.h"

#include <gtest/gtest.h>

#include <algorithm>

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

const Feature* feature(std::string_view release, std::string_view name) {
  const std::span<const Feature> features = Profile::named(release)->features();
  const auto found = std::ranges::find(features, name, &Feature::name);
  return found == features.end() ? nullptr : &*found;
}

TEST(Profile, FeaturesCameWithKraft) {
  EXPECT_TRUE(Profile::named("2.4")->features().empty());
  ASSERT_EQ(Profile::named("3.6")->features().size(), 1u);
  EXPECT_EQ(feature("3.6", "metadata.version")->finalized, 14);
  EXPECT_EQ(feature("3.6", "transaction.version"), nullptr);
}

TEST(Profile, FeaturesAreThoseOfTheRelease) {
  EXPECT_EQ(feature("4.3", "metadata.version")->finalized, 30);
  EXPECT_EQ(feature("4.4", "metadata.version")->finalized, 33);
  EXPECT_EQ(feature("4.4", "transaction.version")->finalized, 2);
  EXPECT_EQ(feature("4.3", "share.version")->finalized, 1);
  EXPECT_EQ(feature("4.4", "share.version")->finalized, 2);
  EXPECT_EQ(feature("4.4", "kraft.version")->finalized, 0) << "a static quorum";
}

TEST(Profile, NoFeatureIsFinalizedBeyondWhatIsSupported) {
  for (const std::string_view release : Profile::names()) {
    for (const Feature& one : Profile::named(release)->features()) {
      EXPECT_LE(one.min, one.max) << release << " " << one.name;
      EXPECT_LE(one.finalized, one.max) << release << " " << one.name;
    }
  }
}

TEST(Profile, ConsumerGroupsChangedWith44) {
  for (const std::string_view release : Profile::names()) {
    const bool is_new = release == "4.4" || release == "4.5";
    const Profile profile = *Profile::named(release);
    EXPECT_EQ(profile.rebalances_for_another_assignor(), is_new) << release;
    EXPECT_EQ(profile.assigns_empty_groups(), is_new) << release;
    EXPECT_EQ(profile.lets_instances_into_full_groups(), is_new) << release;
    EXPECT_EQ(profile.refuses_malformed_subscriptions(), is_new) << release;
    EXPECT_EQ(profile.names_ranges_of_group_configs(), is_new) << release;
  }
}

}  // namespace
}  // namespace understudy::broker
