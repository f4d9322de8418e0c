// What one partition of an internal topic means to its coordinator.
//
// Its state is changed by replay() alone: when a partition is loaded record by record, and when the
// coordinator has appended a record itself. So what a restart finds is what there was (Kafka's
// CoordinatorShard). What is not in the log (who waits, timers) is lost with this object.
#pragma once

#include "broker/coordinator/record.h"
#include "codec/control_record.h"

namespace understudy::broker {

class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // In the order of the log. A record that makes no sense is skipped: another program wrote it.
  virtual void replay(const CoordinatorRecord& record, const RecordProducer& producer) = 0;
  // A producer's transaction has ended in this partition.
  virtual void transaction_ended(std::int64_t producer_id, codec::ControlType type) = 0;
  // All that the log holds was replayed; the node leads. Timers start.
  virtual void loaded() = 0;
  // The node does not lead any more, or stops in order. Who waits is answered NOT_COORDINATOR;
  // afterwards the object is destroyed. Not called when the process dies.
  virtual void unloaded() = 0;
};

}  // namespace understudy::broker
