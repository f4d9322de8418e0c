// How messages_*.cc hand their parts of the list to messages.cc; of no interest to anyone else.
#pragma once

#include "wire/messages.h"

namespace understudy::wire {

template <MessageType type, class M>
consteval Message entry() {
  return {type, &SchemaOf<M>::value};
}

template <class M>
consteval Message request() {
  return entry<MessageType::kRequest, M>();
}
template <class M>
consteval Message response() {
  return entry<MessageType::kResponse, M>();
}
template <class M>
consteval Message header() {
  return entry<MessageType::kHeader, M>();
}
template <class M>
consteval Message data() {
  return entry<MessageType::kData, M>();
}
template <class M>
consteval Message coordinator_key() {
  return entry<MessageType::kCoordinatorKey, M>();
}
template <class M>
consteval Message coordinator_value() {
  return entry<MessageType::kCoordinatorValue, M>();
}
template <class M>
consteval Message metadata() {
  return entry<MessageType::kMetadata, M>();
}

std::span<const Message> admin_messages();
std::span<const Message> data_messages();
std::span<const Message> group_messages();
std::span<const Message> quorum_messages();
std::span<const Message> stored_messages();

}  // namespace understudy::wire
