// Tells people, once per client, that it asks for something that is not there: transactions, share
// groups. Clients themselves say little of that, or try for ever.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "broker/base/request.h"
#include "wire/types.h"

namespace understudy::broker {

class Unserved {
 public:
  explicit Unserved(std::function<void(const std::string&)> report) : report_(std::move(report)) {}

  // Costs nothing for requests that are made without them. `body` may be anything.
  void look_at(const Request& request, const wire::Slice& body);

 private:
  enum class Kind : std::uint8_t { kTransactions, kShareGroups };
  // Names of clients come from outside: after so many nobody is told any more.
  static constexpr std::size_t kClientsMax = 1000;

  void note(Kind kind, const Request& request, const std::string& name);
  void look_at_coordinator(const Request& request, const wire::Slice& body);
  void look_at_names(Kind kind, const Request& request, const wire::Slice& body);

  std::function<void(const std::string&)> report_;
  std::set<std::pair<Kind, std::string>> told_;  // by client id
};

}  // namespace understudy::broker
