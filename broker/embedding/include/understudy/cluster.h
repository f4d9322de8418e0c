// A Kafka cluster inside a test.
//
//   understudy::Cluster cluster({.nodes = 3});
//   cluster.create_topic("orders", {.partitions = 12, .replication_factor = 3});
//   auto lost_ack = cluster.inject({.seam = understudy::Seam::kAfterAppend,
//                                   .match = {.topic = "orders"},
//                                   .action = understudy::Action::drop_connection()});
//   ... run any Kafka client against cluster.bootstrap() ...
//   lost_ack.wait_for_hits(1);
//   EXPECT_EQ(cluster.records("orders", 0).size(), 1u);
//
// The cluster runs on a thread of its own. Every function may be called from any thread and returns
// when its work is done. Failures throw understudy::Error. Units are in the names; offsets,
// sequences, epochs and ids are Kafka's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace understudy {

// Something failed; what() says what and why, in a sentence.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, std::int16_t code = 0)
      : std::runtime_error(what), code_(code) {}

  // Kafka's error code if there is one (TOPIC_ALREADY_EXISTS is 36), else 0.
  std::int16_t code() const { return code_; }

 private:
  std::int16_t code_;
};

// One of Kafka's names or numbers: an API ("Produce", 0) or an error ("NOT_LEADER_OR_FOLLOWER", 6).
struct NameOrNumber {
  NameOrNumber(const char* text) : name(text) {}             // NOLINT: implicit on purpose
  NameOrNumber(std::string text) : name(std::move(text)) {}  // NOLINT: implicit on purpose
  NameOrNumber(std::int16_t value) : number(value) {}        // NOLINT: implicit on purpose
  NameOrNumber(int value) : number(static_cast<std::int16_t>(value)) {}  // NOLINT: likewise

  std::string name;  // empty: the number counts
  std::int16_t number = 0;
};

// Where in the life of a request a fault strikes.
enum class Seam {
  kRequest,       // it has arrived, and nothing was done yet
  kBeforeAppend,  // Produce, for each batch: nothing of the request is in the log yet
  kAfterAppend,   // Produce, for each batch: it is in the log (or was refused), and there is no
                  // answer yet
  kResponse,      // there is an answer, and it was not sent yet
};

// Which requests a fault strikes. A field that is left empty matches everything.
// Topic, partition and the producer's fields match at the append seams and at kResponse of Produce;
// topic and partition also at kResponse of Fetch. A request with several batches matches if one of
// them does. Groups, members and transactional ids match at every seam, for requests that have
// them; of several in a request one has to match. A rule sees them in requests that arrive after
// it.
struct Match {
  std::optional<NameOrNumber> api = {};
  std::optional<std::string> client_id = {};
  std::optional<std::int32_t> node = {};
  std::optional<std::string> topic = {};
  std::optional<std::int32_t> partition = {};
  std::optional<std::int64_t> producer_id = {};
  std::optional<std::int16_t> producer_epoch = {};
  std::optional<std::int32_t> base_sequence = {};
  std::optional<std::string> group = {};
  std::optional<std::string> member_id = {};
  std::optional<std::string> instance_id = {};  // group.instance.id
  std::optional<std::string> transactional_id = {};
};

// Which of the matching requests or batches a fault strikes, counted from 1.
class Trigger {
 public:
  static Trigger once() { return on_call(1); }
  static Trigger on_call(std::uint64_t n) { return {n, n, 1.0, 0}; }
  static Trigger times(std::uint64_t n) { return {1, n, 1.0, 0}; }  // the first n
  static Trigger every_time() { return {1, UINT64_MAX, 1.0, 0}; }
  // Each with probability p in [0, 1]; the same seed strikes the same calls.
  static Trigger with_probability(double p, std::uint64_t seed) { return {1, UINT64_MAX, p, seed}; }

  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }
  double probability() const { return probability_; }
  std::uint64_t seed() const { return seed_; }

 private:
  Trigger(std::uint64_t first, std::uint64_t last, double probability, std::uint64_t seed)
      : first_(first), last_(last), probability_(probability), seed_(seed) {}

  std::uint64_t first_;
  std::uint64_t last_;
  double probability_;
  std::uint64_t seed_;
};

// What a fault does.
class Action {
 public:
  enum class Kind {
    kError,
    kDelay,
    kHold,
    kDropConnection,
    kDropResponse,
    kCutResponse,
    kShowPartitions,
    kAnswerProducerId,
  };

  // Answers with this error. At kRequest only for APIs whose response has an error code of its own.
  static Action error(NameOrNumber code) {
    Action action(Kind::kError);
    action.error_ = std::move(code);
    return action;
  }
  // Continues after this time.
  static Action delay(std::chrono::milliseconds time) {
    Action action(Kind::kDelay);
    action.number_ = time.count();
    return action;
  }
  // Continues when Fault::release() or remove() is called.
  static Action hold() { return Action(Kind::kHold); }
  // Closes the connection without an answer.
  static Action drop_connection() { return Action(Kind::kDropConnection); }
  // No answer; the connection stays open.
  static Action drop_response() { return Action(Kind::kDropResponse); }
  // Sends this many bytes of the answer, size prefix included, then closes the connection.
  static Action cut_response(std::size_t bytes) {
    Action action(Kind::kCutResponse);
    action.number_ = static_cast<std::int64_t>(bytes);
    return action;
  }
  // For Metadata at kResponse: shows only the topic's first `count` partitions; with 0 the topic is
  // unknown.
  static Action show_partitions(std::string topic, std::int32_t count) {
    Action action(Kind::kShowPartitions);
    action.topic_ = std::move(topic);
    action.number_ = count;
    return action;
  }
  // For InitProducerId at kResponse: the producer gets this id and epoch in place of its own.
  static Action answer_producer_id(std::int64_t producer_id, std::int16_t producer_epoch) {
    Action action(Kind::kAnswerProducerId);
    action.number_ = producer_id;
    action.producer_epoch_ = producer_epoch;
    return action;
  }

  Kind kind() const { return kind_; }
  const NameOrNumber& error_code() const { return error_; }
  const std::string& topic() const { return topic_; }
  // Milliseconds, bytes, partitions, or the producer id.
  std::int64_t number() const { return number_; }
  std::int16_t producer_epoch() const { return producer_epoch_; }

 private:
  explicit Action(Kind kind) : kind_(kind) {}

  Kind kind_;
  NameOrNumber error_ = 0;
  std::string topic_;
  std::int64_t number_ = 0;
  std::int16_t producer_epoch_ = -1;
};

struct Rule {
  Seam seam = Seam::kResponse;
  Match match = {};
  Trigger trigger = Trigger::once();
  Action action;
};

// Every batch of a Produce request has an event. So has every topic that is created or deleted,
// every leader that moves, every crash or restart, and what the coordinators of groups decide.
struct Event {
  enum class Kind {
    kAppended,
    kDuplicate,
    kRefused,
    kTopicCreated,
    kTopicDeleted,
    kLeaderMoved,  // node: the new leader
    kRestarted,    // the broker crashed or was stopped, and started again; reason says how
    kMemberJoined,
    kMemberLeft,     // left, expired or removed: reason says which
    kRebalanced,     // a rebalance of a group has begun; reason says why
    kCommitRefused,  // an OffsetCommit, with error and reason
  };

  std::uint64_t number = 0;  // counts from 1
  std::int64_t at_ms = 0;    // the cluster's time
  Kind kind = Kind::kRefused;
  std::int32_t node = -1;
  std::string client_id;
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t record_count = 0;
  std::int64_t base_offset = -1;  // appended at; duplicate of
  std::string group;
  std::string member;
  std::int32_t generation = -1;  // of the group, or its epoch
  std::int16_t error_code = 0;
  std::string error_name;  // "NONE", "OUT_OF_ORDER_SEQUENCE_NUMBER"
  // Refused: why ("expected 158, got 160"). Appended: why it might be a duplicate although the
  // broker cannot know. Restarted: what was lost.
  std::string reason;
  std::string description;  // all of it in one line
};

struct Record {
  std::int64_t offset = -1;
  std::int64_t timestamp_ms = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int32_t leader_epoch = -1;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t sequence = -1;  // of this record
};

// What a partition knows of one producer.
struct ProducerState {
  struct Batch {
    std::int32_t first_sequence = -1;
    std::int32_t last_sequence = -1;
    std::int64_t first_offset = -1;
    std::int64_t last_offset = -1;
  };

  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t last_sequence = -1;  // -1: no batch of this epoch is known
  std::int64_t last_timestamp_ms = -1;
  std::vector<Batch> batches;  // the remembered ones, at most five, oldest first
};

// A group in the list of all.
struct GroupSummary {
  std::string id;
  std::string type;               // "classic", "consumer" (KIP-848)
  std::string state;              // "Stable", "PreparingRebalance": Kafka's names
  std::string protocol_type;      // "consumer"; empty if nobody has said one
  std::int32_t coordinator = -1;  // the node
};

struct GroupMember {
  std::string member_id;
  std::optional<std::string> instance_id;  // of a static member
  std::string client_id;
  std::string client_host;  // "/127.0.0.1"
  std::int32_t epoch = -1;  // of a member of a consumer group
  // By topic. Empty if what a classic group's leader assigned is not that of consumers.
  std::map<std::string, std::vector<std::int32_t>> partitions;
};

struct GroupOffset {
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;
  std::string metadata;
  std::int64_t commit_ms = -1;  // by the cluster's clock
  std::int64_t lag = -1;        // up to the high watermark; -1: there is no such partition
};

// An offset in a transaction that has not ended.
struct PendingOffset {
  std::string topic;
  std::int32_t partition = -1;
  std::int64_t producer_id = -1;
  std::int64_t offset = -1;
};

// All of a group.
struct GroupState {
  GroupSummary summary;
  std::int32_t generation = -1;        // or the epoch of a consumer group
  std::int32_t assignment_epoch = -1;  // of a consumer group only
  std::string protocol;                // that was selected; a consumer group's assignor
  std::string leader;                  // its member id; consumer groups have none
  std::vector<GroupMember> members;
  std::vector<GroupOffset> offsets;  // by topic and partition
  std::vector<PendingOffset> pending_offsets;
};

// How far a group has read a partition from now on; no offset: nobody knows.
struct OffsetChange {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::int64_t> offset = {};
};

// What happens to records that the followers do not have yet when the leader moves.
enum class Tail {
  kKeep,  // the new leader has them: a clean move
  kLose,  // the new leader does not have them: everything above the high watermark is cut
};

// What a killed broker loses.
class Crash {
 public:
  // Nothing that it wrote: kill -9. One batch per producer is remembered (Kafka's rule).
  static Crash keep_everything() { return Crash(Kind::kKeepEverything); }
  // The log is whole, the state of its producers is lost: a broker that does not rebuild it.
  static Crash lose_producer_state() { return Crash(Kind::kLoseProducerState); }
  // What was not synced to the disk: a power cut, which hits all nodes. With
  // Durability::kPageCache only a clean stop, flush.messages, flush.ms and the end of a segment
  // sync.
  static Crash lose_unsynced() { return Crash(Kind::kLoseUnsynced); }
  // The last n batches of every partition.
  static Crash lose_tail(std::int32_t batches) { return Crash(Kind::kLoseTail, batches); }
  // The log is whole; the state of its producers is that of the snapshot before the newest, or
  // empty if there is only one. Snapshots are written by restart_clean() and with each new
  // segment.
  static Crash stale_snapshot() { return Crash(Kind::kStaleSnapshot); }

  enum class Kind {
    kKeepEverything,
    kLoseProducerState,
    kLoseUnsynced,
    kLoseTail,
    kStaleSnapshot,
  };
  Kind kind() const { return kind_; }
  std::int32_t batches() const { return batches_; }

 private:
  explicit Crash(Kind kind, std::int32_t batches = 0) : kind_(kind), batches_(batches) {}

  Kind kind_;
  std::int32_t batches_;
};

// What an acknowledged record (acks = all) survives.
enum class Durability {
  kPageCache,  // a killed process: Kafka's default
  kFsync,      // a power cut as well
};

enum class ClockMotion {
  kReal,    // runs, as the machine's does; what a test moves is added to it
  kFrozen,  // moves when a test moves it: timeouts of the broker never pass by themselves
};

struct ClusterOptions {
  std::int32_t nodes = 1;                             // numbered from 1
  std::string profile = "4.4";                        // the Apache Kafka release to answer as
  std::map<std::string, std::string> overrides = {};  // broker properties, as in server.properties
  std::vector<std::string> racks = {};                // of each node; empty: broker.rack, if any
  std::optional<std::uint64_t> seed = {};             // the same seed draws the same ids
  ClockMotion clock = ClockMotion::kReal;
  // Where everything is stored, in Kafka's own format; empty: it is gone with the cluster. One
  // cluster at a time uses it.
  std::string data_dir = {};
  Durability durability = Durability::kPageCache;
  std::string host = "127.0.0.1";  // where to listen, each node on a free port
  std::string log_level =
      "warn";  // trace, debug, info, warn, error, off; on stderr, for the whole process
};

struct TopicOptions {
  std::int32_t partitions = -1;          // -1: num.partitions
  std::int16_t replication_factor = -1;  // -1: default.replication.factor
  std::map<std::string, std::string> configs = {};
};

class Cluster;

// A fault in force. Copies name the same fault; dropping them does not end it.
class Fault {
 public:
  // How often it has struck; still known after remove().
  std::uint64_t hits() const;
  // Waits until it has struck `count` times; false on timeout.
  bool wait_for_hits(std::uint64_t count,
                     std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  // Releases what it holds now. What it strikes later is held again.
  void release();
  // Ends it, and releases what it holds.
  void remove();

 private:
  friend class Cluster;
  struct Access;
  explicit Fault(std::shared_ptr<Access> access) : access_(std::move(access)) {}
  std::shared_ptr<Access> access_;
};

class Cluster {
 public:
  // When this returns, the cluster has started and answers.
  explicit Cluster(const ClusterOptions& options = {});
  // Stops it if it still runs.
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // "127.0.0.1:40001,127.0.0.1:40002": for bootstrap.servers.
  std::string bootstrap() const;
  // The seed that was given, or else drawn: with it the run can be repeated.
  std::uint64_t seed() const;

  // Closes all connections and ports. After that every other function but bootstrap() and seed()
  // throws.
  void stop();

  // Crashes or stops cleanly, and starts again at once: on the same ports and data, with the same
  // rules in force. Connections are closed without notice, and waiting requests are never answered.
  // Each producer's newest batch is remembered, as by Kafka, unless the crash loses it. Data
  // outlives the crash without a data_dir too, but then not the Cluster.
  // If `node` is given, only that node restarts. Its partitions move to other replicas in sync,
  // which have what was replicated and know its producers; only partitions without another replica
  // lose what `crash` says.
  void crash(const Crash& crash, std::optional<std::int32_t> node = {});
  void restart_clean(std::optional<std::int32_t> node = {});

  // Topics. Errors are those of a CreateTopics request.
  void create_topic(const std::string& name, const TopicOptions& options = {});
  void delete_topic(const std::string& name);
  std::int32_t partition_count(const std::string& topic) const;

  // Faults. A rule that could never strike, or never do what it says, is refused with an Error.
  Fault inject(const Rule& rule);
  void clear_faults();
  // Closes all connections of a node, or of all nodes, without notice.
  void drop_connections(std::optional<std::int32_t> node = {});
  std::size_t connection_count() const;

  // Leadership and replication.
  std::int32_t leader(const std::string& topic, std::int32_t partition) const;
  std::int32_t leader_epoch(const std::string& topic, std::int32_t partition) const;
  void move_leader(const std::string& topic, std::int32_t partition, std::int32_t node, Tail tail);
  // While replication is held, acks = all waits and the high watermark stays. That holds for a
  // partition with one replica too.
  void hold_replication(const std::string& topic, std::int32_t partition);
  void release_replication(const std::string& topic, std::int32_t partition);

  // The log.
  std::int64_t log_start_offset(const std::string& topic, std::int32_t partition) const;
  std::int64_t log_end_offset(const std::string& topic, std::int32_t partition) const;
  std::int64_t high_watermark(const std::string& topic, std::int32_t partition) const;
  // All records from the log start offset to the log end offset, decompressed, without control
  // records.
  std::vector<Record> records(const std::string& topic, std::int32_t partition) const;

  // Producer state, to read and to change. Changing an unknown producer makes it known.
  std::vector<ProducerState> producers(const std::string& topic, std::int32_t partition) const;
  // The partition then expects this sequence, and remembers no earlier batch.
  void set_next_sequence(const std::string& topic, std::int32_t partition, std::int64_t producer_id,
                         std::int32_t sequence);
  void set_producer_epoch(const std::string& topic, std::int32_t partition,
                          std::int64_t producer_id, std::int16_t epoch);
  void forget_producer(const std::string& topic, std::int32_t partition, std::int64_t producer_id);

  // Groups, in the order of their ids; and one of them with all that is known of it.
  std::vector<GroupSummary> groups() const;
  GroupState group(const std::string& id) const;
  // Waits until the group exists and is in this state ("Stable"); false on timeout.
  bool wait_for_group(const std::string& id, const std::string& state,
                      std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  // All members have to join again. And one member is removed, as if it had left; it learns that
  // from its next request.
  void rebalance(const std::string& id);
  void evict(const std::string& id, const std::string& member_id);
  // All at once, or none. Members are not asked and not told: they read on where they are. A group
  // that does not exist is made.
  void set_offsets(const std::string& id, const std::vector<OffsetChange>& changes);

  // The newest events (some thousands), oldest first.
  std::vector<Event> events() const;
  // The first event, past or future, that the predicate accepts; nothing on timeout. The predicate
  // runs on the calling thread.
  std::optional<Event> wait_for_event(
      const std::function<bool(const Event&)>& predicate,
      std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

  // What the cluster's clock shows, in milliseconds since the Unix epoch: what records are stamped
  // with, and what retention goes by.
  std::int64_t now_ms() const;
  // Time goes by, for timeouts and for what the clock shows alike: what is due by then happens
  // before this returns. That includes closing connections that were idle for
  // connections.max.idle.ms; a negative value keeps them open.
  void advance_clock(std::chrono::milliseconds time);
  // Sets what the clock shows, forward or back, and lets no time go by: a machine that slept, or a
  // clock that was corrected. No timeout ends by that.
  void shift_wall_clock(std::chrono::milliseconds time);

 private:
  friend class Fault;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace understudy
