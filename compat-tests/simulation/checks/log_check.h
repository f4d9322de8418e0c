// The logs: what is let in and what becomes of it, what answers say of it, what blows leave, and
// whether in the end it fits what clients were told.
#pragma once

#include <map>

#include "simulation/checks/answers.h"
#include "simulation/checks/checker.h"
#include "simulation/checks/known_log.h"
#include "simulation/checks/recovery.h"
#include "simulation/checks/sent_items.h"

namespace understudy::simulation {

class LogCheck : public Checker {
 public:
  explicit LogCheck(const Scene& scene)
      : scene_(scene), logs_(scene), answers_(scene, logs_), recovery_(scene, logs_) {}

  void request(const Request& request) override;
  void answer(const Request& request, const wire::Slice& body) override;
  void disconnected(ConnectionId connection) override { in_flight_.erase(connection); }
  void event(const broker::Event& event) override;
  void befell(const Blow& blow) override;
  void recovered() override { recovery_.recovered(); }
  void time_passed() override;
  void at_rest() override;
  void end() override;

 private:
  void note_held(const Blow& blow);
  void stamp(SentItem& item) const;
  void note_silent(const ProcessDies& blow);
  ReadLog read_for_ledger(Slot slot);

  const Scene& scene_;
  KnownLogs logs_;
  Answers answers_;
  Recovery recovery_;
  std::map<ConnectionId, SentItems> in_flight_;
};

}  // namespace understudy::simulation
