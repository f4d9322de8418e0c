// A Kafka client without any will of its own: it sends exactly what it is given, waits for the
// answer, and retries nothing.
//
// What goes wrong on the connection is thrown as a TransportError, which ends the test that runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/responses.h"
#include "wire/api_key.h"
#include "wire/engine.h"

namespace understudy::support {

using wire::Slice;
using wire::Version;

struct TransportError : std::runtime_error {
  using runtime_error::runtime_error;
};

struct ConnectionClosed : TransportError {
  using TransportError::TransportError;
};

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

// "127.0.0.1:9092", "[::1]:9092"
Address parse_address(std::string_view text);
// One or more of them between commas: the nodes of a cluster.
std::vector<Address> parse_addresses(std::string_view text);

class RawClient {
 public:
  // How long an answer may take. Generous: it only bounds how long a failing test hangs.
  static constexpr std::chrono::milliseconds kPatience{30'000};

  RawClient(const Address& address, std::string client_id);
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&& other) noexcept;
  ~RawClient();

  // Sends one request and waits for its answer.
  template <class Request>
  wire::ResponseOf<Request> ask(const Request& request, Version version) {
    send(request, version);
    return receive<wire::ResponseOf<Request>>();
  }

  // Sends and does not wait: receive() takes the answers in the order of the requests.
  template <class Request>
  void send(const Request& request, Version version) {
    expected_.push_back(write(wire::schema_of<Request>, &request, version));
  }

  // For requests that get no answer (Produce with acks=0) or whose connection is closed instead.
  template <class Request>
  void send_unanswered(const Request& request, Version version) {
    write(wire::schema_of<Request>, &request, version);
  }

  template <class Response>
  Response receive() {
    Response response;
    read(wire::schema_of<Response>, &response);
    return response;
  }

  // The next frame without its size; the request it answers is forgotten.
  Slice receive_frame();

  // Bytes as they are, and a frame around them.
  void send_bytes(std::span<const std::uint8_t> bytes);
  void send_frame(std::span<const std::uint8_t> bytes);

  // The same for those who want to know what came in its place.
  enum class Arrival { kFrame, kClosed, kSilence };
  struct Arrived {
    Arrival what{};
    Slice frame;
  };
  Arrived await_frame(std::chrono::milliseconds patience);

  // Nothing more will be sent; answers may still come.
  void end_sending();

  // True if the broker closes the connection without another byte; false if it sends something
  // or does nothing for as long as the patience lasts.
  bool is_closed_by_broker();

  // Whether something can be read now.
  bool has_answer() const;

  // The request as it would go over the wire, behind the size; gives it a correlation id.
  template <class Request>
  Slice frame_of(const Request& request, Version version) {
    return build(wire::schema_of<Request>, &request, version).frame;
  }

 private:
  struct Expected {
    wire::ApiKey key{};
    Version version = 0;
    std::int32_t correlation_id = 0;
  };
  struct Built {
    Expected expected;
    Slice frame;
  };

  Built build(const wire::Struct& schema, const void* request, Version version);
  Expected write(const wire::Struct& schema, const void* request, Version version);
  void read(const wire::Struct& schema, void* response);
  void read_exactly(std::uint8_t* out, std::size_t size);
  bool await_readable(std::chrono::milliseconds patience) const;

  int socket_ = -1;
  std::string client_id_;
  std::int32_t next_correlation_id_ = 1;
  std::deque<Expected> expected_;
};

}  // namespace understudy::support
