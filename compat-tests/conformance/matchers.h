// What scenarios expect of an answer. Every matcher looks at all fields that a version has, so that
// the table of section 4 of the specification holds in each scenario.
#pragma once

#include <gmock/gmock.h>

#include <cstdint>
#include <ostream>
#include <vector>

#include "conformance/topic.h"

namespace understudy::wire {

// For the messages of GoogleTest.
inline std::ostream& operator<<(std::ostream& out, ErrorCode code) {
  return out << name_of(code) << "(" << std::int16_t(code) << ")";
}

inline std::ostream& operator<<(std::ostream& out, const Uuid& uuid) {
  return out << to_string(uuid);
}

inline std::ostream& operator<<(std::ostream& out, const Slice& slice) {
  return out << slice.size() << " bytes";
}

namespace produce_response {

inline std::ostream& operator<<(std::ostream& out, const PartitionProduceResponse& answer) {
  out << answer.error_code << " base_offset " << answer.base_offset << " log_append_time_ms "
      << answer.log_append_time_ms << " log_start_offset " << answer.log_start_offset
      << " record_errors [";
  for (const auto& error : answer.record_errors) out << error.batch_index << ' ';
  return out << "] error_message " << answer.error_message.value_or("null");
}

}  // namespace produce_response

namespace describe_producers_response {

inline std::ostream& operator<<(std::ostream& out, const ProducerState& state) {
  return out << "producer " << state.producer_id << " epoch " << state.producer_epoch
             << " last_sequence " << state.last_sequence << " last_timestamp "
             << state.last_timestamp << " coordinator_epoch " << state.coordinator_epoch
             << " current_txn_start_offset " << state.current_txn_start_offset;
}

}  // namespace describe_producers_response

namespace fetch_response {

inline std::ostream& operator<<(std::ostream& out, const PartitionData& answer) {
  return out << answer.error_code << " high_watermark " << answer.high_watermark
             << " last_stable_offset " << answer.last_stable_offset << " log_start_offset "
             << answer.log_start_offset << " aborted_transactions "
             << (answer.aborted_transactions ? std::to_string(answer.aborted_transactions->size())
                                             : "null")
             << " records " << (answer.records ? std::to_string(answer.records->size()) : "null")
             << " diverging_epoch " << answer.diverging_epoch.epoch << "@"
             << answer.diverging_epoch.end_offset << " current_leader "
             << answer.current_leader.leader_id << "@" << answer.current_leader.leader_epoch;
}

}  // namespace fetch_response

namespace list_offsets_response {

inline std::ostream& operator<<(std::ostream& out, const ListOffsetsPartitionResponse& answer) {
  return out << answer.error_code << " timestamp " << answer.timestamp << " offset "
             << answer.offset << " leader_epoch " << answer.leader_epoch;
}

}  // namespace list_offsets_response

}  // namespace understudy::wire

namespace understudy::conformance {

using wire::ErrorCode;

// A batch that was appended at `base_offset` of a CreateTime topic, and nothing else.
MATCHER_P(AppendedAt, base_offset, "appended at " + testing::PrintToString(base_offset)) {
  return arg.error_code == ErrorCode::kNone && arg.base_offset == base_offset &&
         arg.log_append_time_ms == -1 && arg.log_start_offset >= 0 && arg.record_errors.empty() &&
         !arg.error_message && arg.current_leader.leader_id == -1;
}

// A recognised retry of a batch that lies at `base_offset`: like AppendedAt, but it shows the
// largest timestamp of the original (ReplicaManager.buildProducePartitionStatus).
MATCHER_P(DuplicateOf, base_offset,
          "a duplicate of the batch at " + testing::PrintToString(base_offset)) {
  return arg.error_code == ErrorCode::kNone && arg.base_offset == base_offset &&
         arg.log_append_time_ms > 0 && arg.log_start_offset >= 0 && arg.record_errors.empty() &&
         !arg.error_message && arg.current_leader.leader_id == -1;
}

// Refused, with no record named, no text, and this log_start_offset: -1, or where the log begins.
MATCHER_P2(Refused, error_code, log_start_offset,
           testing::PrintToString(error_code) + " with log_start_offset " +
               testing::PrintToString(log_start_offset)) {
  return arg.error_code == error_code && arg.base_offset == -1 && arg.log_append_time_ms == -1 &&
         arg.log_start_offset == log_start_offset && arg.record_errors.empty() &&
         !arg.error_message;
}

// Refused because of single records, which are named.
MATCHER_P3(RefusedRecords, error_code, log_start_offset, indexes,
           testing::PrintToString(error_code) + " for records " + testing::PrintToString(indexes)) {
  std::vector<std::int32_t> named;
  for (const auto& error : arg.record_errors) {
    if (!error.batch_index_error_message) return false;
    named.push_back(error.batch_index);
  }
  return arg.error_code == error_code && arg.base_offset == -1 && arg.log_append_time_ms == -1 &&
         arg.log_start_offset == log_start_offset && arg.error_message.has_value() &&
         named == indexes;
}

// A producer as DescribeProducers shows it, outside of any transaction.
MATCHER_P2(ProducerAt, producer_epoch, last_sequence,
           "epoch " + testing::PrintToString(producer_epoch) + ", last_sequence " +
               testing::PrintToString(last_sequence)) {
  return arg.has_value() && arg->producer_epoch == producer_epoch &&
         arg->last_sequence == last_sequence && arg->coordinator_epoch == -1 &&
         arg->current_txn_start_offset == -1;
}

}  // namespace understudy::conformance
