#include "codec/compression.h"

#include <algorithm>

#include "codec/codecs.h"
#include "wire/assert.h"

namespace understudy::codec {

std::string_view name_of(CompressionType type) {
  switch (type) {
    case CompressionType::kNone:
      return "none";
    case CompressionType::kGzip:
      return "gzip";
    case CompressionType::kSnappy:
      return "snappy";
    case CompressionType::kLz4:
      return "lz4";
    case CompressionType::kZstd:
      return "zstd";
  }
  return "unknown";
}

std::vector<std::uint8_t> compress(CompressionType type, ByteView bytes,
                                   const CompressionLevels& levels, SnappyForm snappy_form) {
  switch (type) {
    case CompressionType::kNone:
      return {bytes.begin(), bytes.end()};
    case CompressionType::kGzip:
      return detail::compress_gzip(bytes, levels.gzip);
    case CompressionType::kSnappy:
      return detail::compress_snappy(bytes, snappy_form);
    case CompressionType::kLz4:
      return detail::compress_lz4(bytes, levels.lz4);
    case CompressionType::kZstd:
      return detail::compress_zstd(bytes, levels.zstd);
  }
  ASSERT(is_known(type));
  return {};
}

OpenedStream open_stream(CompressionType type, ByteView compressed, Lz4HeaderChecksum lz4_header) {
  switch (type) {
    case CompressionType::kGzip:
      return detail::open_gzip(compressed);
    case CompressionType::kSnappy:
      return detail::open_snappy(compressed);
    case CompressionType::kLz4:
      return detail::open_lz4(compressed, lz4_header);
    case CompressionType::kZstd:
      return detail::open_zstd(compressed);
    case CompressionType::kNone:
      break;
  }
  ASSERT(is_known(type) && type != CompressionType::kNone);
  return {};
}

Decompressed decompress(CompressionType type, ByteView compressed, std::size_t max_bytes,
                        Lz4HeaderChecksum lz4_header) {
  const auto too_large = [&] {
    return Decompressed{
        Verdict::invalid("more than " + std::to_string(max_bytes) + " bytes after decompression"),
        {}};
  };
  if (type == CompressionType::kNone) {
    if (compressed.size() > max_bytes) return too_large();
    return {{}, {compressed.begin(), compressed.end()}};
  }
  OpenedStream opened = open_stream(type, compressed, lz4_header);
  if (!opened.verdict.ok()) return {std::move(opened.verdict), {}};
  Decompressed result;
  for (std::vector<std::uint8_t> chunk(opened.stream->chunk_size());;) {
    const Decompressor::Read read = opened.stream->read(chunk);
    switch (read.status) {
      case Decompressor::Status::kData:
        break;
      case Decompressor::Status::kEnd:
        return result;
      case Decompressor::Status::kError:
      case Decompressor::Status::kUnderflow:
        return {Verdict::unknown(std::string(opened.stream->error_text())), {}};
    }
    if (read.count > max_bytes - result.bytes.size()) return too_large();
    result.bytes.insert(result.bytes.end(), chunk.begin(),
                        chunk.begin() + static_cast<std::ptrdiff_t>(read.count));
  }
}

}  // namespace understudy::codec
