// What answers may not say, planted once each.
#include "simulation/checks/answers.h"

#include <gmock/gmock.h>

#include "simulation/client.h"
#include "wire/messages/init_producer_id.h"

namespace understudy::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::ErrorCode;

class AnswersTest : public ::testing::Test {
 protected:
  // The next batch of one record was appended, and its request waits for an answer.
  void append(std::int16_t acks = -1) {
    const Name name = ledger.hand_over(0, 0);
    const auto sequence = std::int32_t(name.index);
    const wire::Slice bytes = make_batch({7, 0}, sequence, {name}, 1000);
    items = {
        {.slot = 0,
         .acks = acks,
         .sent = {.sequences = {.producer_id = 7, .epoch = 0, .first = sequence, .last = sequence},
                  .record_count = 1,
                  .max_timestamp = 1000,
                  .bytes = bytes,
                  .names = {name}},
         .is_judged = true,
         .base_offset = logs[0].model.end_offset()}};
    const broker::BatchEvent event{.verdict = broker::BatchEvent::Verdict::kAppended,
                                   .base_offset = items[0].base_offset};
    logs[0].model.observe(event, items[0].sent, {}, findings);
  }
  void refused(ErrorCode error) {
    append();
    items[0].error = error;
    items[0].base_offset = -1;
  }

  void answer_produce(ErrorCode error, std::int64_t base_offset) {
    wire::ProduceResponse response;
    response.responses.push_back(
        {.name = "t",
         .partition_responses = {{.index = 0, .error_code = error, .base_offset = base_offset}}});
    produce(response);
  }
  void produce(const wire::ProduceResponse& response) {
    answers.produced({.key = wire::ApiKey::kProduce, .version = 9}, items,
                     wire::encode(response, 9).joined());
  }
  // Shows the record of the last batch at this offset.
  void answer_fetch(std::int64_t offset, std::int64_t high_watermark) {
    const wire::Slice records = wire::Slice::copy_of(items[0].sent.bytes.view());
    codec::detail::store(records.mutable_data(), offset);
    fetch(records, high_watermark);
  }
  void fetch(const wire::Slice& records, std::int64_t high_watermark) {
    wire::FetchResponse response;
    response.responses.push_back(
        {.topic = "t",
         .partitions = {
             {.partition_index = 0, .high_watermark = high_watermark, .records = records}}});
    answers.fetched({.key = wire::ApiKey::kFetch, .version = 12},
                    wire::encode(response, 12).joined());
  }

  std::vector<Check> checks() const {
    std::vector<Check> checks;
    for (const Finding& finding : findings) checks.push_back(finding.check);
    return checks;
  }

  const Schedule schedule{.nodes = 1, .topics = {{.name = "t"}}};
  const Places places = places_of(schedule);
  Agenda agenda;
  Disk disk{agenda.clock(), Durability::kPageCache, 1};
  const std::unique_ptr<broker::Broker> broker;  // none: nothing asks it here
  Ledger ledger;
  Findings findings;
  const Scene scene{.schedule = schedule,
                    .places = places,
                    .agenda = agenda,
                    .disk = disk,
                    .broker = broker,
                    .ledger = ledger,
                    .findings = findings,
                    .trace = [](const auto&) {}};
  KnownLogs logs{scene};
  Answers answers{scene, logs};
  SentItems items;
};

TEST_F(AnswersTest, AcceptsWhatWasDone) {
  append();
  answer_produce(ErrorCode::kNone, 0);
  answer_fetch(0, 1);
  append();
  answer_produce(ErrorCode::kNotEnoughReplicasAfterAppend, -1);
  refused(ErrorCode::kOutOfOrderSequenceNumber);
  answer_produce(ErrorCode::kOutOfOrderSequenceNumber, -1);
  EXPECT_THAT(checks(), IsEmpty());
  EXPECT_TRUE(logs[0].model.find(0)->is_promised);
  EXPECT_FALSE(logs[0].model.find(1)->is_promised);
}

TEST_F(AnswersTest, FindsAnotherOffsetThanTheBatchLiesAt) {
  append();
  answer_produce(ErrorCode::kNone, 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

TEST_F(AnswersTest, FindsAnotherTimeThanThatOfTheAppend) {
  append();
  wire::ProduceResponse response;
  response.responses.push_back({.name = "t", .partition_responses = {{.base_offset = 0}}});
  auto& time_ms = response.responses[0].partition_responses[0].log_append_time_ms;
  for (const std::int64_t right : {-1, 1000}) {
    time_ms = right;
    produce(response);
  }
  EXPECT_THAT(checks(), IsEmpty());
  time_ms = 999;
  produce(response);
  EXPECT_THAT(checks(), ElementsAre(Check::kTime));
}

TEST_F(AnswersTest, FindsASuccessOfABatchThatWasRefused) {
  refused(ErrorCode::kOutOfOrderSequenceNumber);
  answer_produce(ErrorCode::kNone, 0);
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

TEST_F(AnswersTest, FindsASuccessOfABatchOfWhichNothingWasSaid) {
  append();
  items[0].is_judged = false;
  answer_produce(ErrorCode::kNone, 0);
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

TEST_F(AnswersTest, FindsAnotherErrorThanTheBatchWasRefusedWith) {
  refused(ErrorCode::kOutOfOrderSequenceNumber);
  answer_produce(ErrorCode::kNotLeaderOrFollower, -1);
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

TEST_F(AnswersTest, FindsAnErrorOfABatchThatIsWrittenAndWaitsForNobody) {
  append(1);
  answer_produce(ErrorCode::kRequestTimedOut, -1);
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

TEST_F(AnswersTest, FindsAPartitionThatIsLeftOut) {
  append();
  produce({});
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

TEST_F(AnswersTest, ExcusesErrorsOnceFaultsSpoilAnswersButNoWrongSuccess) {
  answers.may_be_spoiled();
  append(1);
  answer_produce(ErrorCode::kRequestTimedOut, -1);
  produce({});
  EXPECT_THAT(checks(), IsEmpty());
  answer_produce(ErrorCode::kNone, 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

TEST_F(AnswersTest, FindsAPromiseBeforeReplication) {
  logs[0].held = 0;
  append(1);
  answer_produce(ErrorCode::kNone, 0);  // acks = 1 waits for nobody
  EXPECT_THAT(checks(), IsEmpty());
  append();
  answer_produce(ErrorCode::kNone, 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kWatermark));
}

TEST_F(AnswersTest, FindsAHighWatermarkBeyondWhatIsReplicated) {
  append();
  logs[0].held = 0;
  fetch({}, 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kWatermark));
}

TEST_F(AnswersTest, FindsRecordsBeyondTheHighWatermark) {
  append();
  append();
  answer_fetch(1, 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kWatermark));
}

TEST_F(AnswersTest, FindsAnOffsetThatShowsAnotherRecordThanBefore) {
  append();
  answer_fetch(0, 1);
  append();
  answer_fetch(0, 2);
  EXPECT_THAT(checks(), ElementsAre(Check::kOffsets));
}

TEST_F(AnswersTest, FindsDamagedRecords) {
  append();
  const wire::Slice damaged = wire::Slice::copy_of(items[0].sent.bytes.view());
  damaged.mutable_data()[damaged.size() - 1] ^= 1;
  fetch(damaged, 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kBytes));
}

TEST_F(AnswersTest, FindsAProducerIdThatIsGivenTwice) {
  wire::InitProducerIdResponse response;
  response.producer_id = 4;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(checks(), IsEmpty());
    answers.producer_id_given({.key = wire::ApiKey::kInitProducerId, .version = 4},
                              wire::encode(response, 4).joined());
  }
  EXPECT_THAT(checks(), ElementsAre(Check::kProducerId));
}

TEST_F(AnswersTest, FindsAnAnswerThatCannotBeRead) {
  answers.fetched({.key = wire::ApiKey::kFetch, .version = 12},
                  wire::Slice::copy_of(std::string_view("abc")));
  EXPECT_THAT(checks(), ElementsAre(Check::kAnswer));
}

}  // namespace
}  // namespace understudy::simulation
