// Classic groups under members that do what they like: nobody is forgotten, and the group keeps
// making sense.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "broker/group/testing/classic_fixture.h"

namespace understudy::broker {
namespace {

enum class Disk { kWorks, kFails };

class ClassicRandom : public ClassicTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  struct Client {
    std::string id;
    std::int32_t generation = -1;
    std::optional<std::string> instance;
    Asked<wire::JoinGroupResponse>* joining = nullptr;
  };

  explicit ClassicRandom(const GroupTestOptions& options = {}) : ClassicTest(options) {
    for (int i = 0; i < 8; ++i) {
      clients_.push_back(
          {.instance = i < 3 ? std::optional("i" + std::to_string(i / 2)) : std::nullopt});
    }
  }

  void play(Disk disk, int steps) {
    for (int step = 0; step < steps; ++step) {
      act(clients_[draw_.below(clients_.size())]);
      if (draw_.below(10) == 0) happen(disk);
      look();
      if (HasFatalFailure()) return;
    }
  }

  // Then all fall silent.
  void end() {
    storage.fail(false);
    news.during([&] { offsets_partition().release_replication(); });
    advance(700'000);
    EXPECT_EQ(state(), "Empty");
    for (const auto* const asked : joins_)
      EXPECT_TRUE(asked->is_answered() || asked->got_nothing());
    for (const auto* const asked : syncs_)
      EXPECT_TRUE(asked->is_answered() || asked->got_nothing());
    ASSERT_TRUE(timers.next_deadline_ms());
    EXPECT_GE(*timers.next_deadline_ms(), kNextLookAtOffsetsMs) << "nothing else is left";
  }

  // A round that is under way ends, if it can.
  void settle() {
    news.during([&] { offsets_partition().release_replication(); });
    if (state() == "PreparingRebalance") advance(5'000);
    if (state() != "CompletingRebalance") return;
    const std::string leader = group().leader_id();
    sync({.id = leader,
          .generation = group().generation(),
          .assignments = {{leader, "all"}},
          .name = group().protocol_name()});
    EXPECT_EQ(state(), "Stable");
  }

  void expect_the_same_after_a_reload() {
    settle();
    if (state() == "PreparingRebalance") return;
    const std::string before = described();
    if (state() == "Stable") ++stable_reloads_;
    reload();
    EXPECT_EQ(described(), before);
  }

  Random draw_{GetParam()};
  int stable_reloads_ = 0;

 private:
  void act(Client& client) {
    notice_answer(client);
    switch (draw_.below(8)) {
      case 0:
      case 1:
      case 2:
        return ask_to_join(client);
      case 3:
      case 4:
        return ask_to_sync(client);
      case 5:
        return send_heartbeat_of(client);
      case 6:
        if (draw_.below(4) == 0) leave({{.id = client.id, .instance = client.instance}});
        return;
      default:
        return advance(static_cast<std::int64_t>(draw_.below(3'000)));
    }
  }

  void send_heartbeat_of(Client& client) {
    const auto& asked = send_heartbeat(client.id, client.generation, client.instance);
    if (asked.is_answered()) answered(client, asked.error());
  }

  void happen(Disk disk) {
    switch (draw_.below(4)) {
      case 0:
        return offsets_partition().hold_replication();
      case 1:
        return news.during([&] { offsets_partition().release_replication(); });
      case 2:
        if (disk == Disk::kFails) storage.fail(draw_.below(2) == 0);
        return;
      default:
        if (disk == Disk::kFails && draw_.below(3) == 0) reload();
        return;
    }
  }

  void ask_to_join(Client& client) {
    const bool is_changed = draw_.below(4) == 0;
    auto& asked = join({.id = client.id,
                        .instance = client.instance,
                        .protocols = {{"range", is_changed ? "x" : "m"}, {"sticky", "m"}},
                        .session_ms = 6'000 + static_cast<std::int32_t>(draw_.below(6'000)),
                        .rebalance_ms = 5'000,
                        .version = static_cast<wire::Version>(5 + draw_.below(5))});
    joins_.push_back(&asked);
    client.joining = &asked;
    notice_answer(client);
  }

  void ask_to_sync(Client& client) {
    std::map<std::string, std::string> assignments;
    if (has_group()) {
      for (const auto& [id, member] : group().members()) assignments[id] = "of " + id;
    }
    syncs_.push_back(&sync({.id = client.id,
                            .generation = client.generation,
                            .assignments = std::move(assignments),
                            .instance = client.instance,
                            .name = has_group() ? group().protocol_name().value_or("range") : ""}));
    if (syncs_.back()->is_answered()) answered(client, syncs_.back()->error());
  }

  void notice_answer(Client& client) {
    if (client.joining == nullptr || !client.joining->is_answered()) return;
    const auto& answer = client.joining->answer();
    client.joining = nullptr;
    if (answer.error_code == wire::ErrorCode::kNone ||
        answer.error_code == wire::ErrorCode::kMemberIdRequired) {
      client.id = answer.member_id;
      client.generation = answer.generation_id;
    }
    answered(client, answer.error_code);
  }

  static void answered(Client& client, wire::ErrorCode error) {
    const bool is_unknown =
        error == wire::ErrorCode::kUnknownMemberId || error == wire::ErrorCode::kFencedInstanceId;
    if (is_unknown) client.id.clear();
  }

  void look() {
    if (!has_group()) return;
    const ClassicGroup& one = group();
    std::size_t waiting = 0;
    std::size_t syncing = 0;
    for (const auto& [id, member] : one.members()) {
      waiting += member.join.is_waiting() ? 1 : 0;
      syncing += member.sync.is_waiting() ? 1 : 0;
      if (member.instance_id) {
        ASSERT_EQ(*one.find_static(*member.instance_id), id);
      }
      if (one.protocol_name() && !one.is(ClassicState::kPreparingRebalance)) {
        ASSERT_TRUE(member.supports(*one.protocol_name()));
      }
    }
    ASSERT_EQ(waiting, one.awaiting_join_count());
    ASSERT_EQ(one.has_members(), !one.leader_id().empty());
    ASSERT_TRUE(!one.has_members() || one.members().contains(one.leader_id()));
    ASSERT_FALSE(one.is(ClassicState::kEmpty) && one.has_members());
    const bool is_completing = one.is(ClassicState::kCompletingRebalance);
    ASSERT_EQ(is_completing ? waiting : syncing, 0u);
    ASSERT_LE(waiting, static_cast<std::size_t>(shard().config().group_max_size));
  }

  std::vector<Client> clients_;
  std::vector<const Asked<wire::JoinGroupResponse>*> joins_;
  std::vector<const Asked<wire::SyncGroupResponse>*> syncs_;
};

// Room for six of the eight.
class CrowdedClassicRandom : public ClassicRandom {
 protected:
  CrowdedClassicRandom() : ClassicRandom({.properties = {{"group.max.size", "6"}}}) {}
};

TEST_P(CrowdedClassicRandom, NobodyIsForgotten) {
  join({});
  play(Disk::kFails, 600);
  join({});
  end();
}

TEST_P(ClassicRandom, ALoadFindsWhatThereWas) {
  join({});
  for (int round = 0; round < 20; ++round) {
    play(Disk::kWorks, 30);
    expect_the_same_after_a_reload();
  }
  EXPECT_GT(stable_reloads_, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrowdedClassicRandom, ::testing::Range<std::uint64_t>(1, 41));
INSTANTIATE_TEST_SUITE_P(Seeds, ClassicRandom, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace understudy::broker
