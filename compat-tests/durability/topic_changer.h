// Somebody who creates, deletes, grows, configures and makes again topics while the broker is
// killed, in a thread of its own.
//
// Whenever it has a connection again it looks at every topic. What was answered is so; what was not
// answered is wholly done or wholly not: partitions, configuration, records.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "durability/ledger.h"
#include "support/raw_client.h"

namespace understudy::durability {

class TopicChanger {
 public:
  struct Options {
    support::Address broker;
    std::vector<std::string>
        other_topics;  // of the others: there are no more than these and its own
    std::uint64_t seed = 0;
  };

  TopicChanger(Options options, Ledger& ledger, Lives& lives);
  ~TopicChanger();
  TopicChanger(const TopicChanger&) = delete;
  TopicChanger& operator=(const TopicChanger&) = delete;

  // Deletes its topics and ends; the broker is there and is left alone.
  void finish();
  // Answered changes.
  int changes() const { return changes_; }

 private:
  // A topic that there is.
  struct Content {
    std::string policy;
    std::vector<std::int64_t> end_offsets;
    bool operator==(const Content&) const = default;
  };
  using State = std::optional<Content>;
  struct Topic {
    std::string name;
    std::vector<State> possible;  // one, or two while a change was not answered
    std::optional<wire::Uuid> id;
  };
  // What a request does, and how it is asked for; the answer has to be NONE.
  enum class Action : std::uint8_t { kCreate, kDelete, kGrow, kConfigure, kWrite };

  void run();
  void work(support::RawClient& client);
  void change(support::RawClient& client, Topic& topic);
  Action draw_action(const State& state);
  State after(Action action, const State& state, std::int32_t partition) const;
  wire::ErrorCode ask(support::RawClient& client, const Topic& topic, Action action,
                      const State& wanted, std::int32_t partition);

  void look_at_all(support::RawClient& client);
  State look_at(support::RawClient& client, Topic& topic);
  void expect_no_others(support::RawClient& client);
  void report(const std::string& text);
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  Options options_;
  Ledger& ledger_;
  Lives& lives_;
  std::mt19937_64 random_;
  std::vector<Topic> topics_;
  std::atomic<int> changes_ = 0;
  std::atomic<bool> is_closing_ = false;
  std::thread thread_;
};

}  // namespace understudy::durability
