#include "differential/both.h"

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>

#include "support/patience.h"
#include "wire/messages/create_topics.h"

namespace understudy::differential {

namespace {

// Where it lies would be chance.
void place_offsets_topic(support::RawClient& client) {
  constexpr std::int32_t kCoordinator = 2;
  client.ask(
      wire::CreateTopicsRequest{
          .topics = {{.name = "__consumer_offsets",
                      .num_partitions = -1,
                      .replication_factor = -1,
                      .assignments = {{.partition_index = 0, .broker_ids = {kCoordinator}}}}}},
      7);
}

void prepare_node(const std::string& name, support::RawClient& client) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    const auto coordinator = client.ask(wire::FindCoordinatorRequest{.key = "g"}, 3).error_code;
    wire::InitProducerIdRequest request;
    request.transactional_id.reset();
    const auto producer = client.ask(request, 4).error_code;
    if (coordinator == wire::ErrorCode::kNone && producer == wire::ErrorCode::kNone) return;
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error(name + " never had a coordinator and a producer id");
    }
  }
}

}  // namespace

void prepare(const Side& side) {
  for (const support::Address& address : side.nodes) {
    support::RawClient client(address, "differential");
    if (side.nodes.size() > 1) place_offsets_topic(client);
    prepare_node(side.name, client);
  }
}

void delete_a_topic(const Side& side) {
  const std::string name = new_prefix() + "gone";
  Settling settling(side.nodes, side.settles_late, settling_topic(0));
  settling.client().ask(
      wire::CreateTopicsRequest{
          .topics = {{.name = name, .num_partitions = 1, .replication_factor = 1}}},
      7);
  settling.settle();
  settling.remove_topics({name});
  settling.settle();
}

// Always of one length, so that a disturbance by position hits the same byte in every play.
static std::string digits(std::int64_t number, std::size_t count) {
  const std::string text = std::to_string(number);
  return std::string(text.size() < count ? count - text.size() : 0, '0') + text;
}

static const std::string& run_id() {
  static const std::string id = digits(support::now_ms() % 1'000'000'000, 9);
  return id;
}

std::string settling_topic(std::size_t worker) {
  return std::string(kSettlingPrefix) + run_id() + "-" + std::to_string(worker);
}

std::string new_prefix() {
  static std::atomic<int> plays = 0;
  return std::string(kPlayPrefix) + run_id() + "-" + digits(++plays, 7) + "-";
}

Played play_at_both(const Both& both, const Script& script, int worker) {
  const PlayOptions options{.prefix = new_prefix(),
                            .origin_ms = support::now_ms(),
                            .settling_topic = settling_topic(std::size_t(worker))};
  Together together;
  const auto play = [&](const Side& side) {
    Together::Member member(together);
    Player player(side, options);
    player.play(script, 0, script.steps.size(), [&] { member.meet(); });
    player.look_at_logs(script);
    player.clean_up();
    return player.transcript();
  };
  auto theirs = std::async(std::launch::async, [&] { return play(both.theirs); });
  Played played;
  played.ours = play(both.ours);
  played.theirs = theirs.get();
  return played;
}

}  // namespace understudy::differential
