// The golden vectors of Kafka's assignors (compat-tests/golden), a line each. For tests.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wire/base64.h"
#include "wire/testing/oracles.h"
#include "wire/types.h"

namespace understudy::broker {

// Those of every run, or those that UNDERSTUDY_ASSIGNORS names.
inline std::string assignor_vectors_file() {
  const char* chosen = std::getenv("UNDERSTUDY_ASSIGNORS");
  return chosen && *chosen ? chosen : wire::oracle_file("assignors-1.jsonl.gz");
}

inline wire::Uuid uuid_from(std::string_view text) {
  const auto bytes = wire::base64_decode(text, wire::Base64::kUrlSafe);
  wire::Uuid id;
  if (!bytes || bytes->size() != id.bytes.size()) {
    ADD_FAILURE() << text << " is no id";
    return id;
  }
  std::ranges::copy(*bytes, id.bytes.begin());
  return id;
}

inline std::string read_gzip(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    ADD_FAILURE() << "cannot read " << path;
    return {};
  }
  std::string text;
  std::vector<char> chunk(1 << 20);
  int size = 0;
  while ((size = gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(size));
  }
  EXPECT_EQ(size, 0) << path << " is damaged";
  gzclose(file);
  return text;
}

// The lines of one kind: "hashOrder" or "assignment".
inline std::vector<boost::json::object> assignor_vectors(std::string_view kind) {
  const std::string text = read_gzip(assignor_vectors_file());
  std::vector<boost::json::object> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    boost::json::object line =
        boost::json::parse(std::string_view(text).substr(at, end - at)).as_object();
    if (std::string_view(line.at("kind").as_string()) == kind) lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

}  // namespace understudy::broker
