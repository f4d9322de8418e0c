// Between the public vocabulary and the core's.
#pragma once

#include "broker/base/events.h"
#include "broker/core/controls.h"
#include "broker/faults/rule.h"
#include "broker/log/crash.h"
#include "understudy/cluster.h"

namespace understudy {

// Throws Error if a name is not Kafka's, or the action does not fit the API.
broker::Rule to_core(const Rule& rule);
broker::Crash to_core(const Crash& crash);
broker::Partition::Tail to_core(Tail tail);

Event to_public(const broker::Event& event);

// Everything between the log start and the log end offset.
std::vector<Record> read_records(const broker::Controls& controls,
                                 const broker::PartitionName& name);

ProducerState to_public(const broker::ProducerView& view);
GroupSummary to_public(const broker::GroupSummaryView& view);
GroupState to_public(const broker::GroupDetailsView& view);
std::vector<broker::OffsetChange> to_core(const std::vector<OffsetChange>& changes);

}  // namespace understudy
