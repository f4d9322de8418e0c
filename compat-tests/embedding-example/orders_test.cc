// How a project tests its Kafka code: a cluster in the process, an unmodified client, one lost ack.

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <understudy/cluster.h>

#include <memory>
#include <string>

namespace {

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Producer = std::unique_ptr<rd_kafka_t, Destroy>;

Producer idempotent_producer(const std::string& bootstrap) {
  char why[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), why, sizeof why);
  rd_kafka_conf_set(conf, "enable.idempotence", "true", why, sizeof why);
  rd_kafka_conf_set(conf, "retry.backoff.ms", "1", why, sizeof why);
  Producer producer(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
  EXPECT_NE(producer, nullptr) << why;
  return producer;
}

TEST(Orders, AreStoredOnceAlthoughTheAckWasLost) {
  understudy::Cluster cluster({.nodes = 3});
  cluster.create_topic("orders", {.partitions = 1, .replication_factor = 3});
  understudy::Fault lost_ack = cluster.inject({.seam = understudy::Seam::kAfterAppend,
                                               .match = {.topic = "orders"},
                                               .action = understudy::Action::drop_connection()});

  const Producer producer = idempotent_producer(cluster.bootstrap());
  const std::string text = "one coffee";
  ASSERT_EQ(rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC("orders"),
                              RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_EQ(rd_kafka_flush(producer.get(), 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);

  EXPECT_EQ(lost_ack.hits(), 1u);
  const auto records = cluster.records("orders", 0);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].value, text);
  const auto duplicate = cluster.wait_for_event([](const understudy::Event& event) {
    return event.kind == understudy::Event::Kind::kDuplicate;
  });
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(duplicate->base_offset, 0);
}

}  // namespace
