#include "differential/symbols.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "differential/batch_json.h"
#include "differential/consumer_protocol_json.h"
#include "differential/script.h"
#include "wire/base64.h"

namespace understudy::differential {
namespace {

// Producer ids and sessions that no broker of a test hands out.
constexpr std::int64_t kUnknownProducerId = 8'000'000'000'000;
constexpr std::int64_t kUnknownSession = 2'000'000'000;
constexpr std::string_view kZeroId = "AAAAAAAAAAAAAAAAAAAAAA";
constexpr std::string_view kNobodysId = "bm9ib2R5cy10b3BpYy1pZA";

std::int64_t number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

json::string to_json_text(std::string_view text) { return json::string(text); }

// The position of an id among those that were handed out, as a symbol.
json::value symbol_of(std::string_view stem, const std::vector<std::int64_t>& ids,
                      const json::value& value) {
  if (!value.is_int64()) return value;
  const auto found = std::find(ids.begin(), ids.end(), value.get_int64());
  if (found == ids.end()) return value;
  return to_json_text(std::string(stem) + std::to_string(found - ids.begin()));
}

std::int64_t at_or(const std::vector<std::int64_t>& ids, std::int64_t index,
                   std::int64_t otherwise) {
  if (index >= 0 && index < std::ssize(ids)) return ids[std::size_t(index)];
  return otherwise + index;
}

}  // namespace

std::string Symbols::topic_name(std::string_view symbol) const {
  constexpr std::string_view kFilledUp = "@+";
  if (symbol.starts_with(kFilledUp)) {
    const auto size = std::size_t(number_in(symbol.substr(kFilledUp.size())));
    return prefix_ + std::string(size > prefix_.size() ? size - prefix_.size() : 0, 'n');
  }
  return prefix_ + std::string(symbol.substr(1));
}

json::value Symbols::topic_id(std::string_view symbol) const {
  if (!symbol.starts_with('@')) return to_json_text(kNobodysId);
  const auto hash = symbol.rfind('#');
  const auto found = topic_ids_.find(topic_name(symbol.substr(0, hash)));
  if (found == topic_ids_.end()) return to_json_text(kNobodysId);
  if (hash == std::string_view::npos) return to_json_text(found->second.back());
  const auto index = std::size_t(number_in(symbol.substr(hash + 1)));
  return to_json_text(index < found->second.size() ? std::string_view(found->second[index])
                                                   : kNobodysId);
}

json::value Symbols::resolve_text(std::string_view text) const {
  const auto after = [&](std::string_view stem) { return text.substr(stem.size()); };
  if (text.starts_with('@')) return to_json_text(topic_name(text));
  if (!text.starts_with('$')) return to_json_text(text);
  if (text.starts_with("$id:")) return topic_id(after("$id:"));
  if (text.starts_with("$pid:")) {
    return at_or(producer_ids_, number_in(after("$pid:")), kUnknownProducerId);
  }
  if (text.starts_with("$session:")) {
    return at_or(session_ids_, number_in(after("$session:")), kUnknownSession);
  }
  if (const json::value member = resolve_member(text); !member.is_null()) return member;
  if (text == "$cluster") return to_json_text(facts_.cluster_id);
  if (text.starts_with("$now")) return origin_ms_ + number_in(after("$now"));
  if (text.starts_with("$repeat:")) {
    const std::string_view rest = after("$repeat:");
    const auto colon = rest.find(':');
    std::string repeated;
    for (std::int64_t i = number_in(rest.substr(0, colon)); i > 0; --i) {
      repeated += rest.substr(colon + 1);
    }
    return to_json_text(repeated);
  }
  return to_json_text(text);
}

// Null if it is none of a group's symbols.
json::value Symbols::resolve_member(std::string_view text) const {
  const auto after = [&](std::string_view stem) { return text.substr(stem.size()); };
  const auto member = [&](std::string_view id) {
    const auto found = consumer_members_.find(id);
    return found == consumer_members_.end() ? ConsumerMember{} : found->second;
  };
  if (text == "$generation") return generation_;
  if (text.starts_with("$group:")) {
    return to_json_text(prefix_ + "g" + std::string(after("$group:")));
  }
  if (text.starts_with("$member:")) {
    const std::string member(after("$member:"));
    const auto found = member_ids_.find(kFirstConnectionOfMembers + number_in(member));
    return to_json_text(found != member_ids_.end() ? found->second : "nobody-" + member);
  }
  if (text.starts_with("$epoch:")) return member(after("$epoch:")).epoch;
  if (text.starts_with("$owned:")) return member(after("$owned:")).owned;
  return nullptr;
}

void Symbols::check(std::string_view text) {
  static constexpr std::string_view kStems[] = {"$id:",     "$pid:",   "$session:", "$now",
                                                "$repeat:", "$group:", "$member:",  "$generation",
                                                "$epoch:",  "$owned:"};
  if (!text.starts_with('$') || text == "$cluster") return;
  const bool is_known =
      std::ranges::any_of(kStems, [&](std::string_view stem) { return text.starts_with(stem); });
  if (!is_known) throw std::runtime_error("no symbol is named " + std::string(text));
}

json::value Symbols::resolve(const json::value& value) const {
  if (const auto* text = value.if_string()) return resolve_text(view_of(*text));
  if (const auto* array = value.if_array()) {
    json::array resolved;
    resolved.reserve(array->size());
    for (const json::value& item : *array) resolved.push_back(resolve(item));
    return resolved;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  json::object resolved;
  for (const auto& member : *object) resolved[member.key()] = resolve(member.value());
  if (const auto said = build_consumer_protocol(resolved)) return to_json_text(*said);
  if (!resolved.contains("$batches")) return resolved;
  const std::string bytes = build_batches(resolved);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return to_json_text(wire::base64_encode({data, bytes.size()}, wire::Base64::kPlain));
}

void Symbols::learn_topic_id(const std::string& name, const std::string& id) {
  if (id == kZeroId || !name.starts_with(prefix_) || symbol_of_topic_id_.contains(id)) return;
  auto& ids = topic_ids_[name];
  symbol_of_topic_id_[id] =
      "$id:@" + name.substr(prefix_.size()) + "#" + std::to_string(ids.size());
  ids.push_back(id);
}

void Symbols::learn_member(std::string_view api, std::int64_t connection,
                           const json::object& answer) {
  const std::string id = text_or(answer, "memberId", "");
  if (api == "JoinGroup") {
    const std::string member = std::to_string(connection - kFirstConnectionOfMembers);
    if (!id.empty() && !symbol_of_member_id_.contains(id)) {
      symbol_of_member_id_[id] =
          "$member:" + member + "#" + std::to_string(symbol_of_member_id_.size());
    }
    if (!id.empty()) member_ids_[connection] = id;
    if (int_or(answer, "generationId", -1) >= 0) generation_ = int_or(answer, "generationId", -1);
  }
  if (api != "ConsumerGroupHeartbeat" || int_or(answer, "errorCode", 0) != 0) return;
  ConsumerMember& member = consumer_members_[id];
  member.epoch = int_or(answer, "memberEpoch", 0);
  const json::value* assignment = answer.if_contains("assignment");
  if (assignment == nullptr || !assignment->is_object()) return;
  member.owned = assignment->as_object().at("topicPartitions").as_array();
}

void Symbols::learn(const json::value& answer) {
  if (const auto* array = answer.if_array()) {
    for (const json::value& item : *array) learn(item);
  }
  const auto* object = answer.if_object();
  if (object == nullptr) return;
  const auto is_positive = [&](std::string_view name) { return int_or(*object, name, -1) > 0; };
  if (object->contains("topicId") && object->contains("name") &&
      int_or(*object, "errorCode", 0) == 0) {
    learn_topic_id(text_or(*object, "name", ""), text_or(*object, "topicId", ""));
  }
  if (is_positive("sessionId")) {
    const std::int64_t id = int_or(*object, "sessionId", 0);
    if (std::find(session_ids_.begin(), session_ids_.end(), id) == session_ids_.end()) {
      session_ids_.push_back(id);
    }
  }
  // Only InitProducerId answers one beside a throttle time.
  if (object->contains("throttleTimeMs") && int_or(*object, "producerId", -1) >= 0) {
    producer_ids_.push_back(int_or(*object, "producerId", -1));
  }
  for (const auto& member : *object) learn(member.value());
}

bool Symbols::is_topic_id_in(std::span<const std::uint8_t> bytes) const {
  return std::any_of(symbol_of_topic_id_.begin(), symbol_of_topic_id_.end(), [&](const auto& one) {
    const auto id = wire::base64_decode(one.first, wire::Base64::kUrlSafe);
    return id && !std::ranges::search(bytes, *id).empty();
  });
}

void Symbols::translate_text(json::string& text) const {
  for (const auto& [id, symbol] : symbol_of_member_id_) {
    const auto at = view_of(text).find(id);
    if (at != std::string_view::npos) text.replace(at, id.size(), symbol);
  }
  const std::string_view whole = view_of(text);
  const auto at = whole.find(prefix_);
  if (at == std::string_view::npos) return;
  text = to_json_text(std::string(whole.substr(0, at)) + "@" +
                      std::string(whole.substr(at + prefix_.size())));
}

void Symbols::translate_member(std::string_view name, json::value& value) const {
  if (name == "producerId") {
    value = symbol_of("$pid:", producer_ids_, value);
  } else if (name == "sessionId") {
    value = symbol_of("$session:", session_ids_, value);
  } else if (name == "port" && value.is_int64() &&
             std::ranges::count(facts_.ports, value.get_int64()) > 0) {
    const auto place = std::ranges::find(facts_.ports, value.get_int64());
    value = to_json_text("$port" + std::to_string(place - facts_.ports.begin() + 1));
  } else if (value.is_string() && name == "topicId") {
    const auto found = symbol_of_topic_id_.find(std::string(view_of(value.get_string())));
    if (found != symbol_of_topic_id_.end()) value = to_json_text(found->second);
  } else if (value.is_string() && name == "clusterId" &&
             view_of(value.get_string()) == facts_.cluster_id) {
    value = "$cluster";
  } else {
    translate(value);
  }
}

void Symbols::translate(json::value& answer) const {
  if (auto* text = answer.if_string()) {
    translate_text(*text);
  } else if (auto* array = answer.if_array()) {
    for (json::value& item : *array) translate(item);
  } else if (auto* object = answer.if_object()) {
    for (auto& member : *object) translate_member(member.key(), member.value());
  }
}

}  // namespace understudy::differential
