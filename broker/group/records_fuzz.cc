// Any records in a partition of __consumer_offsets: it is loaded, and what it says about groups can
// be asked for; time goes by, topics go; and what has become of the offsets by then is what another
// load of the same log finds.
//
// The input is a row of steps. Each has a byte that says what it is (the bits below), for a record
// then the size of its key (a byte) and of its value (two bytes, the low one first), and then
// those.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "broker/base/purgatory.h"
#include "broker/cluster/changes.h"
#include "broker/group/group_coordinator.h"
#include "broker/group/group_listing.h"
#include "broker/group/group_offsets.h"
#include "broker/group/offset_requests.h"
#include "broker/log/testing/memory_storage.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::uint8_t kHasValue = 1;
constexpr std::uint8_t kInTransaction = 2;  // of the producer that the next two bits name
constexpr std::uint8_t kIsMarker = 16;      // no record: that producer's transaction ends
constexpr std::uint8_t kIsCommit = 32;      // so; else it is aborted

constexpr std::size_t kStepsMax = 200;
constexpr std::int64_t kLongTimeMs = 30LL * 24 * 60 * 60 * 1000;

struct Step {
  std::uint8_t what = 0;
  std::string_view key;
  std::string_view value;

  std::int64_t producer_id() const { return 1000 + ((what >> 2) & 3); }
};

class StepReader {
 public:
  StepReader(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool next(Step& step) {
    if (rest_.empty()) return false;
    step = {.what = byte(), .key = {}, .value = {}};
    if ((step.what & kIsMarker) != 0) return true;
    const std::size_t key_size = byte();
    const std::size_t low = byte();
    const std::size_t value_size = low | (static_cast<std::size_t>(byte()) << 8);
    step.key = take(key_size);
    step.value = take(value_size);
    return true;
  }

 private:
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, std::min(size, rest_.size()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

// Committed offsets by group, topic and partition.
using AllOffsets = std::map<std::tuple<std::string, std::string, std::int32_t>, CommittedOffset>;

class LoadedRecords {
 public:
  LoadedRecords() {
    news_.listen(groups_);
    ASSERT(!cluster_.load());
    news_.during([this] {
      ASSERT(cluster_.add_topic("t", {{1}}, {}) != nullptr);
      find_coordinator(cluster_, 1, InternalTopic::kOffsets, "g");
    });
  }

  void write(const Step& step) {
    if ((step.what & kIsMarker) != 0) {
      const bool is_commit = (step.what & kIsCommit) != 0;
      log().append_marker({.producer_id = step.producer_id(), .epoch = 0},
                          is_commit ? codec::ControlType::kCommit : codec::ControlType::kAbort);
      return;
    }
    codec::Record record;
    record.timestamp = clock_.wall_ms();
    record.key = step.key;
    if ((step.what & kHasValue) != 0) record.value = step.value;
    OwnBatch batch{.records = {&record, 1}};
    if ((step.what & kInTransaction) != 0) {
      batch.producer_id = step.producer_id();
      batch.producer_epoch = 0;
      log().producers().verification_started(batch.producer_id, 0, -1);
    }
    log().append_own(batch, {});
  }

  void load() {
    news_.during([this] { cluster_.elect(log(), 1, Partition::Tail::kKeep); });
    shard();
  }

  void ask_everything() {
    for (const auto& row : list_groups(shard(), GroupFilter({}))) {
      describe_group(shard(), row.group_id, 6);
      const Group* const group = shard().find(row.group_id);
      group->view();
      wire::offset_fetch_request::OffsetFetchRequestGroup all;
      all.group_id = row.group_id;
      all.topics.reset();
      fetch_offsets(shard(), all, 9, Stability::kRequireStable);
    }
  }

  void let_time_go_by() {
    for (const std::int64_t ms : {std::int64_t{0}, std::int64_t{60'000}, kLongTimeMs}) {
      clock_.advance(ms);
      news_.during([this] { timers_.run_due(clock_.monotonic_ms()); });
    }
  }
  void remove_topic() {
    news_.during([this] { ASSERT(cluster_.remove_topic(*cluster_.find_topic("t"))); });
  }

  AllOffsets offsets() {
    AllOffsets all;
    const CommittedOffsets& committed = shard().offsets().committed();
    committed.for_each_group([&](std::string_view group) {
      committed.for_each(group, [&](const CommittedOffsets::Topic& topic, std::int32_t partition,
                                    const CommittedOffset& offset) {
        all[{std::string(group), topic.name, partition}] = offset;
      });
    });
    return all;
  }

 private:
  static ClusterOptions options() {
    ClusterOptions options;
    options.cluster_id = "abcdefghijklmnopqrstuv";
    options.nodes.push_back({.id = 1, .host = "h", .port = 1, .rack = {}});
    options.static_configs = {{"offsets.topic.num.partitions", "1"},
                              {"offsets.topic.replication.factor", "1"}};
    return options;
  }
  Partition& log() { return *cluster_.find_partition("__consumer_offsets", 0); }
  GroupShard& shard() { return **groups_.find(1, "g"); }

  const Profile profile_ = Profile::newest();
  ManualClock clock_;
  Random random_{7};
  MemoryStorage storage_;
  Timers timers_;
  PartitionNews news_;
  Events events_;
  Cluster cluster_{options(),
                   profile_,
                   random_,
                   {.storage = storage_, .clock = clock_, .timers = timers_, .news = &news_}};
  GroupCoordinator groups_{{.profile = profile_,
                            .clock = clock_,
                            .random = random_,
                            .cluster = cluster_,
                            .events = events_},
                           timers_};
};

}  // namespace
}  // namespace understudy::broker

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy::broker;
  LoadedRecords records;
  StepReader reader(data, size);
  Step step;
  for (std::size_t i = 0; i < kStepsMax && reader.next(step); ++i) records.write(step);
  records.load();
  records.ask_everything();
  const AllOffsets loaded = records.offsets();
  records.load();
  ASSERT(records.offsets() == loaded);
  records.let_time_go_by();
  records.remove_topic();
  records.ask_everything();
  const AllOffsets left = records.offsets();
  records.load();
  ASSERT(records.offsets() == left);
  return 0;
}
