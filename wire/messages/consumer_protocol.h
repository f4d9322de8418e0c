// What classic consumers say to each other inside JoinGroup and SyncGroup. Stored and sent with an
// int16 version in front.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace consumer_protocol_subscription {

struct TopicPartition {
  WIRE_STRUCT(TopicPartition);
  FIELD(String, topic, .versions = "1+");
  FIELD(Array<std::int32_t>, partitions, .versions = "1+");
  WIRE_END;
};

}  // namespace consumer_protocol_subscription

struct ConsumerProtocolSubscription {
  WIRE_STRUCT(ConsumerProtocolSubscription, .versions = "0-3");
  FIELD(Array<String>, topics, .versions = "0+");
  FIELD(Nullable<Bytes>, user_data, .versions = "0+");
  FIELD(Array<consumer_protocol_subscription::TopicPartition>, owned_partitions, .versions = "1+",
        .ignorable = true);
  FIELD(std::int32_t, generation_id, .versions = "2+", .initial = -1, .ignorable = true);
  FIELD(Nullable<String>, rack_id, .versions = "3+", .ignorable = true);
  WIRE_END;
};

namespace consumer_protocol_assignment {

struct TopicPartition {
  WIRE_STRUCT(TopicPartition);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace consumer_protocol_assignment

struct ConsumerProtocolAssignment {
  WIRE_STRUCT(ConsumerProtocolAssignment, .versions = "0-3");
  FIELD(Array<consumer_protocol_assignment::TopicPartition>, assigned_partitions, .versions = "0+");
  FIELD(Nullable<Bytes>, user_data, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
