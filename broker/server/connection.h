// One client's connection: frames in, answers out, both in order.
//
// As in Kafka's SocketServer a connection has one request at a time in the core; the next one is
// delivered when that one is answered, so answers are in the order of the requests whatever waits.
// Answers of one turn are written together. A peer that does not read its answers is not read from.
// While a request is in the core one more read is made, or nobody would notice that the peer is
// gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/server/asio.h"
#include "broker/server/input.h"
#include "broker/server/output_queue.h"

namespace understudy::server {

class Connection;

// What a connection needs from its owner.
class ConnectionHost {
 public:
  // A request; the core may answer from within.
  virtual void deliver(broker::ConnectionId connection, wire::Slice frame) = 0;
  // The peer sends nothing more while its request is in the core: most often it is gone.
  virtual void peer_finished(broker::ConnectionId connection) = 0;
  // It is closed. The caller is one of its own functions: it must live until the turn's end.
  virtual void closed(Connection& connection) = 0;
  virtual void finish_turn() = 0;

  virtual ReceiveBuffers& buffers() = 0;
  virtual std::int32_t request_size_max() const = 0;
  virtual std::int64_t monotonic_ms() const = 0;

 protected:
  ~ConnectionHost() = default;
};

class Connection {
 public:
  // Unwritten answers beyond this stop the delivery of requests.
  static constexpr std::size_t kUnwrittenBytesMax = 256u << 10;
  // After so many full reads it is the others' turn.
  static constexpr int kReadsPerTurn = 4;

  Connection(ConnectionHost& host, broker::ConnectionId id, broker::NodeId node, Socket socket,
             const Address& peer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  broker::ConnectionId id() const { return id_; }
  broker::NodeId node() const { return node_; }
  const Address& peer() const { return peer_; }
  std::string describe() const;
  void log_close(std::string_view reason) const;

  void start();

  // Notes of what the core said; they take effect with the next work(). True: a work() is wanted,
  // the connection is not in the middle of one.
  [[nodiscard]] bool note_response(std::vector<wire::Slice> frame);
  [[nodiscard]] bool note_nothing();
  [[nodiscard]] bool note_close();

  // Delivers what may be delivered, writes what can be written, and waits for what is missing.
  void work();

  // Closes at once; unwritten answers are lost. The core is informed.
  void abort();

  std::int64_t last_active_ms() const { return last_active_ms_; }
  // Nothing refers to a closed connection any more once its last wait has ended.
  bool is_finished() const { return is_closed_ && waits_ == 0; }

 private:
  bool may_deliver() const;
  bool may_read() const;
  bool has_frame() const;
  void read();
  bool receive();
  void end_of_input();
  void deliver();
  void write();
  void close_if_done();
  void close_socket();
  void wait_for_input();
  void wait_for_output();
  void refuse_frame(const wire::FramePeek& frame);

  ConnectionHost& host_;
  const broker::ConnectionId id_;
  const broker::NodeId node_;
  Socket socket_;
  const Address peer_;
  Input input_;
  OutputQueue output_;
  std::int64_t last_active_ms_;
  std::uint8_t waits_ = 0;
  bool waits_for_input_ = false;
  bool waits_for_output_ = false;
  bool is_muted_ = false;    // a request is in the core
  bool is_working_ = false;  // work() or read() is on the stack
  bool has_ended_ = false;   // the peer sends nothing more
  bool is_closing_ = false;  // closed as soon as everything is written
  bool is_closed_ = false;
};

}  // namespace understudy::server
