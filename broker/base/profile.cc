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
  std::span<const Feature> features;
};

// What `kafka-storage format` finalizes for the release's own metadata.version. kraft.version stays
// at 0 with a static quorum.
constexpr std::array kFeatures_3_6 = {
    Feature{"metadata.version", 1, 14, 14},
};

constexpr std::array kFeatures_4_3 = {
    Feature{"eligible.leader.replicas.version", 0, 1, 1},
    Feature{"group.version", 0, 1, 1},
    Feature{"kraft.version", 0, 1, 0},
    Feature{"metadata.version", 7, 30, 30},
    Feature{"share.version", 0, 1, 1},
    Feature{"streams.version", 0, 1, 1},
    Feature{"transaction.version", 0, 2, 2},
};

constexpr std::array kFeatures_4_4 = {
    Feature{"eligible.leader.replicas.version", 0, 1, 1},
    Feature{"group.version", 0, 1, 1},
    Feature{"kraft.version", 0, 1, 0},
    Feature{"metadata.version", 7, 33, 33},
    Feature{"share.version", 0, 2, 2},
    Feature{"streams.version", 0, 1, 1},
    Feature{"transaction.version", 0, 2, 2},
};

constexpr std::array kReleases = {
    Release{"2.4", &NewestVersions::v2_4, UnknownProducerRule::kUnknownProducerId, false, {}},
    Release{"3.6", &NewestVersions::v3_6, UnknownProducerRule::kAccept, false, kFeatures_3_6},
    Release{"4.3", &NewestVersions::v4_3, UnknownProducerRule::kAccept, true, kFeatures_4_3},
    Release{"4.4", &NewestVersions::v4_4, UnknownProducerRule::kAccept, true, kFeatures_4_4},
    Release{"4.5", &NewestVersions::v4_4, UnknownProducerRule::kAcceptUnlessNewLog, true,
            kFeatures_4_4},
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

bool Profile::compaction_keeps_batch_at_high_watermark() const { return is_4_4_or_later(); }

bool Profile::rebalances_for_another_assignor() const { return is_4_4_or_later(); }

bool Profile::assigns_empty_groups() const { return is_4_4_or_later(); }

bool Profile::lets_instances_into_full_groups() const { return is_4_4_or_later(); }

bool Profile::refuses_malformed_subscriptions() const { return is_4_4_or_later(); }

bool Profile::names_ranges_of_group_configs() const { return is_4_4_or_later(); }

bool Profile::has_kip_1030_limits() const {
  return kReleases[static_cast<std::size_t>(index_)].is_kraft_only;
}

Version Profile::offset_commit_record_version() const {
  return kReleases[static_cast<std::size_t>(index_)].is_kraft_only ? 4 : 3;
}

bool Profile::has_group_configs() const {
  return kReleases[static_cast<std::size_t>(index_)].is_kraft_only;
}

std::span<const Feature> Profile::features() const {
  return kReleases[static_cast<std::size_t>(index_)].features;
}

}  // namespace understudy::broker
