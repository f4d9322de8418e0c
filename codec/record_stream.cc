#include "codec/record_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/varint.h"

namespace understudy::codec::detail {
namespace {

// A record that claims to be large gets memory as its bytes come in, never for the claim.
constexpr std::size_t kLargestStep = 1 << 20;

}  // namespace

RecordStream::RecordStream(CompressionType type, ByteView compressed, std::size_t max_bytes)
    : budget_(max_bytes), max_bytes_(max_bytes) {
  OpenedStream opened = open_stream(type, compressed);
  if (!opened.verdict.ok()) {
    failure_ = Failure::kStream;
    failure_text_ = std::move(opened.verdict.text);
    return;
  }
  stream_ = std::move(opened.stream);
  chunk_.resize(stream_->chunk_size());
}

Verdict RecordStream::verdict(Where where) const {
  switch (failure_) {
    case Failure::kNone:
      return Verdict::good();
    case Failure::kStream:
      return Verdict::unknown(failure_text_);
    case Failure::kUnderflow:
      return where == Where::kInsideFields ? Verdict::invalid(failure_text_)
                                           : Verdict::unknown(failure_text_);
    case Failure::kTooLarge:
      break;
  }
  return Verdict::invalid("the batch has more than " + std::to_string(max_bytes_) +
                          " bytes after decompression");
}

std::size_t RecordStream::read_into(std::span<std::uint8_t> out) {
  if (failed()) return 0;
  const Decompressor::Read read = stream_->read(out);
  switch (read.status) {
    case Decompressor::Status::kData:
      break;
    case Decompressor::Status::kEnd:
      return 0;
    case Decompressor::Status::kError:
      failure_ = Failure::kStream;
      failure_text_ = stream_->error_text();
      return 0;
    case Decompressor::Status::kUnderflow:
      failure_ = Failure::kUnderflow;
      failure_text_ = stream_->error_text();
      return 0;
  }
  if (read.count > budget_) {
    failure_ = Failure::kTooLarge;
    return 0;
  }
  budget_ -= read.count;
  return read.count;
}

bool RecordStream::fill() {
  position_ = 0;
  count_ = 0;
  count_ = read_into(chunk_);
  return count_ > 0;
}

int RecordStream::read_byte() {
  if (position_ == count_ && !fill()) return -1;
  return chunk_[position_++];
}

bool RecordStream::read_varint(std::int32_t& value) {
  if (count_ - position_ >= kMaxVarintSize) {
    const std::uint8_t* at = chunk_.data() + position_;
    const bool good = codec::read_varint(at, chunk_.data() + count_, value) == VarintStatus::kOk;
    position_ = static_cast<std::size_t>(at - chunk_.data());
    return good;
  }
  std::uint32_t raw = 0;
  for (int shift = 0; shift < 7 * kMaxVarintSize; shift += 7) {
    const int byte = read_byte();
    raw |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      value = unzigzag(raw);
      return true;
    }
  }
  return false;
}

bool RecordStream::read_varlong(std::int64_t& value) {
  std::uint64_t raw = 0;
  for (int shift = 0; shift < 7 * kMaxVarlongSize; shift += 7) {
    const int byte = read_byte();
    raw |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      value = unzigzag64(raw);
      return true;
    }
  }
  return false;
}

bool RecordStream::skip(std::int32_t size) {
  for (auto left = static_cast<std::size_t>(std::max(size, 0)); left > 0;) {
    if (position_ == count_ && !fill()) return false;
    const std::size_t step = std::min(left, count_ - position_);
    position_ += step;
    left -= step;
  }
  return true;
}

ByteView RecordStream::read_piece(std::size_t size) {
  if (available().size() >= size) {
    const ByteView piece = available().first(size);
    position_ += size;
    return piece;
  }
  piece_.assign(available().begin(), available().end());
  position_ = count_;
  while (piece_.size() < size) {
    const std::size_t missing = size - piece_.size();
    const std::size_t start = piece_.size();
    if (missing >= chunk_.size()) {  // straight into the piece, as ChunkedBytesStream does
      const std::size_t step = std::min(missing, kLargestStep);
      piece_.resize(start + step);
      const std::size_t count = read_into(std::span(piece_).subspan(start));
      piece_.resize(start + count);
      if (count == 0) break;
      continue;
    }
    if (!fill()) break;
    const std::size_t step = std::min(missing, count_);
    piece_.insert(piece_.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(step));
    position_ = step;
  }
  return piece_;
}

// A large one is not copied: it may be as large as a record can be.
std::vector<std::uint8_t> RecordStream::take_piece(ByteView piece) {
  if (piece.data() == piece_.data()) return std::exchange(piece_, {});
  return {piece.begin(), piece.end()};
}

}  // namespace understudy::codec::detail
