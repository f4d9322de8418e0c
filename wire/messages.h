// All messages, for code that learns at run time which one it needs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "wire/api_key.h"
#include "wire/schema.h"

namespace understudy::wire {

enum class MessageType : std::uint8_t {
  kRequest,
  kResponse,
  kHeader,
  kData,            // a part of other messages, or of a file or record
  kCoordinatorKey,  // records of __consumer_offsets, __transaction_state, __share_group_state
  kCoordinatorValue,
  kMetadata,  // records of the metadata log and of __remote_log_metadata
};

// "request", "coordinator-key", ...: as in Kafka's definitions.
std::string_view name_of(MessageType type);

struct Message {
  MessageType type;
  const Struct* schema;
};

// Requests and responses in the order of their keys, then all others.
std::span<const Message> all_messages();

// By API key; null if Kafka has no valid version of it.
const Struct* find_request(ApiKey key);
const Struct* find_response(ApiKey key);

// By Kafka's name: "ProduceRequest", "OffsetCommitValue". Null if there is none.
const Message* find_message(std::string_view name);

}  // namespace understudy::wire
