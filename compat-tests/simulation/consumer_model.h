// A reader that follows all partitions, and now and then goes back to look again. What it is shown
// is noted where it leaves the broker.
#pragma once

#include "simulation/client.h"

namespace understudy::simulation {

class ConsumerModel : public Client {
 public:
  ConsumerModel(ClientWorld& world, ClientOptions options, std::uint64_t seed);

  // It reads no more.
  void stop() { is_stopped_ = true; }

 private:
  void fetch(Slot slot);

  std::map<Slot, std::int64_t> positions_;
  bool is_stopped_ = false;
};

}  // namespace understudy::simulation
