// bench_mock_cluster [N]: librdkafka's mock cluster as a process. One broker on a free port of
// 127.0.0.1, which the first line on stdout names; topics p1-0 to p1-(N-1) with one partition and
// p12-0 to p12-(N-1) with twelve. The mock drops all but the newest 5 MB of a partition and checks
// nothing of a producer's sequences: it shows what a client can reach, not what a broker costs.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  const int topics = argc > 1 ? std::atoi(argv[1]) : 100;
  // librdkafka's threads inherit this.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);

  std::array<char, 512> reason{};
  rd_kafka_t* client =
      rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason.data(), reason.size());
  rd_kafka_mock_cluster_t* mock =
      client != nullptr ? rd_kafka_mock_cluster_new(client, 1) : nullptr;
  if (mock == nullptr) {
    std::fprintf(stderr, "bench_mock_cluster: no mock cluster: %s\n", reason.data());
    return 1;
  }
  for (int i = 0; i < topics; ++i) {
    for (const int partitions : {1, 12}) {
      const std::string name = "p" + std::to_string(partitions) + "-" + std::to_string(i);
      rd_kafka_mock_topic_create(mock, name.c_str(), partitions, 1);
    }
  }
  std::printf("%s librdkafka %s\n", rd_kafka_mock_cluster_bootstraps(mock), rd_kafka_version_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}
