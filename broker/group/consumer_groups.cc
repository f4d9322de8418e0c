#include "broker/group/consumer_groups.h"

namespace understudy::broker {

void ConsumerGroups::replay(const CoordinatorRecord&) {}
void ConsumerGroups::loaded() {}
void ConsumerGroups::unloaded() {}

}  // namespace understudy::broker
