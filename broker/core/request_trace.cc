#include "broker/core/request_trace.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "wire/error_code.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr std::size_t kShownMax = 8;

constexpr std::array<std::string_view, 3> kTopicFields = {"topic", "name", "topic_name"};
constexpr std::array<std::string_view, 3> kPartitionFields = {"partition", "partition_index",
                                                              "index"};
// Not a topic's, although their rows have a name.
constexpr std::array<std::string_view, 7> kOtherLists = {
    "configs", "coordinators",   "api_keys",           "supported_features",
    "brokers", "node_endpoints", "finalized_features",
};

bool is_one_of(std::string_view name, const auto& names) {
  return std::ranges::find(names, name) != names.end();
}

// The value inside of a nullable; null for null.
struct Value {
  const wire::Type* type;
  const void* at;
};
std::optional<Value> value_in(const wire::Field& field, const void* object) {
  const void* at = field.in(object);
  if (field.type->value == nullptr) return Value{field.type, at};
  const void* inside = field.type->peek(at);
  if (inside == nullptr) return std::nullopt;
  return Value{field.type->value, inside};
}

// What one struct of a message says itself.
struct Place {
  std::string topic;
  std::optional<std::int32_t> partition;
  std::optional<ErrorCode> error;
};

class Summary {
 public:
  explicit Summary(const TopicNames& names) : names_(names) {}

  void walk(const wire::Struct& schema, const void* object, const std::string& topic) {
    Place place{.topic = topic, .partition = {}, .error = {}};
    for (const wire::Field& field : schema.fields) {
      if (const auto value = value_in(field, object)) note(field.name, *value, place);
    }
    const std::size_t before = count_;
    for (const wire::Field& field : schema.fields) {
      const auto value = value_in(field, object);
      if (value && value->type->kind == wire::Kind::kArray && !is_one_of(field.name, kOtherLists)) {
        walk_array(*value, place.topic, field.name);
      }
    }
    const bool is_leaf = count_ == before;
    const bool has_failed = place.error.value_or(ErrorCode::kNone) != ErrorCode::kNone;
    const bool is_new = place.topic != topic || place.partition;
    if ((is_leaf && (is_new || place.error)) || has_failed) add(place);
  }

  std::string take() && {
    if (count_ > kShownMax) text_ += " and " + std::to_string(count_ - kShownMax) + " more";
    return std::move(text_);
  }

 private:
  void note(std::string_view name, const Value& value, Place& place) const {
    const wire::Kind kind = value.type->kind;
    if (kind == wire::Kind::kString && is_one_of(name, kTopicFields)) {
      const auto& text = *static_cast<const wire::String*>(value.at);
      if (!text.empty()) place.topic = text;
    } else if (kind == wire::Kind::kUuid && name == "topic_id") {
      const auto& id = *static_cast<const wire::Uuid*>(value.at);
      if (place.topic.empty() && !id.is_zero()) place.topic = name_of(id);
    } else if (kind == wire::Kind::kInt32 && is_one_of(name, kPartitionFields)) {
      place.partition = *static_cast<const std::int32_t*>(value.at);
    } else if (name == "error_code") {
      place.error = *static_cast<const ErrorCode*>(value.at);
    }
  }

  std::string name_of(const wire::Uuid& id) const {
    std::string name = names_(id);
    return name.empty() ? wire::to_string(id) : name;
  }

  void walk_array(const Value& array, const std::string& topic, std::string_view name) {
    const wire::Type& element = *array.type->element;
    const char* item = static_cast<const char*>(array.type->items(array.at));
    for (std::size_t i = 0; i < array.type->count(array.at); ++i, item += element.size) {
      if (element.kind == wire::Kind::kStruct) {
        walk(*element.structure, item, topic);
      } else if (element.kind == wire::Kind::kInt32 && name.starts_with("partition")) {
        add({.topic = topic,
             .partition = *reinterpret_cast<const std::int32_t*>(item),
             .error = {}});
      }
    }
  }

  void add(const Place& place) {
    if (++count_ > kShownMax) return;
    if (!text_.empty()) text_ += ", ";
    std::string words = place.topic;
    if (place.partition) words += "-" + std::to_string(*place.partition);
    if (place.error) {
      if (!words.empty()) words += ' ';
      words += wire::name_of(*place.error);
    }
    text_ += words;
  }

  const TopicNames& names_;
  std::string text_;
  std::size_t count_ = 0;
};

std::string who(const Request& request, const char* direction) {
  std::string text(wire::name_of(request.api_key));
  text += " v" + std::to_string(request.version) + direction + "\"" + request.client_id + "\"";
  if (request.session != nullptr) {
    const Peer& peer = request.session->peer;
    text += " at " + peer.host + ":" + std::to_string(peer.port);
  }
  return text + ", node " + std::to_string(request.node) + ": ";
}

std::string with_size(const std::string& summary, std::size_t size_bytes) {
  return summary + (summary.empty() ? "" : "; ") + std::to_string(size_bytes) + " bytes";
}

}  // namespace

std::string describe(const Request& request) {
  const std::string_view name = wire::name_of(request.api_key);
  return (name.empty() ? "API " + std::to_string(static_cast<int>(request.api_key))
                       : std::string(name)) +
         " v" + std::to_string(request.version) + " from client \"" + request.client_id + "\"";
}

std::string summarize(const wire::Struct& schema, const void* message, const TopicNames& names) {
  Summary summary(names);
  summary.walk(schema, message, "");
  return std::move(summary).take();
}

std::string trace_request(const Request& request, const wire::Struct& schema, const void* message,
                          std::size_t size_bytes, const TopicNames& names) {
  return who(request, " from ") + with_size(summarize(schema, message, names), size_bytes);
}

std::string trace_answer(const Request& request, const wire::Struct& schema, const void* message,
                         std::size_t size_bytes, std::int64_t now_ms, const TopicNames& names) {
  return who(request, " to ") + with_size(summarize(schema, message, names), size_bytes) +
         " after " + std::to_string(now_ms - request.received_ms) + " ms";
}

}  // namespace understudy::broker
