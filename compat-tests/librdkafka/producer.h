// librdkafka's producer as an application uses it, with idempotence on, and what became of each
// message.
//
// Nothing of librdkafka is changed or reached into: the plain C API, and its interceptors to learn
// when a request has left, which takes the place of sleeping.
#pragma once

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace understudy::compat {

using ProducerConfig = std::map<std::string, std::string>;

// One message that the application has handed over.
struct Message {
  std::string topic;
  std::int32_t partition = -1;
  std::string value;

  // The delivery report; meaningless while `reports` is 0.
  int reports = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_msg_status_t status = RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  std::int64_t offset = -1;  // negative: the report names none

  bool is_delivered() const { return reports > 0 && error == RD_KAFKA_RESP_ERR_NO_ERROR; }
};

struct FatalError {
  rd_kafka_resp_err_t code;
  std::string text;
};

class Producer {
 public:
  // How long anything may take. Generous: it only bounds how long a failing test hangs.
  static constexpr std::chrono::seconds kPatience{60};

  // `config` is laid over settings that make retries quick and give each message a batch and a
  // request of its own. Throws std::runtime_error if librdkafka refuses them.
  explicit Producer(const std::string& bootstrap, const ProducerConfig& config = {});
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Hands a message over; the error if librdkafka does not even queue it. One thread produces.
  rd_kafka_resp_err_t produce(const std::string& topic, std::int32_t partition, std::string value);

  // Requests of an API (Kafka's number) that were written to a socket, and answers read from one.
  std::uint64_t sent(std::int16_t api) const;
  std::uint64_t answers(std::int16_t api) const;

  // Wait until every message has its report; until so many have; until sent() or answers() has
  // come to a number. False if the patience is over before.
  bool wait_for_all();
  bool wait_for_reports(std::size_t count);
  bool wait_for_sent(std::int16_t api, std::uint64_t count);
  bool wait_for_answers(std::int16_t api, std::uint64_t count);

  // Waits until librdkafka has logged something of this facility ("PARTCNT"); "log_level" decides
  // what it logs, which is nothing unless configured otherwise.
  bool wait_for_log(const std::string& facility);

  // Gives up the messages that are in no request now; their reports tell.
  void purge_queue();

  // In the order of produce(). Those that librdkafka refused to queue are not among them.
  std::vector<Message> messages() const;
  std::vector<Message> messages(const std::string& topic, std::int32_t partition) const;
  std::optional<FatalError> fatal_error() const;

 private:
  static constexpr std::size_t kApis = 128;

  static void on_report(rd_kafka_t*, const rd_kafka_message_t* report, void* self);
  static void on_log(const rd_kafka_t* rk, int, const char* facility, const char*);
  static rd_kafka_resp_err_t on_new(rd_kafka_t* rk, const rd_kafka_conf_t*, void* self, char*,
                                    std::size_t);
  static rd_kafka_resp_err_t on_request_sent(rd_kafka_t*, int, const char*, std::int32_t,
                                             std::int16_t api, std::int16_t, std::int32_t,
                                             std::size_t, void* self);
  static rd_kafka_resp_err_t on_response_received(rd_kafka_t*, int, const char*, std::int32_t,
                                                  std::int16_t api, std::int16_t, std::int32_t,
                                                  std::size_t, std::int64_t,
                                                  rd_kafka_resp_err_t error, void* self);
  bool wait(const std::function<bool()>& condition);

  rd_kafka_t* rk_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Message> messages_;  // reports point into it
  std::size_t reported_ = 0;
  std::array<std::uint64_t, kApis> sent_{};
  std::array<std::uint64_t, kApis> answered_{};
  std::set<std::string> logged_;  // facilities
  bool is_closing_ = false;
  std::thread poller_;
};

inline constexpr std::int16_t kProduceApi = 0;
inline constexpr std::int16_t kMetadataApi = 3;

}  // namespace understudy::compat
