// A script: the requests of one client session with a broker, in a form that can be read, stored
// and played at any broker.
//
// In a file a script is one JSON object per line. The first line tells where the script comes from;
// each other line is a step:
//
//   {"api":"Produce","version":9,"request":{"acks":-1,"topicData":[...]}}
//   {"api":"Fetch","version":12,"request":{...},"frame":{"cut":7}}
//   {"bytes":"AAAA"}
//   {"restart":"kill"}
//
// request   the fields in the names of Kafka's JSON; what is left out has its default value, what
//           the version does not have is left out when it is sent. See symbols.h for "@t", "$..."
// node      which node is asked, 1 if left out
// connection  which of the client's connections to it, 0 if left out; it is opened when it is used
// clientId  in place of the usual one; null is possible
// pipelined true: the next step is sent before the answer to this one is read
// waits     true: the broker may keep the answer back until other members of a group have asked
// too.
//           The step that is next on the same connection waits for it, or the end of the script
// frame     what is done to the frame before it is sent: "key" and "version" in place of those in
//           the header, "flip": [[position, xor], ...] as far as the frame goes, "cut": bytes to
//           remove from the end, "append": base64, "size": the announced size in place of the
//           right one
// restart   "clean" or "kill": both brokers end so, and begin again
// bytes     base64 of what is sent in place of a frame. Afterwards the sending side is closed.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::differential {

namespace json = boost::json;

using Step = json::object;

struct Script {
  std::string origin;  // "seed 7, script 12"
  std::vector<Step> steps;
};

std::string to_text(const Script& script);
// Whether every step says something that can be said; what parse_script() refuses cannot.
bool is_well_formed(const Script& script);
// Throws std::runtime_error that names the line.
Script parse_script(std::istream& in);

bool is_request(const Step& step);
bool is_restart(const Step& step);
std::size_t request_count(const Script& script);

// The names of topics that belong to the script ("@..."), wherever they stand.
std::set<std::string> topic_names(const Script& script);
std::set<std::string> topic_names(const Step& step);

struct Member {
  std::string_view name;
  std::optional<json::kind> kind = std::nullopt;  // any without it, for symbols stand for numbers
};
// Throws std::runtime_error that names a member which is none of these, or not of its kind: a
// misspelled one would be left out in silence.
void check_members(const json::object& object, std::string_view where,
                   std::initializer_list<Member> known);

// Members with a default.
std::int64_t int_or(const json::object& object, std::string_view name, std::int64_t otherwise);
bool is_set(const json::object& object, std::string_view name);
std::string text_or(const json::object& object, std::string_view name, std::string_view otherwise);

std::string_view view_of(const json::string& text);

}  // namespace understudy::differential
