// An answer that is put together from parts, which come at different times: of a request that
// several partitions of an internal topic have a say in.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "broker/base/request.h"

namespace understudy::broker {

template <class Response, class Part>
class PartwiseReply {
 public:
  using Combine = std::function<Response(std::vector<Part> parts)>;

  // Answered at once if there are no parts to wait for.
  static std::shared_ptr<PartwiseReply> make(Reply<Response> reply, std::size_t count,
                                             Combine combine) {
    const auto made = std::shared_ptr<PartwiseReply>(
        new PartwiseReply(std::move(reply), count, std::move(combine)));
    if (count == 0) made->send();
    return made;
  }

  // Each once, in whatever order; the last one sends the answer.
  void put(std::size_t at, Part part) {
    parts_[at] = std::move(part);
    if (--missing_ == 0) send();
  }

 private:
  PartwiseReply(Reply<Response> reply, std::size_t count, Combine combine)
      : reply_(std::move(reply)), combine_(std::move(combine)), parts_(count), missing_(count) {}

  void send() { std::move(reply_).send(combine_(std::move(parts_))); }

  Reply<Response> reply_;
  const Combine combine_;
  std::vector<Part> parts_;
  std::size_t missing_;
};

}  // namespace understudy::broker
