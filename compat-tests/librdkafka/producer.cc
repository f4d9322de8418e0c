#include "librdkafka/producer.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <tuple>

namespace understudy::compat {
namespace {

constexpr int kPollMs = 20;

ProducerConfig with_defaults(const std::string& bootstrap, const ProducerConfig& config) {
  ProducerConfig all = {
      {"bootstrap.servers", bootstrap},
      {"client.id", "librdkafka"},
      {"enable.idempotence", "true"},
      {"batch.num.messages", "1"},
      {"linger.ms", "0"},
      {"message.timeout.ms", "60000"},
      {"request.timeout.ms", "20000"},
      {"socket.timeout.ms", "20000"},
      {"retry.backoff.ms", "20"},
      {"reconnect.backoff.ms", "10"},
      {"reconnect.backoff.max.ms", "50"},
      {"topic.metadata.refresh.fast.interval.ms", "20"},
      {"log_level", "0"},  // disconnects are what these tests are about
  };
  for (const auto& [name, value] : config) all[name] = value;
  return all;
}

struct ConfDestroyer {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

}  // namespace

Producer::Producer(const std::string& bootstrap, const ProducerConfig& config) {
  std::unique_ptr<rd_kafka_conf_t, ConfDestroyer> conf(rd_kafka_conf_new());
  char text[512];
  for (const auto& [name, value] : with_defaults(bootstrap, config)) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(text);
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &Producer::on_report);
  rd_kafka_conf_set_log_cb(conf.get(), &Producer::on_log);
  rd_kafka_conf_interceptor_add_on_new(conf.get(), "compat", &Producer::on_new, this);
  rk_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text, sizeof text);
  if (rk_ == nullptr) throw std::runtime_error(text);
  std::ignore = conf.release();  // librdkafka owns it now
  poller_ = std::thread([this] {
    for (;;) {
      rd_kafka_poll(rk_, kPollMs);
      const std::lock_guard lock(mutex_);
      if (is_closing_) return;
    }
  });
}

Producer::~Producer() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  poller_.join();
  rd_kafka_purge(rk_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy(rk_);
}

rd_kafka_resp_err_t Producer::produce(const std::string& topic, std::int32_t partition,
                                      std::string value) {
  Message* message = nullptr;
  {
    const std::lock_guard lock(mutex_);
    message = &messages_.emplace_back();
    message->topic = topic;
    message->partition = partition;
    message->value = std::move(value);
  }
  // clang-format off
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      rk_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
      RD_KAFKA_V_VALUE(message->value.data(), message->value.size()),
      RD_KAFKA_V_OPAQUE(message), RD_KAFKA_V_END);
  // clang-format on
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::lock_guard lock(mutex_);
    messages_.pop_back();
  }
  return error;
}

bool Producer::wait(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, condition);
}

std::uint64_t Producer::sent(std::int16_t api) const {
  const std::lock_guard lock(mutex_);
  return sent_.at(std::size_t(api));
}

std::uint64_t Producer::answers(std::int16_t api) const {
  const std::lock_guard lock(mutex_);
  return answered_.at(std::size_t(api));
}

bool Producer::wait_for_all() {
  return wait([this] { return reported_ == messages_.size(); });
}

bool Producer::wait_for_reports(std::size_t count) {
  return wait([this, count] { return reported_ >= count; });
}

bool Producer::wait_for_sent(std::int16_t api, std::uint64_t count) {
  return wait([this, api, count] { return sent_.at(std::size_t(api)) >= count; });
}

bool Producer::wait_for_answers(std::int16_t api, std::uint64_t count) {
  return wait([this, api, count] { return answered_.at(std::size_t(api)) >= count; });
}

bool Producer::wait_for_log(const std::string& facility) {
  return wait([this, &facility] { return logged_.contains(facility); });
}

void Producer::purge_queue() { rd_kafka_purge(rk_, RD_KAFKA_PURGE_F_QUEUE); }

std::vector<Message> Producer::messages() const {
  const std::lock_guard lock(mutex_);
  return {messages_.begin(), messages_.end()};
}

std::vector<Message> Producer::messages(const std::string& topic, std::int32_t partition) const {
  const std::lock_guard lock(mutex_);
  std::vector<Message> found;
  std::copy_if(messages_.begin(), messages_.end(), std::back_inserter(found),
               [&](const Message& message) {
                 return message.topic == topic && message.partition == partition;
               });
  return found;
}

std::optional<FatalError> Producer::fatal_error() const {
  char text[512];
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(rk_, text, sizeof text);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return FatalError{code, text};
}

void Producer::on_report(rd_kafka_t*, const rd_kafka_message_t* report, void* opaque) {
  Producer& self = *static_cast<Producer*>(opaque);
  {
    const std::lock_guard lock(self.mutex_);
    Message& message = *static_cast<Message*>(report->_private);
    if (++message.reports == 1) ++self.reported_;
    message.error = report->err;
    message.status = rd_kafka_message_status(report);
    message.offset = report->offset;
  }
  self.changed_.notify_all();
}

void Producer::on_log(const rd_kafka_t* rk, int, const char* facility, const char*) {
  Producer& self = *static_cast<Producer*>(rd_kafka_opaque(rk));
  {
    const std::lock_guard lock(self.mutex_);
    self.logged_.insert(facility);
  }
  self.changed_.notify_all();
}

rd_kafka_resp_err_t Producer::on_new(rd_kafka_t* rk, const rd_kafka_conf_t*, void* opaque, char*,
                                     std::size_t) {
  const rd_kafka_resp_err_t error =
      rd_kafka_interceptor_add_on_request_sent(rk, "compat", &Producer::on_request_sent, opaque);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  return rd_kafka_interceptor_add_on_response_received(rk, "compat",
                                                       &Producer::on_response_received, opaque);
}

rd_kafka_resp_err_t Producer::on_request_sent(rd_kafka_t*, int, const char*, std::int32_t,
                                              std::int16_t api, std::int16_t, std::int32_t,
                                              std::size_t, void* opaque) {
  Producer& self = *static_cast<Producer*>(opaque);
  if (api >= 0 && std::size_t(api) < kApis) {
    const std::lock_guard lock(self.mutex_);
    ++self.sent_[std::size_t(api)];
  }
  self.changed_.notify_all();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t Producer::on_response_received(rd_kafka_t*, int, const char*, std::int32_t,
                                                   std::int16_t api, std::int16_t, std::int32_t,
                                                   std::size_t, std::int64_t,
                                                   rd_kafka_resp_err_t error, void* opaque) {
  Producer& self = *static_cast<Producer*>(opaque);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && api >= 0 && std::size_t(api) < kApis) {
    const std::lock_guard lock(self.mutex_);
    ++self.answered_[std::size_t(api)];
  }
  self.changed_.notify_all();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace understudy::compat
