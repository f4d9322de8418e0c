#include "broker/base/profile.h"

#include <algorithm>
#include <array>
#include <limits>

namespace understudy::broker {
namespace {

using wire::ApiKey;
using wire::Version;

struct Release {
  std::string_view name;
  UnknownProducerRule unknown_producer;
  bool is_kraft_only;  // 4.0 and later: KIP-896 took old versions away, KIP-1030 set limits
  std::int16_t metadata_version_level;  // 0: the release has no feature levels
  std::int16_t metadata_version_min;
};

constexpr std::array kReleases = {
    Release{"2.4", UnknownProducerRule::kUnknownProducerId, false, 0, 0},
    Release{"3.6", UnknownProducerRule::kAccept, false, 14, 1},
    Release{"4.3", UnknownProducerRule::kAccept, true, 30, 7},
    Release{"4.4", UnknownProducerRule::kAccept, true, 33, 7},
    Release{"4.5", UnknownProducerRule::kAcceptUnlessNewLog, true, 33, 7},
};

constexpr Version kAbsent = -1;
constexpr Version kAny = std::numeric_limits<Version>::max();

// The newest version of an API per release, where it is not what we serve for the newest one.
struct ReleaseVersions {
  ApiKey api;
  Version v2_4;
  Version v3_6;
  Version v4_3;
};

constexpr std::array kNewestVersions = {
    ReleaseVersions{ApiKey::kProduce, 8, 9, 13},
    ReleaseVersions{ApiKey::kFetch, 11, 15, 18},
    ReleaseVersions{ApiKey::kListOffsets, 5, 8, 11},
    ReleaseVersions{ApiKey::kMetadata, 9, 12, 13},
    ReleaseVersions{ApiKey::kFindCoordinator, 3, 4, 6},
    ReleaseVersions{ApiKey::kApiVersions, 3, 3, 4},
    ReleaseVersions{ApiKey::kCreateTopics, 5, 7, 7},
    ReleaseVersions{ApiKey::kDeleteTopics, 4, 6, 6},
    ReleaseVersions{ApiKey::kDeleteRecords, 1, 2, 2},
    ReleaseVersions{ApiKey::kInitProducerId, 2, 4, 5},
    ReleaseVersions{ApiKey::kOffsetForLeaderEpoch, 3, 4, 4},
    ReleaseVersions{ApiKey::kDescribeConfigs, 2, 4, 4},
    ReleaseVersions{ApiKey::kAlterConfigs, 1, 2, 2},
    ReleaseVersions{ApiKey::kDescribeLogDirs, 1, 4, 5},
    ReleaseVersions{ApiKey::kCreatePartitions, 1, 3, 3},
    ReleaseVersions{ApiKey::kIncrementalAlterConfigs, 1, 1, 1},
    ReleaseVersions{ApiKey::kDescribeCluster, kAbsent, 0, 2},
    ReleaseVersions{ApiKey::kDescribeProducers, kAbsent, 0, 0},
    ReleaseVersions{ApiKey::kListConfigResources, kAbsent, kAbsent, 1},
    ReleaseVersions{ApiKey::kDescribeTopicPartitions, kAbsent, kAbsent, 0},
};

Version newest_version(std::string_view release, ApiKey api) {
  const auto row = std::find_if(kNewestVersions.begin(), kNewestVersions.end(),
                                [&](const ReleaseVersions& one) { return one.api == api; });
  if (row == kNewestVersions.end()) return kAny;
  if (release == "2.4") return row->v2_4;
  if (release == "3.6") return row->v3_6;
  if (release == "4.3") return row->v4_3;
  return kAny;
}

}  // namespace

std::optional<Profile> Profile::named(std::string_view release) {
  for (std::size_t i = 0; i < kReleases.size(); ++i) {
    if (kReleases[i].name == release) return Profile(static_cast<int>(i));
  }
  return std::nullopt;
}

std::vector<std::string_view> Profile::names() {
  std::vector<std::string_view> names;
  for (const Release& release : kReleases) names.push_back(release.name);
  return names;
}

std::string_view Profile::name() const { return kReleases[static_cast<std::size_t>(index_)].name; }

UnknownProducerRule Profile::unknown_producer_rule() const {
  return kReleases[static_cast<std::size_t>(index_)].unknown_producer;
}

VersionRange Profile::served(ApiKey api, VersionRange ours) const {
  return {ours.min, std::min(ours.max, newest_version(name(), api))};
}

Version Profile::advertised_min(ApiKey api, Version served_min) const {
  return api == ApiKey::kProduce ? Version{0} : served_min;
}

bool Profile::compaction_keeps_batch_at_high_watermark() const {
  return name() == "4.4" || name() == "4.5";
}

bool Profile::has_kip_1030_limits() const {
  return kReleases[static_cast<std::size_t>(index_)].is_kraft_only;
}

std::optional<FeatureLevels> Profile::metadata_version() const {
  const Release& release = kReleases[static_cast<std::size_t>(index_)];
  if (release.metadata_version_level == 0) return std::nullopt;
  return FeatureLevels{release.metadata_version_min, release.metadata_version_level};
}

}  // namespace understudy::broker
