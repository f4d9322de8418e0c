// Subscriptions by regular expression: when those of a group are looked up, and what they come to
// (GroupMetadataManager.maybeUpdateRegularExpressions, TopicRegexResolver).
//
// All expressions of a group are looked up together, apart from the request that causes it, and not
// more often than every ten seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "broker/cluster/cluster.h"
#include "broker/coordinator/record.h"
#include "broker/group/assignors.h"
#include "broker/group/consumer_group.h"
#include "wire/types.h"

namespace understudy::broker {

// What each pattern comes to now. One that does not compile comes to nothing.
ConsumerGroup::Regexes resolve_regexes(const Cluster& cluster,
                                       const std::vector<std::string>& patterns,
                                       std::int64_t now_ms);

// The records that note what the expressions of a group come to now. The group's epoch grows if
// that is something else than before.
struct RegexAnswer {
  std::vector<CoordinatorRecord> records;
  std::int32_t group_epoch = 0;
};
RegexAnswer look_up_regexes(const Cluster& cluster, const ConsumerGroup& group,
                            std::int64_t now_ms);

// What is not in the log: which groups wait for an answer, and what is known since when.
class RegexLookups {
 public:
  explicit RegexLookups(const Cluster& cluster) : cluster_(cluster) {}

  struct Question {
    const ConsumerGroup& group;
    // How many expressions are in use once the request is done.
    std::size_t regex_count = 0;
    bool brings_new = false;
    std::int64_t now_ms = 0;  // by the wall clock
    std::int64_t refresh_interval_ms = 0;
  };
  // Whether a heartbeat is to start a lookup.
  bool is_due(const Question& question);

  void start(const std::string& group) { running_.insert(group); }
  // It was answered, with the topics that there are now.
  void end(const std::string& group);
  // It was not.
  void give_up(const std::string& group) { running_.erase(group); }
  // The group is gone.
  void forget(const std::string& group) { looked_up_at_.erase(group); }
  // From here on only topics that are made later are new.
  void loaded();

 private:
  static constexpr std::int64_t kPauseMs = 10'000;

  // Looks whether topics were made since it last looked.
  void notice_new_topics();
  bool has_new_topics_since_lookup(const std::string& group);

  const Cluster& cluster_;
  std::set<std::string> running_;
  // By Cluster::metadata_offset(), which starts anew with the process: offsets in the log say
  // nothing here.
  std::map<std::string, std::int64_t> looked_up_at_;
  std::int64_t noticed_at_ = -1;
  std::int64_t new_topics_at_ = -1;
  std::set<wire::Uuid> known_topics_;
};

}  // namespace understudy::broker
