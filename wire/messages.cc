#include "wire/messages.h"

#include <array>
#include <vector>

#include "wire/assert.h"
#include "wire/messages_parts.h"

namespace understudy::wire {
namespace {

// APIs 0 to 94 exist; a key from the wire may be anything.
constexpr std::size_t kKeys = 128;

struct Index {
  std::vector<Message> all;
  std::array<const Struct*, kKeys> requests{};
  std::array<const Struct*, kKeys> responses{};

  Index() {
    for (const auto part :
         {data_messages(), group_messages(), admin_messages(), quorum_messages()}) {
      for (const Message& message : part) {
        put(message.type == MessageType::kRequest ? requests : responses, *message.schema);
      }
    }
    for (std::size_t key = 0; key < kKeys; ++key) {
      if (requests[key] != nullptr) all.push_back({MessageType::kRequest, requests[key]});
      if (responses[key] != nullptr) all.push_back({MessageType::kResponse, responses[key]});
    }
    const auto stored = stored_messages();
    all.insert(all.end(), stored.begin(), stored.end());
  }

  static void put(std::array<const Struct*, kKeys>& table, const Struct& schema) {
    ASSERT(schema.message.key >= 0 && std::size_t(schema.message.key) < kKeys);
    const Struct*& place = table[std::size_t(schema.message.key)];
    ASSERT(place == nullptr);
    place = &schema;
  }
};

const Index& index() {
  static const Index instance;
  return instance;
}

const Struct* find(const std::array<const Struct*, kKeys>& table, ApiKey key) {
  const auto number = static_cast<std::int16_t>(key);
  return number >= 0 && std::size_t(number) < kKeys ? table[std::size_t(number)] : nullptr;
}

}  // namespace

std::string_view name_of(MessageType type) {
  switch (type) {
    case MessageType::kRequest:
      return "request";
    case MessageType::kResponse:
      return "response";
    case MessageType::kHeader:
      return "header";
    case MessageType::kData:
      return "data";
    case MessageType::kCoordinatorKey:
      return "coordinator-key";
    case MessageType::kCoordinatorValue:
      return "coordinator-value";
    case MessageType::kMetadata:
      return "metadata";
  }
  return "";
}

std::span<const Message> all_messages() { return index().all; }

const Struct* find_request(ApiKey key) { return find(index().requests, key); }

const Struct* find_response(ApiKey key) { return find(index().responses, key); }

const Message* find_message(std::string_view name) {
  for (const Message& message : index().all) {
    if (message.schema->name == name) return &message;
  }
  return nullptr;
}

}  // namespace understudy::wire
