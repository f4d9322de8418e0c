// The machine's clock as one request sees it: read once at most, however often it is asked for.
#pragma once

#include <cstdint>
#include <optional>

#include "broker/base/clock.h"

namespace understudy::broker {

class RequestClock : public Clock {
 public:
  explicit RequestClock(const Clock& source) : source_(source) {}

  std::int64_t wall_ms() const override {
    if (!is_in_request_) return source_.wall_ms();
    if (!wall_ms_) wall_ms_ = source_.wall_ms();
    return *wall_ms_;
  }
  std::int64_t monotonic_ms() const override { return source_.monotonic_ms(); }

  // The request lasts as long as this.
  class Request {
   public:
    explicit Request(RequestClock& clock) : clock_(clock) {
      clock_.wall_ms_.reset();
      clock_.is_in_request_ = true;
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request() { clock_.is_in_request_ = false; }

   private:
    RequestClock& clock_;
  };

 private:
  const Clock& source_;
  bool is_in_request_ = false;
  mutable std::optional<std::int64_t> wall_ms_;
};

}  // namespace understudy::broker
