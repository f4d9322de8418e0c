// The open connections, by their numbers.
#pragma once

#include <memory>
#include <unordered_map>
#include <utility>

#include "broker/base/session.h"

namespace understudy::broker {

class Sessions {
 public:
  void open(ConnectionId connection, Peer peer) {
    auto session = std::make_shared<Session>();
    session->peer = std::move(peer);
    sessions_.insert_or_assign(connection, std::move(session));
  }
  void close(ConnectionId connection) { sessions_.erase(connection); }

  // Null once it is closed.
  const std::shared_ptr<Session>* find(ConnectionId connection) const {
    const auto found = sessions_.find(connection);
    return found == sessions_.end() ? nullptr : &found->second;
  }
  bool is_open(ConnectionId connection) const { return sessions_.contains(connection); }

  const std::unordered_map<ConnectionId, std::shared_ptr<Session>>& all() const {
    return sessions_;
  }

 private:
  std::unordered_map<ConnectionId, std::shared_ptr<Session>> sessions_;
};

}  // namespace understudy::broker
