// Every vector that Kafka's own classes made: decode, JSON both ways, encode; refusal of the
// broken.
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/json.hpp>
#include <functional>
#include <iostream>

#include "wire/framing.h"
#include "wire/header.h"
#include "wire/json.h"
#include "wire/testing/oracles.h"
#include "wire/testing/support.h"

namespace understudy::wire {
namespace {

namespace json = boost::json;

// Calls for each line of the kind. Returns how many there were.
int for_each_line(std::string_view kind, const std::function<void(const json::object&)>& use) {
  const std::string path = golden_file();
  const gzFile file = gzopen(path.c_str(), "rb");
  if (!file) {
    ADD_FAILURE() << "cannot read " << path;
    return 0;
  }
  int count = 0;
  std::string line;
  std::array<char, 65536> buffer{};
  while (gzgets(file, buffer.data(), int(buffer.size()))) {
    line += buffer.data();
    if (line.back() != '\n') continue;
    JsonError error;
    const auto parsed = parse_json(line, error);
    line.clear();
    if (!parsed) {
      ADD_FAILURE() << "golden line is not JSON: " << error.describe();
      break;
    }
    if (parsed->at("kind").as_string() != kind) continue;
    ++count;
    use(parsed->as_object());
  }
  EXPECT_EQ(gzclose(file), Z_OK);
  return count;
}

std::string_view text_of(const json::object& line, const char* name) {
  const json::string& text = line.at(name).as_string();
  return {text.data(), text.size()};
}

std::string title(const json::object& line) {
  const auto* name = line.if_contains("case");
  return std::string(text_of(line, "message")) + " v" + json::serialize(line.at("version")) + " " +
         (name ? json::serialize(*name) : "");
}

bool is_valid(const json::object& line) {
  const auto* valid = line.if_contains("valid");
  return !valid || valid->as_bool();
}

// Bytes and JSON must say the same, in both directions.
void check_valid(const Struct& schema, Version version, const Slice& bytes,
                 const json::value& expected) {
  AnyMessage message(schema);
  DecodeError error;
  ASSERT_TRUE(decode(schema, message.get(), version, bytes, error)) << error.describe();
  EXPECT_EQ(to_json(schema, message.get(), version), expected);
  EXPECT_EQ(unwritable(schema, message.get(), version), std::nullopt);
  EXPECT_EQ(encoded_size(schema, message.get(), version), bytes.size());
  Output again;
  encode(schema, message.get(), version, again);
  EXPECT_EQ(to_hex(again.joined()), to_hex(bytes));

  AnyMessage from_text(schema);
  JsonError json_error;
  ASSERT_TRUE(from_json(schema, from_text.get(), version, expected, json_error))
      << json_error.describe();
  EXPECT_TRUE(equal(schema, from_text.get(), message.get()));
  Output out;
  encode(schema, from_text.get(), version, out);
  EXPECT_EQ(to_hex(out.joined()), to_hex(bytes));
}

void check_broken(const Struct& schema, Version version, const Slice& bytes) {
  AnyMessage message(schema);
  DecodeError error;
  // A broker ignores what follows a request, so that is no way to refuse one of these.
  const bool decoded =
      decode(schema, message.get(), version, exact_copy(bytes.data(), bytes.size()), error,
             {.trailing = Trailing::kIgnore});
  EXPECT_FALSE(decoded);
  if (decoded) return;
  ASSERT_NE(error.reason, nullptr);
  EXPECT_NE(std::string(error.reason), "");
  EXPECT_NE(error.path, "");
  EXPECT_LE(error.position, bytes.size());
}

void check_facts(const json::object& line, const Message& message, Version version) {
  EXPECT_EQ(text_of(line, "type"), name_of(message.type));
  EXPECT_EQ(line.at("flexible").as_bool(), message.schema->message.flexible.contains(version));
  if (const auto* key = line.if_contains("apiKey")) {
    EXPECT_EQ(key->as_int64(), message.schema->message.key);
  }
  if (const auto* header = line.if_contains("headerVersion")) {
    const bool is_request = message.type == MessageType::kRequest;
    const Version ours =
        is_request ? request_header_version(*message.schema, version)
                   : response_header_version(ApiKey(message.schema->message.key), version);
    EXPECT_EQ(header->as_int64(), ours);
  }
  const auto* unstable = line.if_contains("unstable");
  const bool is_newest = version == message.schema->message.versions.last;
  EXPECT_EQ(unstable != nullptr && unstable->as_bool(),
            is_newest && message.schema->message.latest_version_unstable);
}

TEST(golden, MessagesDecodeGiveTheSameJsonAndEncodeToTheSameBytes) {
  int valid = 0;
  int broken = 0;
  const int lines = for_each_line("message", [&](const json::object& line) {
    SCOPED_TRACE(title(line));
    const Message* message = find_message(text_of(line, "message"));
    ASSERT_NE(message, nullptr);
    const auto version = Version(line.at("version").as_int64());
    const Slice bytes = from_hex(text_of(line, "hex"));
    if (is_valid(line)) {
      ++valid;
      check_facts(line, *message, version);
      check_valid(*message->schema, version, bytes, line.at("json"));
    } else {
      ++broken;
      check_broken(*message->schema, version, bytes);
    }
  });
  std::cout << "golden messages: " << lines << " lines, " << valid << " valid, " << broken
            << " broken\n";
  EXPECT_GT(valid, 1000);
  EXPECT_GT(broken, 100);
}

// The header and the body of one frame, size prefix already gone.
void check_request_frame(const Slice& frame, const json::object& line, Version version) {
  DecodeError error;
  const auto parsed = read_request_header(frame, error);
  ASSERT_TRUE(parsed) << error.describe();
  const Struct& schema = *parsed->request;
  EXPECT_EQ(schema.name, text_of(line, "message"));
  const Version header_version = request_header_version(schema, version);
  EXPECT_EQ(to_json(parsed->header, header_version), line.at("header"));
  check_valid(schema, version, frame.sub(parsed->body_at, frame.size() - parsed->body_at),
              line.at("json"));
  Output out;
  write_request_header(parsed->header, out);
  EXPECT_EQ(to_hex(out.joined()), to_hex(frame.sub(0, parsed->body_at)));
}

void check_response_frame(const Slice& frame, const json::object& line, Version version) {
  const auto key = ApiKey(line.at("apiKey").as_int64());
  ResponseHeader header;
  DecodeError error;
  const auto body_at = read_response_header(key, version, frame, header, error);
  ASSERT_TRUE(body_at) << error.describe();
  const Struct* schema = find_response(key);
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(to_json(header, response_header_version(key, version)), line.at("header"));
  check_valid(*schema, version, frame.sub(*body_at, frame.size() - *body_at), line.at("json"));
  Output out;
  encode(header, response_header_version(key, version), out);
  EXPECT_EQ(to_hex(out.joined()), to_hex(frame.sub(0, *body_at)));
  if (!header.unknown_tags.empty()) return;
  write_response_header(key, version, header.correlation_id, out);
  EXPECT_EQ(to_hex(out.joined()), to_hex(frame.sub(0, *body_at)));
}

TEST(golden, FramesHaveTheRightHeaderAndBody) {
  int requests = 0;
  const int lines = for_each_line("frame", [&](const json::object& line) {
    SCOPED_TRACE(title(line));
    const Slice bytes = from_hex(text_of(line, "hex"));
    const FramePeek peek = peek_frame({bytes.data(), bytes.size()});
    ASSERT_EQ(peek.state, FrameState::kComplete);
    ASSERT_EQ(peek.total(), bytes.size());
    const Slice frame = bytes.sub(kFramePrefixSize, peek.size);
    const auto version = Version(line.at("version").as_int64());
    if (text_of(line, "type") == "request") {
      ++requests;
      check_request_frame(frame, line, version);
    } else {
      check_response_frame(frame, line, version);
    }
  });
  std::cout << "golden frames: " << lines << " lines, " << requests << " requests\n";
  EXPECT_GT(requests, 100);
  EXPECT_GT(lines - requests, 100);
}

}  // namespace
}  // namespace understudy::wire
