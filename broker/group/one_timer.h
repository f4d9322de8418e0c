// A timer that is set again and again, of which at most one is pending at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "broker/base/timers.h"

namespace understudy::broker {

// Cancelled when it is destroyed, so its action may use what it belongs to. The scope must outlive
// it.
class OneTimer {
 public:
  OneTimer() = default;
  ~OneTimer() { cancel(); }
  OneTimer(const OneTimer&) = delete;
  OneTimer& operator=(const OneTimer&) = delete;

  // In the place of what was set before. The action may destroy this object.
  void set(Timers::Scope& scope, std::int64_t at_ms, std::function<void()> action) {
    cancel();
    scope_ = &scope;
    id_ = scope.at(at_ms, std::move(action));
  }
  void cancel() {
    if (scope_ != nullptr) scope_->cancel(id_);
    scope_ = nullptr;
  }

 private:
  Timers::Scope* scope_ = nullptr;
  Timers::Id id_;
};

}  // namespace understudy::broker
