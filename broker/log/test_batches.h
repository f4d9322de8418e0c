// Batches for the tests of the log: one line each.
#pragma once

#include <string>
#include <vector>

#include "codec/record.h"

namespace understudy::broker {

struct TestBatch {
  std::int64_t producer_id = -1;
  std::int16_t epoch = -1;
  std::int32_t first_sequence = -1;
  int records = 1;
  std::int64_t timestamp_ms = 1'700'000'000'000;
  std::int64_t timestamp_step_ms = 0;
  std::size_t value_bytes = 1;
  bool is_transactional = false;
  std::string key = "k";
};

inline wire::Slice make_batch(const TestBatch& test) {
  codec::RecordBatchBuilder builder({.transactional = test.is_transactional,
                                     .producer_id = test.producer_id,
                                     .producer_epoch = test.epoch,
                                     .base_sequence = test.first_sequence});
  const std::string value(test.value_bytes, 'v');
  for (int i = 0; i < test.records; ++i) {
    builder.add({.timestamp = test.timestamp_ms + i * test.timestamp_step_ms,
                 .key = test.key,
                 .value = value});
  }
  return builder.build_slice();
}

}  // namespace understudy::broker
