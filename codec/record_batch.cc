#include "codec/record_batch.h"

#include <string>

#include "codec/crc32c.h"

namespace understudy::codec {
namespace {

constexpr std::int32_t kLeastBatchLength = 14;  // what the smallest of the old formats needs
constexpr std::size_t kSizeUpToMagic = 17;
constexpr std::int32_t kMaxInt = 2147483647;

// Java's int arithmetic: what does not fit falls off the top.
std::int32_t wrap(std::int64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

}  // namespace

std::int32_t increment_sequence(std::int32_t sequence, std::int32_t step) {
  if (sequence > wrap(std::int64_t{kMaxInt} - step))
    return wrap(std::int64_t{step} - (kMaxInt - std::int64_t{sequence}) - 1);
  return wrap(std::int64_t{sequence} + step);
}

std::int32_t decrement_sequence(std::int32_t sequence, std::int32_t step) {
  if (sequence < step) return wrap(std::int64_t{kMaxInt} - (std::int64_t{step} - sequence) + 1);
  return wrap(std::int64_t{sequence} - step);
}

std::uint32_t BatchView::computed_crc() const {
  return crc32c(bytes_.data() + kCrcStart, bytes_.size() - kCrcStart);
}

BatchCursor::Step BatchCursor::next() {
  if (!verdict_.ok()) return Step::kError;
  if (rest_.size() < kLogOverhead) return Step::kEnd;
  const auto length = detail::load<std::int32_t>(rest_.data() + 8);
  if (length < kLeastBatchLength) {
    verdict_ = Verdict::corrupt("Record size " + std::to_string(length) +
                                " is less than the minimum record overhead (" +
                                std::to_string(kLeastBatchLength) + ")");
    return Step::kError;
  }
  if (rest_.size() < kSizeUpToMagic) return Step::kEnd;
  const auto magic = detail::load<std::int8_t>(rest_.data() + 16);
  if (magic < 0 || magic > kMagic) {
    verdict_ = Verdict::corrupt("Invalid magic found in record: " + std::to_string(magic));
    return Step::kError;
  }
  if (length > kMaxInt - static_cast<std::int32_t>(kLogOverhead)) {
    verdict_ = Verdict::unknown("a batch's size field is " + std::to_string(length));
    return Step::kError;
  }
  const std::size_t size = kLogOverhead + static_cast<std::size_t>(length);
  if (rest_.size() < size) return Step::kEnd;
  batch_ = rest_.first(size);
  rest_ = rest_.subspan(size);
  used_ += size;
  return Step::kBatch;
}

Verdict check_batch(ByteView batch) {
  if (batch.size() < kBatchHeaderSize) {
    return Verdict::corrupt("the batch has " + std::to_string(batch.size()) +
                            " bytes, fewer than the " + std::to_string(kBatchHeaderSize) +
                            " of a header");
  }
  const BatchView view(batch);
  const std::uint32_t computed = view.computed_crc();
  if (view.crc() != computed) {
    return Verdict::corrupt("the batch's checksum is " + std::to_string(view.crc()) +
                            ", computed " + std::to_string(computed));
  }
  return Verdict::good();
}

}  // namespace understudy::codec
