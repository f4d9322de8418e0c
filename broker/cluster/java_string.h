// What Kafka takes from Java's strings: lengths, and the hash that spreads groups and transactions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace understudy::broker {

// String.hashCode() of the text that these UTF-8 bytes stand for.
std::int32_t java_hash(std::string_view utf8);

// String.length(): characters outside of the basic plane count twice.
std::size_t java_length(std::string_view utf8);

// Utils.abs(hash) % count: the partition of __consumer_offsets or __transaction_state.
std::int32_t java_partition_for(std::string_view key, std::int32_t partition_count);

}  // namespace understudy::broker
