#include "librdkafka/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace understudy::compat {
namespace {

const char* in_words(rd_kafka_msg_status_t status) {
  switch (status) {
    case RD_KAFKA_MSG_STATUS_NOT_PERSISTED:
      return "not persisted";
    case RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED:
      return "possibly persisted";
    case RD_KAFKA_MSG_STATUS_PERSISTED:
      return "persisted";
  }
  return "of unknown status";
}

std::string in_words(const Event& event) {
  const std::string batch =
      "e" + std::to_string(event.producer_epoch) + " s" + std::to_string(event.base_sequence) + " ";
  switch (event.kind) {
    case Event::Kind::kAppended:
      return "appended " + batch + "@" + std::to_string(event.base_offset);
    case Event::Kind::kDuplicate:
      return "duplicate " + batch + "@" + std::to_string(event.base_offset);
    case Event::Kind::kRefused:
      return "refused " + batch + event.error_name;
    case Event::Kind::kTopicCreated:
    case Event::Kind::kTopicDeleted:
    case Event::Kind::kLeaderMoved:
    case Event::Kind::kRestarted:
    case Event::Kind::kMemberJoined:
    case Event::Kind::kMemberLeft:
    case Event::Kind::kRebalanced:
    case Event::Kind::kCommitRefused:
      break;
  }
  return "?";
}

std::string in_words(const Message& message) {
  if (message.reports == 0) return message.value + " no report";
  if (message.is_delivered()) {
    return message.value + " delivered" +
           (message.offset < 0 ? "" : " @" + std::to_string(message.offset));
  }
  return message.value + " " + rd_kafka_err2name(message.error) + " " + in_words(message.status);
}

}  // namespace

ClusterOptions quiet(std::int32_t nodes, const std::string& profile) {
  ClusterOptions options;
  options.nodes = nodes;
  options.profile = profile;
  options.log_level = "error";
  return options;
}

std::vector<std::string> story(const Cluster& cluster, const std::string& topic,
                               std::int32_t partition) {
  std::vector<std::string> words;
  for (const Event& event : cluster.events()) {
    const bool is_batch = event.kind <= Event::Kind::kRefused;
    if (is_batch && event.topic == topic && event.partition == partition) {
      words.push_back(in_words(event));
    }
  }
  return words;
}

std::vector<std::string> values(const std::vector<Record>& records) {
  std::vector<std::string> all;
  all.reserve(records.size());
  for (const Record& record : records) all.push_back(record.value.value_or("null"));
  return all;
}

std::vector<std::string> values_in_log(const Cluster& cluster, const std::string& topic,
                                       std::int32_t partition) {
  return values(cluster.records(topic, partition));
}

std::vector<std::string> outcomes(const std::vector<Message>& messages) {
  std::vector<std::string> words;
  for (const Message& message : messages) words.push_back(in_words(message));
  return words;
}

void expect_exactly_once_in_order(const std::vector<Message>& messages,
                                  const std::vector<Record>& records) {
  std::size_t at = 0;
  for (const Message& message : messages) {
    ASSERT_EQ(message.reports, 1) << message.value;
    if (!message.is_delivered()) continue;
    EXPECT_EQ(message.status, RD_KAFKA_MSG_STATUS_PERSISTED) << message.value;
    ASSERT_LT(at, records.size()) << message.value << " is delivered and not in the log";
    const Record& record = records[at++];
    ASSERT_EQ(record.value, message.value) << "at offset " << record.offset;
    // Who is acknowledged by a later message's success is told no offset.
    if (message.offset >= 0) {
      ASSERT_EQ(record.offset, message.offset) << message.value;
    }
  }
  ASSERT_EQ(at, records.size()) << "the log goes on with " << records[at].value.value_or("null");
}

void expect_exactly_once_in_order(const Producer& producer, const Cluster& cluster,
                                  const std::string& topic, std::int32_t partition) {
  expect_exactly_once_in_order(producer.messages(topic, partition),
                               cluster.records(topic, partition));
}

void expect_at_most_once_in_order(const std::vector<Message>& messages,
                                  const std::vector<Record>& records) {
  std::size_t at = 0;
  for (const Message& message : messages) {
    ASSERT_EQ(message.reports, 1) << message.value;
    const bool is_next = at < records.size() && records[at].value == message.value;
    if (message.is_delivered()) {
      ASSERT_TRUE(is_next) << in_words(message) << ", but not at its place in the log";
    } else if (message.status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED) {
      ASSERT_FALSE(is_next) << in_words(message) << ", but in the log";
    }
    if (is_next) ++at;
  }
  ASSERT_EQ(at, records.size()) << "the log goes on with " << records[at].value.value_or("null");
}

void expect_all_is_well(const Producer& producer, const Cluster& cluster, const std::string& topic,
                        std::int32_t partition) {
  const auto fatal = producer.fatal_error();
  EXPECT_FALSE(fatal) << fatal->text;
  const auto messages = producer.messages(topic, partition);
  EXPECT_FALSE(messages.empty());
  for (const Message& message : messages) EXPECT_TRUE(message.is_delivered()) << in_words(message);
  expect_exactly_once_in_order(producer, cluster, topic, partition);
}

void produce_in_flight(Producer& producer, Cluster& cluster, const std::vector<std::string>& values,
                       std::int32_t partition) {
  Fault held = cluster.inject(
      {.seam = Seam::kRequest, .match = {.api = "Produce"}, .action = Action::hold()});
  const std::uint64_t sent = producer.sent(kProduceApi);
  for (const std::string& value : values) {
    ASSERT_EQ(producer.produce(kTopic, partition, value), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ASSERT_TRUE(producer.wait_for_sent(kProduceApi, sent + values.size()));
  held.remove();
}

void produce_and_wait(Producer& producer, const std::string& value, std::int32_t partition) {
  ASSERT_EQ(producer.produce(kTopic, partition, value), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(producer.wait_for_all());
  ASSERT_TRUE(producer.messages().back().is_delivered()) << value;
}

}  // namespace understudy::compat
