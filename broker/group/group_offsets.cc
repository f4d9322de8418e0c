#include "broker/group/group_offsets.h"

namespace understudy::broker {

void GroupOffsets::replay(const CoordinatorRecord&, const RecordProducer&) {}
void GroupOffsets::transaction_ended(std::int64_t, codec::ControlType) {}
void GroupOffsets::loaded() {}
void GroupOffsets::topics_changed() {}

}  // namespace understudy::broker
