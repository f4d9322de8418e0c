// What the tests share: a cluster, messages that are in flight together, and what is said about a
// partition afterwards: what it decided, what its log holds, and whether that fits what the
// application was told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "librdkafka/producer.h"
#include "understudy/cluster.h"

namespace understudy::compat {

inline constexpr const char* kTopic = "t";

// For a Cluster that says nothing about the connections which its faults close.
ClusterOptions quiet(std::int32_t nodes = 1, const std::string& profile = "4.4");

// Every decision about a batch of this partition, oldest first, in few words: producer epoch,
// base sequence, and where it lies or why it was refused.
//   "appended e0 s5 @17", "duplicate e0 s5 @17", "refused e0 s6 OUT_OF_ORDER_SEQUENCE_NUMBER"
std::vector<std::string> story(const Cluster& cluster, const std::string& topic = kTopic,
                               std::int32_t partition = 0);

std::vector<std::string> values(const std::vector<Record>& records);
std::vector<std::string> values_in_log(const Cluster& cluster, const std::string& topic = kTopic,
                                       std::int32_t partition = 0);

// The messages in a few words each, in the order of produce(): "a delivered @3", "b delivered"
// (without an offset), "c LOCAL_MSG_TIMED_OUT possibly persisted", "d no report".
std::vector<std::string> outcomes(const std::vector<Message>& messages);

// The log holds exactly the delivered messages, each once, in the order of produce(), each at the
// offset that its report names; and each message has exactly one report.
void expect_exactly_once_in_order(const std::vector<Message>& messages,
                                  const std::vector<Record>& records);
void expect_exactly_once_in_order(const Producer& producer, const Cluster& cluster,
                                  const std::string& topic = kTopic, std::int32_t partition = 0);

// The same when messages failed: what is delivered is in the log; what is possibly persisted may be
// there, in its place; what is not persisted is not; and nothing is there twice.
void expect_at_most_once_in_order(const std::vector<Message>& messages,
                                  const std::vector<Record>& records);

// All of it worked: every message is delivered, exactly once and in order, and the producer lives.
void expect_all_is_well(const Producer& producer, const Cluster& cluster,
                        const std::string& topic = kTopic, std::int32_t partition = 0);

// Hands over one message per value and sees to it that their requests are all on their way before
// the broker looks at the first; no more than librdkafka keeps in flight.
void produce_in_flight(Producer& producer, Cluster& cluster, const std::vector<std::string>& values,
                       std::int32_t partition = 0);

// Hands over one message and waits until it is delivered.
void produce_and_wait(Producer& producer, const std::string& value, std::int32_t partition = 0);

}  // namespace understudy::compat
