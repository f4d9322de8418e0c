// Where acks = all waits for the disk: what is not on it yet is on its way there.
#pragma once

#include "simulation/checks/checker.h"
#include "simulation/checks/scene.h"

namespace understudy::simulation {

class SyncCheck : public Checker {
 public:
  explicit SyncCheck(const Scene& scene) : scene_(scene) {}

  void look() override;

 private:
  void look_at(Slot slot) const;
  bool is_sync_pending(Slot slot) const;

  const Scene& scene_;
};

}  // namespace understudy::simulation
