// What a broker draws by itself (ids, its address), under names that are the same at every broker.
//
// In a script stands            when it is sent it becomes
//   "@t0"                        a topic name of this play's own: "d-5-12-t0"
//   "@+249"                      one of so many characters
//   "$id:@t0", "$id:@t0#1"       the topic's newest id; that of its second creation
//   "$pid:2"                     the third producer id that this script was given
//   "$session:0"                 the first fetch session that it was given
//   "$group:0"                   a group of this play's own
//   "$member:0"                  the member id that JoinGroup told last on the first connection of
//   a
//                                member
//   "$generation"                the newest generation that JoinGroup told
//   "$epoch:m"                   the epoch that member m of a consumer group was told last
//   "$owned:m"                   the partitions that it was told last, as a request wants them
//   "$cluster"                   the cluster's id
//   "$now-500"                   milliseconds since 1970, around the beginning of the play
//   "$repeat:300:x"              300 times x
//   {"$batches": ...}            records, see batch_json.h
//
// What the broker never handed out becomes a value that is the same at every broker, so that a
// script from which steps were removed can still be played. Answers are translated back; there
// "$port2" is the port of node 2.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace understudy::differential {

// The connections of members have numbers from here on.
inline constexpr std::int64_t kFirstConnectionOfMembers = 3;

struct BrokerFacts {
  std::vector<std::uint16_t> ports;  // of node 1, 2 and so on
  std::string cluster_id;
};

class Symbols {
 public:
  // `prefix` makes the names of topics unique, `origin_ms` is what "$now" means.
  Symbols(std::string prefix, std::int64_t origin_ms)
      : prefix_(std::move(prefix)), origin_ms_(origin_ms) {}

  void set_facts(const BrokerFacts& facts) { facts_ = facts; }

  // Throws std::runtime_error if a text begins as a symbol does and is none.
  static void check(std::string_view text);

  boost::json::value resolve(const boost::json::value& value) const;

  // Remembers the ids that an answer brings, topics by the names beside them.
  void learn(const boost::json::value& answer);
  // The same, of an answer to this API on this connection.
  void learn_member(std::string_view api, std::int64_t connection,
                    const boost::json::object& answer);
  void learn_topic_id(const std::string& name, const std::string& id);

  // An answer in which every id that is known has its name.
  void translate(boost::json::value& answer) const;

  const std::string& prefix() const { return prefix_; }
  std::string topic_name(std::string_view symbol) const;
  // Whether a topic's id that the broker drew is somewhere among the bytes of a frame.
  bool is_topic_id_in(std::span<const std::uint8_t> bytes) const;

 private:
  boost::json::value resolve_text(std::string_view text) const;
  boost::json::value topic_id(std::string_view symbol) const;
  void translate_member(std::string_view name, boost::json::value& value) const;
  void translate_text(boost::json::string& text) const;
  boost::json::value resolve_member(std::string_view text) const;

  std::string prefix_;
  std::int64_t origin_ms_;
  BrokerFacts facts_;
  std::map<std::string, std::vector<std::string>> topic_ids_;  // by full name, in order of creation
  std::map<std::string, std::string> symbol_of_topic_id_;
  std::vector<std::int64_t> producer_ids_;
  std::vector<std::int64_t> session_ids_;
  std::map<std::int64_t, std::string> member_ids_;  // by connection
  std::map<std::string, std::string> symbol_of_member_id_;
  std::int64_t generation_ = -1;
  struct ConsumerMember {
    std::int64_t epoch = 0;
    boost::json::array owned;
  };
  std::map<std::string, ConsumerMember, std::less<>> consumer_members_;
};

}  // namespace understudy::differential
