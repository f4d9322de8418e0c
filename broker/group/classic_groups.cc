#include "broker/group/classic_groups.h"

namespace understudy::broker {

void ClassicGroups::replay(const CoordinatorRecord&) {}
void ClassicGroups::loaded() {}
void ClassicGroups::unloaded() {}

}  // namespace understudy::broker
