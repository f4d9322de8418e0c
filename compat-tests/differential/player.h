// Plays a script at one broker and writes down what came back.
#pragma once

#include <boost/json/array.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "differential/script.h"
#include "differential/settling.h"
#include "differential/symbols.h"
#include "support/raw_client.h"

namespace understudy::differential {

// What came back for a step, with symbols in place of what the broker drew:
//   {"answer": {...}}          a response; "isCanonical": false if it was encoded otherwise than
//                              the protocol's definition asks for
//   {"undecodable": "..."}     a frame that is no response of this API and version
//   {"closed": true}           the broker closed the connection
//   {"silent": true}           nothing, although the broker goes on with the connection
//   {"nothing": true}          nothing within the patience
//   {"restarted": true}
using Outcome = json::object;

struct Exchange {
  std::string api;  // "Produce"; "bytes"; "restart"; "log" for what is looked at in the end
  wire::Version version = 0;
  Step step;
  Outcome outcome;
};

using Transcript = std::vector<Exchange>;

// One of the two clusters, and where its nodes are.
struct Side {
  std::string name;                     // "Understudy", "Apache Kafka"
  std::vector<support::Address> nodes;  // of node 1, 2 and so on
  // Whether changes of metadata are answered before they have taken effect.
  bool settles_late = false;
};

// How the names of all topics of scripts begin, and those of whom Settling needs.
inline constexpr std::string_view kPlayPrefix = "d-";
inline constexpr std::string_view kSettlingPrefix = "settling-";

struct PlayOptions {
  std::string prefix;          // of topic names; unique per play and the same on both sides
  std::int64_t origin_ms = 0;  // what "$now" means; the same on both sides
  std::string settling_topic;  // see Settling
  // Leader epochs are told by restarts: those of a real Apache Kafka rise by two with each.
  bool with_restarts = false;
};

class Player {
 public:
  Player(const Side& side, const PlayOptions& options);
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player();

  // Plays the steps from `first` to `last` - 1; calls `before_step` before each that waits for an
  // answer.
  void play(const Script& script, std::size_t first, std::size_t last,
            const std::function<void()>& before_step);
  // After the broker was started again: waits until it leads the script's topics.
  void reconnect(const Side& side, const Script& script);
  // What the script's topics hold in the end.
  void look_at_logs(const Script& script);
  // Removes the topics of the script, so that thousands of scripts fit into one broker.
  void clean_up();

  const Transcript& transcript() const { return transcript_; }

 private:
  struct ConnectionKey {
    int node = 1;
    int number = 0;
    auto operator<=>(const ConnectionKey&) const = default;
  };
  struct Sent {
    std::size_t exchange = 0;  // in the transcript
    std::int32_t correlation_id = 0;
    const wire::Struct* response = nullptr;  // null: nobody can tell
    wire::ApiKey key{};
    wire::Version version = 0;
    bool is_certain_to_be_answered = true;
    bool is_answered = false;
  };

  std::size_t group_end(const Script& script, std::size_t first, std::size_t last) const;
  void connect(const Side& side);
  std::vector<std::string> topics_of(const Script& script) const;
  void play_group(std::span<const Step> steps);
  void play_bytes(const Step& step);
  std::optional<Sent> send(const Step& step, support::RawClient& client);
  void receive(std::vector<Sent>& sent, support::RawClient& client, const ConnectionKey& connection,
               bool connection_is_open);
  bool begin_to_wait(const Step& step, support::RawClient& client, const ConnectionKey& key);
  void end_waiting(const ConnectionKey& key);
  void take_frame(std::vector<Sent>& sent, const wire::Slice& frame);
  Outcome decode(const Sent& sent, const wire::Slice& frame);
  void translate(json::value& answer) const;
  void settle(Exchange& exchange);
  static ConnectionKey connection_key(const Step& step);
  support::RawClient& connection(const ConnectionKey& key);
  void await_replicas(const Step& next);
  Outcome log_of(const std::string& topic, std::int32_t partition, int leader);
  void look_at_topic(const wire::metadata_response::MetadataResponseTopic& topic);

  Side side_;
  std::string settling_topic_;
  bool with_restarts_;
  Symbols symbols_;
  std::map<ConnectionKey, support::RawClient> connections_;
  // Answers that others have to cause. One that has come is looked at no sooner than the others
  // would be, so that both sides learn from it at the same step.
  struct Waiting {
    Sent sent;
    std::optional<wire::Slice> frame;
  };
  std::map<ConnectionKey, Waiting> waiting_;
  std::unique_ptr<Settling> settling_;
  std::int32_t next_correlation_id_ = 1;
  Transcript transcript_;
  std::vector<std::string> topics_;  // that exist in the end
  std::set<std::string> written_;    // topics that followers may not have all of yet
};

}  // namespace understudy::differential
