#include "librdkafka/raw_producer.h"

#include <chrono>

#include "codec/record.h"
#include "support/patience.h"

namespace understudy::compat {
namespace {

constexpr wire::Version kVersion = 9;  // topics by name
constexpr std::int32_t kTimeoutMs = 30'000;

const RawAnswer& only_answer(const wire::ProduceResponse& response) {
  return response.responses.at(0).partition_responses.at(0);
}

}  // namespace

RawProducer::RawProducer(const std::string& bootstrap)
    : client_(support::parse_address(bootstrap.substr(0, bootstrap.find(','))), "raw") {}

RawAnswer RawProducer::ask(const wire::ProduceRequest& request) {
  return only_answer(client_.ask(request, kVersion));
}

void RawProducer::send(const wire::ProduceRequest& request) { client_.send(request, kVersion); }

RawAnswer RawProducer::receive() { return only_answer(client_.receive<wire::ProduceResponse>()); }

wire::ProduceRequest request_of(const std::string& topic, std::int32_t partition,
                                const RawBatch& batch) {
  codec::RecordBatchBuilder builder({.producer_id = batch.producer_id,
                                     .producer_epoch = batch.producer_epoch,
                                     .base_sequence = batch.base_sequence});
  const std::int64_t timestamp = support::now_ms();
  for (const std::string& value : batch.values) {
    builder.add({.timestamp = timestamp, .value = value});
  }
  wire::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = kTimeoutMs;
  wire::produce_request::TopicProduceData topic_data;
  topic_data.name = topic;
  topic_data.partition_data.push_back({.index = partition, .records = builder.build_slice()});
  request.topic_data.push_back(std::move(topic_data));
  return request;
}

}  // namespace understudy::compat
