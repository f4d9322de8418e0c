// The timeout of requests that a broker passes on to the controller.
#pragma once

#include <cstdint>

namespace understudy::broker {

// True if the controller does not even begin. It drops what is in its queue past its deadline
// (QuorumController, KafkaEventQueue), and with a timeout of 0 or less everything is. All entries
// of the request are then answered REQUEST_TIMED_OUT, as often as the request names them; only a
// request that the controller is not asked about (nothing in it, or refused before) is answered as
// ever.
constexpr bool is_overdue(std::int32_t timeout_ms) { return timeout_ms <= 0; }

}  // namespace understudy::broker
