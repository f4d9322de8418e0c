#include "broker/base/profile.h"

#include <algorithm>
#include <array>

namespace understudy::broker {
namespace {

using wire::ApiKey;
using wire::Version;

struct Release {
  std::string_view name;
  Version NewestVersions::* newest_version;
  UnknownProducerRule unknown_producer;
  bool is_kraft_only;  // 4.0 and later: KIP-896 took old versions away, KIP-1030 set limits
  std::int16_t metadata_version_level;  // 0: the release has no feature levels
  std::int16_t metadata_version_min;
};

constexpr std::array kReleases = {
    Release{"2.4", &NewestVersions::v2_4, UnknownProducerRule::kUnknownProducerId, false, 0, 0},
    Release{"3.6", &NewestVersions::v3_6, UnknownProducerRule::kAccept, false, 14, 1},
    Release{"4.3", &NewestVersions::v4_3, UnknownProducerRule::kAccept, true, 30, 7},
    Release{"4.4", &NewestVersions::v4_4, UnknownProducerRule::kAccept, true, 33, 7},
    Release{"4.5", &NewestVersions::v4_4, UnknownProducerRule::kAcceptUnlessNewLog, true, 33, 7},
};

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

Version Profile::newest_of(const NewestVersions& versions) const {
  return versions.*kReleases[static_cast<std::size_t>(index_)].newest_version;
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
