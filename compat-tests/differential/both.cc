#include "differential/both.h"

#include <chrono>
#include <future>

namespace understudy::differential {

std::int64_t now_ms() {
  using std::chrono::milliseconds, std::chrono::system_clock;
  return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string new_prefix() {
  static const std::string run = std::to_string(now_ms() % 1'000'000'000);
  static std::atomic<int> plays = 0;
  return std::string(kPlayPrefix) + run + "-" + std::to_string(++plays) + "-";
}

Played play_at_both(const Both& both, const Script& script, int worker) {
  const PlayOptions options{
      .prefix = new_prefix(),
      .origin_ms = now_ms(),
      .settling_topic = std::string(kSettlingPrefix) + std::to_string(worker)};
  const auto play = [&](const Side& side) {
    Player player(side, options);
    player.play(script, 0, script.steps.size());
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
