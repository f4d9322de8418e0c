// Which Apache Kafka release is imitated. Every known difference between releases is one named
// question here; nothing else in the broker asks for a release number.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/api_key.h"
#include "wire/schema.h"

namespace understudy::broker {

// What a partition does with the first batch of a producer that it does not know, when the batch's
// sequence is not 0 (idempotent producers only; see the table in the specification's profiles).
enum class UnknownProducerRule {
  kUnknownProducerId,   // before 2.5: UNKNOWN_PRODUCER_ID
  kAccept,              // 2.5 to 4.4 (KIP-360)
  kAcceptUnlessNewLog,  // 4.5 (KAFKA-15591): OUT_OF_ORDER_SEQUENCE_NUMBER while the log never held
                        // a record
};

struct VersionRange {
  wire::Version min = 0;
  wire::Version max = -1;
  bool contains(wire::Version version) const { return min <= version && version <= max; }
  bool is_empty() const { return max < min; }
};

// An API that a release does not have.
inline constexpr wire::Version kAbsent = -1;

// The newest version of one API in each release. A release that is left out is a mistake that the
// table of APIs does not compile with.
struct NewestVersions {
  static constexpr wire::Version kLeftOut = -2;

  wire::Version v2_4 = kLeftOut;
  wire::Version v3_6 = kLeftOut;
  wire::Version v4_3 = kLeftOut;
  wire::Version v4_4 = kLeftOut;  // and 4.5

  constexpr bool is_complete() const {
    return v2_4 != kLeftOut && v3_6 != kLeftOut && v4_3 != kLeftOut && v4_4 != kLeftOut;
  }
};

// A feature that a release supports (KIP-584), and the level that its new clusters begin with.
struct Feature {
  std::string_view name;
  std::int16_t min = 0;
  std::int16_t max = 0;
  std::int16_t finalized = 0;  // 0: not finalized
};

class Profile {
 public:
  // "4.4", "4.3", "3.6", "2.4", "4.5"; nothing for a release that is not known.
  static std::optional<Profile> named(std::string_view release);
  static std::vector<std::string_view> names();
  static Profile newest() { return *named("4.4"); }

  std::string_view name() const;

  UnknownProducerRule unknown_producer_rule() const;

  // The newest version that the release has; kAbsent if it does not have the API.
  wire::Version newest_of(const NewestVersions& versions) const;

  // What ApiVersions lists. Kafka 4.0 took old versions away (KIP-896) yet lists Produce from 0 for
  // librdkafka's sake (KAFKA-18659); earlier releases served those versions, which Understudy does
  // not.
  wire::Version advertised_min(wire::ApiKey api, wire::Version served_min) const;

  // The batch that compaction never drops, even if nothing is left in it: 4.4 keeps the one that
  // ends at the high watermark, earlier releases the one that ends where a round ends.
  bool compaction_keeps_batch_at_high_watermark() const;

  // Consumer groups of 4.4 (KIP-848), where earlier releases do not: another assignor that most
  // members want raises the group's epoch; a group whose last member went counts as assigned; a
  // known instance may be taken over in a group that is full; a JoinGroup whose subscription cannot
  // be read is refused and not an error of the server.
  bool rebalances_for_another_assignor() const;
  bool assigns_empty_groups() const;
  bool lets_instances_into_full_groups() const;
  bool refuses_malformed_subscriptions() const;

  // KIP-1030 (4.0): segment.bytes is at least 1 MiB, timestamps may be at most an hour ahead.
  bool has_kip_1030_limits() const;

  // How a committed offset is stored (OffsetCommitValue): from 4.1 on with the id of its topic.
  wire::Version offset_commit_record_version() const;

  // Groups are resources that can be configured (KIP-848).
  bool has_group_configs() const;
  // What lies outside of the broker's bounds is refused with the range (4.4), or with the name of
  // the bound that it breaks.
  bool names_ranges_of_group_configs() const;

  // Empty before KRaft (KIP-584, KIP-778).
  std::span<const Feature> features() const;

 private:
  explicit Profile(int index) : index_(index) {}
  bool is_4_4_or_later() const { return name() == "4.4" || name() == "4.5"; }

  int index_;
};

}  // namespace understudy::broker
