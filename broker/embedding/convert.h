// Between the public vocabulary and the core's.
#pragma once

#include "broker/base/events.h"
#include "broker/faults/rule.h"
#include "broker/log/crash.h"
#include "broker/log/partition.h"
#include "understudy/cluster.h"

namespace understudy {

// Throws Error if a name is not Kafka's or the rule could never strike.
broker::Rule to_core(const Rule& rule);
broker::Crash to_core(const Crash& crash);

Event to_public(const broker::Event& event);

// Everything between the log start and the log end offset.
std::vector<Record> read_records(const broker::Partition& partition);

std::vector<ProducerState> read_producers(const broker::ProducerStateManager& producers);

}  // namespace understudy
