// Batches of metadata records: where one begins in a file, and what its records change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "broker/cluster/metadata_log.h"
#include "codec/record.h"

namespace understudy::broker {

// Of the batch that begins here; 0 if there is none that is whole and right.
std::size_t sound_batch_size(codec::ByteView bytes);
// Anywhere in these bytes.
bool holds_sound_batch(codec::ByteView bytes);

// Applies one batch after the other to an image.
class MetadataReader {
 public:
  explicit MetadataReader(MetadataImage& image) : image_(image) {}

  // The offset of the first record that is not one of metadata; nothing if all are.
  std::optional<std::int64_t> apply(const codec::BatchView& batch);
  // No more will come: a transaction that has not ended never was (KIP-868).
  void end();

 private:
  bool change_transaction(std::int16_t key);

  MetadataImage& image_;
  std::optional<MetadataImage> before_transaction_;
};

}  // namespace understudy::broker
