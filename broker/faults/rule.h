// One fault: when it strikes, where, and what it does.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/random.h"
#include "broker/base/request.h"
#include "wire/api_key.h"
#include "wire/error_code.h"
#include "wire/schema.h"

namespace understudy::broker {

// Where in the life of a request a rule is asked.
enum class Seam : std::uint8_t {
  kRequest,       // before the body is parsed: nothing of the request has happened
  kBeforeAppend,  // Produce, per batch: before anything of the request is appended
  kAfterAppend,   // Produce, per batch: it is in the log (or was refused), the answer is not yet
                  // made
  kResponse,      // the answer is made and not yet sent
};

// Empty members match everything. Topic and partition are known at the append seams and, for
// Produce and Fetch, at the response; the producer's fields for Produce only. Groups, members and
// transactional ids are known wherever a request has them; of several one has to match.
struct Match {
  std::optional<wire::ApiKey> api;
  std::optional<std::string> client_id;
  std::optional<NodeId> node;
  std::optional<std::string> topic;
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> producer_id;
  std::optional<std::int16_t> producer_epoch;
  std::optional<std::int32_t> base_sequence;
  std::optional<std::string> group;
  std::optional<std::string> member_id;
  std::optional<std::string> instance_id;
  std::optional<std::string> transactional_id;

  bool names_subject() const {
    return topic || partition || producer_id || producer_epoch || base_sequence;
  }
  bool uses_names() const { return group || member_id || instance_id || transactional_id; }
};

// Which of the matching calls a rule strikes at. Calls count from 1.
class Trigger {
 public:
  static Trigger once() { return on_call(1); }
  static Trigger on_call(std::uint64_t n) { return {n, n, 1.0, 0}; }
  static Trigger times(std::uint64_t n) { return {1, n, 1.0, 0}; }
  static Trigger every_time() { return {1, UINT64_MAX, 1.0, 0}; }
  static Trigger with_probability(double p, std::uint64_t seed) { return {1, UINT64_MAX, p, seed}; }

  // Counts one matching call.
  bool strikes() {
    ++calls_;
    if (calls_ < first_ || calls_ > last_) return false;
    return probability_ >= 1.0 || random_.unit() < probability_;
  }

 private:
  Trigger(std::uint64_t first, std::uint64_t last, double probability, std::uint64_t seed)
      : first_(first), last_(last), probability_(probability), random_(seed) {}

  std::uint64_t first_;
  std::uint64_t last_;
  double probability_;
  Random random_;
  std::uint64_t calls_ = 0;
};

struct Action {
  enum class Kind : std::uint8_t {
    kError,           // answer with `error`
    kDelay,           // go on `delay_ms` later
    kHold,            // go on when the rule is released
    kDropConnection,  // close the connection, no answer
    kDropResponse,    // no answer, the connection stays
    kCutResponse,     // the first `cut_after_bytes` bytes of the answer, then close
    kEdit,            // change the response by `edit`
  };

  Kind kind = Kind::kError;
  wire::ErrorCode error = wire::ErrorCode::kNone;
  std::int64_t delay_ms = 0;
  std::size_t cut_after_bytes = 0;
  std::function<void(const wire::Struct& schema, void* response)> edit = {};

  static Action error_code(wire::ErrorCode error) { return {.kind = Kind::kError, .error = error}; }
  static Action delay(std::int64_t ms) { return {.kind = Kind::kDelay, .delay_ms = ms}; }
  static Action hold() { return {.kind = Kind::kHold}; }
  static Action drop_connection() { return {.kind = Kind::kDropConnection}; }
  static Action drop_response() { return {.kind = Kind::kDropResponse}; }
  static Action cut_response(std::size_t bytes) {
    return {.kind = Kind::kCutResponse, .cut_after_bytes = bytes};
  }
  // `Response` must be the response type of the API that the rule matches.
  template <class Response>
  static Action edit_response(std::function<void(Response&)> change) {
    return {.kind = Kind::kEdit, .edit = [change](const wire::Struct& schema, void* response) {
              if (&schema == &wire::schema_of<Response>) change(*static_cast<Response*>(response));
            }};
  }
};

struct Rule {
  Seam seam = Seam::kResponse;
  Match match;
  Trigger trigger = Trigger::once();
  Action action;
};

// Why the rule could never do what it says; nothing if it can.
std::optional<std::string> why_invalid(const Rule& rule);

}  // namespace understudy::broker
