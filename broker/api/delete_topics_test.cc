#include "wire/messages/delete_topics.h"

#include "broker/api/admin_handlers.h"
#include "broker/api/test_handler.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::delete_topics_request::DeleteTopicState;

class DeleteTopicsTest : public HandlerTest {
 protected:
  using HandlerTest::HandlerTest;

  wire::DeleteTopicsResponse remove(const std::vector<DeleteTopicState>& topics,
                                    std::int32_t timeout_ms = 1) {
    return call(delete_topics, 6,
                wire::DeleteTopicsRequest{.topics = topics, .timeout_ms = timeout_ms});
  }
  wire::DeleteTopicsResponse remove_by_name(const std::vector<std::string>& names,
                                            wire::Version version, std::int32_t timeout_ms = 1) {
    return call(delete_topics, version,
                wire::DeleteTopicsRequest{.topic_names = names, .timeout_ms = timeout_ms});
  }
};

std::vector<ErrorCode> errors_of(const wire::DeleteTopicsResponse& response) {
  std::vector<ErrorCode> errors;
  for (const auto& result : response.responses) errors.push_back(result.error_code);
  return errors;
}

TEST_F(DeleteTopicsTest, DeletesByName) {
  add_topic("t");
  EXPECT_EQ(remove_by_name({"t"}, 5).responses.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(cluster.find_topic("t"), nullptr);
  const auto again = remove_by_name({"t"}, 5).responses.at(0);
  EXPECT_EQ(again.name, "t");
  EXPECT_EQ(again.error_code, ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(DeleteTopicsTest, DeletesById) {
  const wire::Uuid id = add_topic("t").id;
  const auto first = remove({{.name = std::nullopt, .topic_id = id}}).responses.at(0);
  EXPECT_EQ(first.error_code, ErrorCode::kNone);
  EXPECT_EQ(first.name, "t");
  EXPECT_EQ(first.error_message, std::nullopt);
  const auto again = remove({{.name = std::nullopt, .topic_id = id}}).responses.at(0);
  EXPECT_EQ(again.error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(again.name, std::nullopt);
}

TEST_F(DeleteTopicsTest, ARecreatedTopicHasANewId) {
  const wire::Uuid id = add_topic("t").id;
  remove_by_name({"t"}, 1);
  EXPECT_NE(add_topic("t").id, id);
}

TEST_F(DeleteTopicsTest, NeedsNameOrIdButNotBoth) {
  const wire::Uuid id = add_topic("t").id;
  EXPECT_EQ(remove({{.name = "t", .topic_id = id}}).responses.at(0).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(remove({{.name = std::nullopt, .topic_id = {}}}).responses.at(0).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_NE(cluster.find_topic("t"), nullptr);
}

TEST_F(DeleteTopicsTest, RefusesDuplicates) {
  const wire::Uuid id = add_topic("t").id;
  const DeleteTopicState by_name{.name = "t", .topic_id = {}};
  const DeleteTopicState by_id{.name = std::nullopt, .topic_id = id};
  for (const auto& request :
       {std::vector{by_name, by_name}, std::vector{by_id, by_id}, std::vector{by_name, by_id}}) {
    const auto response = remove(request);
    ASSERT_EQ(response.responses.size(), 1u);
    EXPECT_EQ(response.responses[0].error_code, ErrorCode::kInvalidRequest);
  }
  EXPECT_NE(cluster.find_topic("t"), nullptr);
}

TEST_F(DeleteTopicsTest, DeletesNothingWithATimeoutOfZeroOrLess) {
  const wire::Uuid id = add_topic("t").id;
  const std::vector two(2, ErrorCode::kRequestTimedOut);
  const std::vector three(3, ErrorCode::kRequestTimedOut);
  for (const std::int32_t timeout_ms : {0, -1, INT32_MIN}) {
    EXPECT_EQ(errors_of(remove_by_name({"t", "missing"}, 1, timeout_ms)), two);
    // Then each entry is answered, also one that is named twice.
    EXPECT_EQ(errors_of(remove_by_name({"u", "u", "t"}, 5, timeout_ms)), three);
    EXPECT_EQ(
        errors_of(remove({{.name = std::nullopt, .topic_id = id}, {.name = "t"}}, timeout_ms)),
        two);
  }
  EXPECT_NE(cluster.find_topic("t"), nullptr);
}

TEST_F(DeleteTopicsTest, RefusesDuplicatesWhateverTheTimeout) {
  EXPECT_EQ(errors_of(remove_by_name({"t", "t"}, 5, 0)), std::vector{ErrorCode::kInvalidRequest});
  const DeleteTopicState neither{.name = std::nullopt, .topic_id = {}};
  EXPECT_EQ(errors_of(remove({neither}, 0)), std::vector{ErrorCode::kInvalidRequest});
  EXPECT_TRUE(remove_by_name({}, 5, 0).responses.empty());
}

TEST_F(DeleteTopicsTest, WakesRequestsThatWaitForAPartition) {
  const PartitionKey key{add_topic("t", 2).id, 1};
  int completed = 0;
  purgatory.wait(std::make_unique<Waiter>(completed), {&key, 1}, clock.monotonic_ms() + 1000, 1);
  remove_by_name({"t"}, 3);
  EXPECT_EQ(completed, 1);
}

class DeleteTopicsDisabledTest : public DeleteTopicsTest {
 protected:
  DeleteTopicsDisabledTest()
      : DeleteTopicsTest(HandlerTestOptions{.properties = {{"delete.topic.enable", "false"}}}) {}
};

TEST_F(DeleteTopicsDisabledTest, SaysSoFromVersion3On) {
  add_topic("t");
  EXPECT_EQ(remove_by_name({"t"}, 3, 0).responses.at(0).error_code,
            ErrorCode::kTopicDeletionDisabled);
  EXPECT_EQ(remove_by_name({"t"}, 2).responses.at(0).error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(remove_by_name({"t"}, 3).responses.at(0).error_code, ErrorCode::kTopicDeletionDisabled);
  EXPECT_NE(cluster.find_topic("t"), nullptr);
}

}  // namespace
}  // namespace understudy::broker
