// Topics that a start made of directories which another broker had written: nobody has told how
// they are configured, so nothing of them is deleted.
#pragma once

#include <set>
#include <string>

#include "broker/cluster/config_values.h"
#include "broker/cluster/topic.h"
#include "broker/log/files.h"

namespace understudy::broker {

// The configurations that such a topic begins with: retention.ms and retention.bytes are -1, unless
// somebody has set them for the whole broker.
ConfigMap configs_when_taken_up(const InheritedConfigs& inherited);

// What was found of the topic, what is not known of it, and what will be deleted, in a line.
// `taken_up`: the partitions that have a directory.
std::string describe_taken_up(const Topic& topic, const std::set<TopicPartition>& taken_up);

}  // namespace understudy::broker
