// An answer about state that others may read only once it is replicated.
#pragma once

#include <memory>
#include <utility>

#include "broker/base/request.h"
#include "broker/coordinator/runtime.h"

namespace understudy::broker {

// Answers as soon as everything that was written before is replicated. The error of the response
// is that of the wait, if there is one.
template <class Response>
void answer_when_replicated(Shard& shard, Reply<Response> reply, Response response) {
  const auto kept = std::make_shared<Reply<Response>>(std::move(reply));
  shard.write({}, [kept, response = std::move(response)](wire::ErrorCode error) {
    Response answer;
    if (error == wire::ErrorCode::kNone) {
      answer = response;
    } else {
      answer.error_code = error;
    }
    std::move(*kept).send(std::move(answer));
  });
}

}  // namespace understudy::broker
