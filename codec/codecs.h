// What each codec's file gives to compression.cc. Not for use elsewhere.
#pragma once

#include <vector>

#include "codec/compression.h"

namespace understudy::codec::detail {

// Java's exception of a constructor becomes a verdict.
inline OpenedStream refused_stream(std::string text) {
  return {Verdict::unknown(std::move(text)), nullptr};
}

OpenedStream open_gzip(ByteView compressed);
OpenedStream open_snappy(ByteView compressed);
OpenedStream open_lz4(ByteView compressed, Lz4HeaderChecksum checksum);
OpenedStream open_zstd(ByteView compressed);

std::vector<std::uint8_t> compress_gzip(ByteView bytes, int level);
std::vector<std::uint8_t> compress_snappy(ByteView bytes, SnappyForm form);
std::vector<std::uint8_t> compress_lz4(ByteView bytes, int level);
std::vector<std::uint8_t> compress_zstd(ByteView bytes, int level);

}  // namespace understudy::codec::detail
