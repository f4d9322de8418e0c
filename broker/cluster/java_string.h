// What Kafka takes from Java's strings: lengths, order, and the hash that spreads groups and
// transactions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace understudy::broker {

// String.hashCode() of the text that these UTF-8 bytes stand for.
std::int32_t java_hash(std::string_view utf8);

// String.length(): characters outside of the basic plane count twice.
std::size_t java_length(std::string_view utf8);

// The UTF-16 units that a Java string has in the place of these UTF-8 bytes.
std::u16string java_units(std::string_view utf8);

// String.compareTo() < 0, which compares units: not the order of the bytes, as characters outside
// of the basic plane come before those from U+E000 on.
bool java_less(std::string_view left, std::string_view right);

// Utils.abs(hash) % count: the partition of __consumer_offsets or __transaction_state.
std::int32_t java_partition_for(std::string_view key, std::int32_t partition_count);

}  // namespace understudy::broker
