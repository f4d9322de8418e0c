#include "support/names.h"

#include <charconv>

namespace understudy::support {
namespace {

// FNV-1a, then a linear congruential sequence of letters: cheap, and another one for each name.
std::string filler_of(std::string_view key, std::size_t size) {
  std::uint64_t state = 14695981039346656037u;
  for (const char c : key) state = (state ^ std::uint8_t(c)) * 1099511628211u;
  std::string filler(size, ' ');
  for (char& c : filler) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = char('a' + (state >> 33) % 26);
  }
  return filler;
}

// A number and the '.' or the end behind it; cut off `text`.
template <class Number>
bool take(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(std::size_t(end - text.data()));
  if (text.empty()) return true;
  if (text.front() != '.') return false;
  text.remove_prefix(1);
  return !text.empty();
}

}  // namespace

std::string Name::text() const {
  return "producer " + std::to_string(producer) + ", slot " + std::to_string(slot) + ", record " +
         std::to_string(index);
}

std::string key_of(const Name& name) {
  return std::to_string(name.producer) + "." + std::to_string(name.slot) + "." +
         std::to_string(name.index);
}

std::string value_of(const Name& name, std::size_t filler_size) {
  const std::string key = key_of(name);
  return key + "|" + std::to_string(filler_size) + "|" + filler_of(key, filler_size);
}

std::optional<Name> name_of(std::string_view key, std::string_view value) {
  Name name;
  std::string_view rest = key;
  if (!take(rest, name.producer) || !take(rest, name.slot) || !take(rest, name.index)) return {};
  if (!rest.empty() || key_of(name) != key) return {};
  if (value.size() < key.size() + 3 || !value.starts_with(key) || value[key.size()] != '|') {
    return {};
  }
  const std::size_t bar = value.find('|', key.size() + 1);
  if (bar == std::string_view::npos || value != value_of(name, value.size() - bar - 1)) return {};
  return name;
}

}  // namespace understudy::support
