// DeleteTopics (20): removes topics, internal ones too.
//
//   v3   TOPIC_DELETION_DISABLED, before INVALID_REQUEST
//   v5   error messages
//   v6   topics by id (KIP-516)
#include "wire/messages/delete_topics.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/controller_deadline.h"
#include "broker/api/error_messages.h"
#include "broker/api/repeated_keys.h"
#include "broker/cluster/cluster.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::delete_topics_request::DeleteTopicState;
using wire::delete_topics_response::DeletableTopicResult;

constexpr wire::Version kFirstVersionWithDeletionDisabled = 3;
constexpr wire::Version kFirstVersionWithTopicStates = 6;

class TopicDeleter {
 public:
  TopicDeleter(Context& context, const std::vector<DeleteTopicState>& topics) : context_(context) {
    for (const DeleteTopicState& topic : topics) {
      if (is_by_name(topic)) names_.add(*topic.name);
      if (is_by_id(topic)) ids_.add(topic.topic_id);
    }
  }

  bool asks_controller(const std::vector<DeleteTopicState>& topics) const {
    return std::ranges::any_of(topics, [this](const DeleteTopicState& topic) {
      return (is_by_name(topic) && !names_.contains(*topic.name)) ||
             (is_by_id(topic) && !ids_.contains(topic.topic_id));
    });
  }

  std::vector<DeletableTopicResult> run(const std::vector<DeleteTopicState>& topics) && {
    // Ids go first: a name is refused if its topic's id is in the request as well.
    for (const DeleteTopicState& topic : topics) {
      if (!is_by_name(topic)) check_by_id(topic);
    }
    for (const DeleteTopicState& topic : topics) {
      if (is_by_name(topic)) check_by_name(*topic.name);
    }
    for (const auto& [id, name] : to_delete_) remove(id, name);
    return std::move(results_);
  }

 private:
  static bool is_by_name(const DeleteTopicState& topic) {
    return topic.name && topic.topic_id.is_zero();
  }
  static bool is_by_id(const DeleteTopicState& topic) {
    return !topic.name && !topic.topic_id.is_zero();
  }

  void add(std::optional<std::string> name, const wire::Uuid& id, ErrorCode error,
           std::optional<std::string> message) {
    results_.push_back({.name = std::move(name),
                        .topic_id = id,
                        .error_code = error,
                        .error_message = std::move(message)});
  }

  void check_by_id(const DeleteTopicState& topic) {
    const wire::Uuid& id = topic.topic_id;
    if (topic.name) {
      return add(topic.name, id, ErrorCode::kInvalidRequest,
                 "You may not specify both topic name and topic id.");
    }
    if (id.is_zero()) {
      return add(std::nullopt, id, ErrorCode::kInvalidRequest,
                 "Neither topic name nor id were specified.");
    }
    const Repetition repetition = ids_.take(id);
    if (repetition == Repetition::kLater) return;
    if (repetition == Repetition::kFirst) {
      duplicate_ids_.insert(id);
      return add(std::nullopt, id, ErrorCode::kInvalidRequest, "Duplicate topic id.");
    }
    const Topic* found = context_.cluster.find_topic(id);
    if (found == nullptr) {
      return add(std::nullopt, id, ErrorCode::kUnknownTopicId,
                 default_message(ErrorCode::kUnknownTopicId));
    }
    to_delete_.emplace(id, found->name);
  }

  void check_by_name(const std::string& name) {
    const Repetition repetition = names_.take(name);
    if (repetition == Repetition::kLater) return;
    if (repetition == Repetition::kFirst) {
      return add(name, {}, ErrorCode::kInvalidRequest, kDuplicateTopicName);
    }
    const Topic* found = context_.cluster.find_topic(name);
    if (found == nullptr) {
      return add(name, {}, ErrorCode::kUnknownTopicOrPartition,
                 default_message(ErrorCode::kUnknownTopicOrPartition));
    }
    const bool is_given_twice =
        duplicate_ids_.contains(found->id) || !to_delete_.emplace(found->id, name).second;
    if (!is_given_twice) return;
    // Neither the id's entry nor the name's is carried out; Kafka answers the name's alone.
    duplicate_ids_.insert(found->id);
    to_delete_.erase(found->id);
    add(name, found->id, ErrorCode::kInvalidRequest,
        "The provided topic name maps to an ID that was already supplied.");
  }

  void remove(const wire::Uuid& id, const std::string& name) {
    Topic* topic = context_.cluster.find_topic(id);
    if (!context_.cluster.remove_topic(*topic)) {
      return add(name, id, ErrorCode::kKafkaStorageError,
                 "The deletion could not be written to the disk.");
    }
    add(name, id, ErrorCode::kNone, std::nullopt);
  }

  Context& context_;
  RepeatedKeys<std::string> names_;
  RepeatedKeys<wire::Uuid> ids_;
  std::set<wire::Uuid> duplicate_ids_;
  std::map<wire::Uuid, std::string> to_delete_;
  std::vector<DeletableTopicResult> results_;
};

// The whole request fails with one error.
std::vector<DeletableTopicResult> refuse_all(const std::vector<DeleteTopicState>& topics,
                                             ErrorCode error) {
  std::vector<DeletableTopicResult> results;
  results.reserve(topics.size());
  for (const DeleteTopicState& topic : topics) {
    results.push_back({.name = topic.name, .topic_id = topic.topic_id, .error_code = error});
  }
  return results;
}

// Before v6 there are names only.
std::vector<DeleteTopicState> topics_of(wire::DeleteTopicsRequest request, wire::Version version) {
  if (version >= kFirstVersionWithTopicStates) return std::move(request.topics);
  std::vector<DeleteTopicState> topics;
  for (std::string& name : request.topic_names) topics.push_back({.name = std::move(name)});
  return topics;
}

}  // namespace

void delete_topics(Context& context, wire::DeleteTopicsRequest request,
                   Reply<wire::DeleteTopicsResponse> reply) {
  const wire::Version version = reply.request().version;
  const std::int32_t timeout_ms = request.timeout_ms;
  const std::vector<DeleteTopicState> topics = topics_of(std::move(request), version);
  wire::DeleteTopicsResponse response;
  TopicDeleter deleter(context, topics);
  if (!context.cluster.configs().of(reply.request().node).delete_topic_enable) {
    response.responses = refuse_all(topics, version < kFirstVersionWithDeletionDisabled
                                                ? ErrorCode::kInvalidRequest
                                                : ErrorCode::kTopicDeletionDisabled);
  } else if (is_overdue(timeout_ms) && deleter.asks_controller(topics)) {
    response.responses = refuse_all(topics, ErrorCode::kRequestTimedOut);
  } else {
    response.responses = std::move(deleter).run(topics);
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
