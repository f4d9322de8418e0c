#include "conformance/transactions.h"

#include <stdexcept>

namespace understudy::conformance {

using wire::ErrorCode;

namespace {

constexpr std::int8_t kTransactionCoordinator = 1;

// The coordinator's topic is made by the first that asks for it, and takes a moment to be there.
bool is_for_a_moment(ErrorCode code) {
  return code == ErrorCode::kCoordinatorNotAvailable || code == ErrorCode::kNotCoordinator ||
         code == ErrorCode::kCoordinatorLoadInProgress ||
         code == ErrorCode::kConcurrentTransactions;
}

void require(ErrorCode code, const char* api) {
  if (code == ErrorCode::kNone) return;
  throw std::runtime_error(std::string(api) + ": " + std::string(wire::name_of(code)));
}

// Asks until the answer is neither of the above.
template <class Ask>
auto ask_patiently(const char* api, Ask ask) {
  auto answer = ask();
  const bool is_final = eventually([&] {
    if (!is_for_a_moment(answer.error_code)) return true;
    answer = ask();
    return false;
  });
  if (!is_final) throw std::runtime_error(std::string(api) + " never had a coordinator");
  require(answer.error_code, api);
  return answer;
}

}  // namespace

TransactionalProducer::TransactionalProducer(std::string transactional_id)
    : transactional_id_(std::move(transactional_id)) {
  RawClient client = connect();
  const bool is_found = eventually([&] {
    const auto answer =
        client.ask(wire::FindCoordinatorRequest{.key_type = kTransactionCoordinator,
                                                .coordinator_keys = {transactional_id_}},
                   4);
    return answer.coordinators.at(0).error_code == ErrorCode::kNone;
  });
  if (!is_found) throw std::runtime_error("there is no transaction coordinator");
  const auto answer = ask_patiently("InitProducerId", [&] {
    return client.ask(wire::InitProducerIdRequest{.transactional_id = transactional_id_,
                                                  .transaction_timeout_ms = 60'000},
                      5);
  });
  producer_id_ = answer.producer_id;
  producer_epoch_ = answer.producer_epoch;
}

Produced TransactionalProducer::send(TestTopic& topic, std::int32_t count) {
  const wire::Slice batch =
      batch_of({.transactional = true,
                .producer_id = producer_id_,
                .producer_epoch = producer_epoch_,
                .base_sequence = next_sequence_},
               std::vector<TestRecord>(std::size_t(count), TestRecord{.timestamp = now_ms()}));
  Produced answer;
  // While the marker of the transaction before is on its way, the coordinator asks for patience.
  const bool is_final = eventually([&] {
    answer = topic.produce(batch, {.transactional_id = transactional_id_});
    return !is_for_a_moment(answer.error_code);
  });
  if (!is_final) throw std::runtime_error("Produce never had a coordinator");
  if (answer.error_code == ErrorCode::kNone) next_sequence_ += count;
  return answer;
}

void TransactionalProducer::end(TestTopic& topic, Outcome outcome) {
  const std::int64_t end_before = topic.end_offset();
  const auto answer = ask_patiently("EndTxn", [&] {
    return topic.client().ask(wire::EndTxnRequest{.transactional_id = transactional_id_,
                                                  .producer_id = producer_id_,
                                                  .producer_epoch = producer_epoch_,
                                                  .committed = outcome == Outcome::kCommit},
                              5);
  });
  producer_id_ = answer.producer_id;
  producer_epoch_ = answer.producer_epoch;
  next_sequence_ = 0;
  if (!eventually([&] { return topic.end_offset() > end_before; })) {
    throw std::runtime_error("the marker of a transaction never arrived");
  }
}

std::string missing_transactions() {
  return advertised(wire::ApiKey::kEndTxn) ? "" : "this broker serves no transactions";
}

}  // namespace understudy::conformance
