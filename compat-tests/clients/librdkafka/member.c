// One member of a group, with librdkafka's C interface: see ../groups/README.md. Its assignor is the cooperative one, which has
// the interface of its own that KIP-848 uses as well; kcat and the crate rdkafka use the other one.
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kPollMs = 100, kPartitionsMax = 64 };

static volatile sig_atomic_t leaves = 0;
static int is_owned[kPartitionsMax];

static void leave(int signal_number) {
  (void)signal_number;
  leaves = 1;
}

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
    fprintf(stderr, "%s\n", error);
    exit(1);
  }
}

static void own(const rd_kafka_topic_partition_list_t *partitions, int value) {
  for (int i = 0; i < partitions->cnt; ++i) is_owned[partitions->elems[i].partition] = value;
  printf("assigned");
  for (int p = 0; p < kPartitionsMax; ++p) {
    if (is_owned[p]) printf(" %d", p);
  }
  printf("\n");
}

static void commit(rd_kafka_t *consumer) {
  // What came of it, said_committed() is told.
  const rd_kafka_resp_err_t error = rd_kafka_commit(consumer, NULL, 0);
  if (error && error != RD_KAFKA_RESP_ERR__NO_OFFSET) fprintf(stderr, "commit: %s\n", rd_kafka_err2str(error));
}

static void say_committed(rd_kafka_t *consumer, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t *offsets,
                          void *opaque) {
  (void)consumer;
  (void)opaque;
  if (error || !offsets) return;
  for (int i = 0; i < offsets->cnt; ++i) {
    const rd_kafka_topic_partition_t *p = &offsets->elems[i];
    if (!p->err && p->offset >= 0) printf("committed %d %lld\n", p->partition, (long long)p->offset);
  }
}

static void check(rd_kafka_error_t *error) {
  if (!error) return;
  fprintf(stderr, "%s\n", rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
}

static void rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t *partitions,
                      void *opaque) {
  (void)opaque;
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    check(rd_kafka_incremental_assign(consumer, partitions));
    own(partitions, 1);
    return;
  }
  if (!rd_kafka_assignment_lost(consumer)) commit(consumer);
  check(rd_kafka_incremental_unassign(consumer, partitions));
  own(partitions, 0);
}

static rd_kafka_conf_t *configuration(void) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", setting("MEMBER_BOOTSTRAP"));
  set(conf, "group.id", setting("MEMBER_GROUP"));
  set(conf, "enable.auto.commit", "false");
  set(conf, "auto.offset.reset", "earliest");
  set(conf, "reconnect.backoff.max.ms", "500");
  if (strcmp(setting("MEMBER_PROTOCOL"), "classic") == 0) {
    set(conf, "partition.assignment.strategy", "cooperative-sticky");
    set(conf, "session.timeout.ms", setting("MEMBER_SESSION_MS"));
    set(conf, "heartbeat.interval.ms", setting("MEMBER_HEARTBEAT_MS"));
  } else {
    set(conf, "group.protocol", setting("MEMBER_PROTOCOL"));
  }
  if (*setting("MEMBER_INSTANCE")) set(conf, "group.instance.id", setting("MEMBER_INSTANCE"));
  rd_kafka_conf_set_rebalance_cb(conf, rebalance);
  rd_kafka_conf_set_offset_commit_cb(conf, say_committed);
  return conf;
}

static void start(rd_kafka_t *consumer) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  char *words = strdup(setting("MEMBER_ASSIGN"));
  rd_kafka_resp_err_t error;
  if (*words) {
    for (const char *word = strtok(words, ","); word; word = strtok(NULL, ",")) {
      rd_kafka_topic_partition_list_add(list, setting("MEMBER_TOPIC"), atoi(word));
    }
    error = rd_kafka_assign(consumer, list);
  } else {
    rd_kafka_topic_partition_list_add(list, setting("MEMBER_TOPIC"), RD_KAFKA_PARTITION_UA);
    error = rd_kafka_subscribe(consumer, list);
  }
  if (error) {
    fprintf(stderr, "%s\n", rd_kafka_err2str(error));
    exit(1);
  }
  free(words);
  rd_kafka_topic_partition_list_destroy(list);
}

static void read_one(rd_kafka_t *consumer) {
  rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, kPollMs);
  if (!message) return;
  if (message->err) {
    fprintf(stderr, "%s\n", rd_kafka_message_errstr(message));
  } else {
    printf("record %d %lld %.*s\n", message->partition, (long long)message->offset, (int)message->len,
           (const char *)message->payload);
  }
  rd_kafka_message_destroy(message);
}

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int main(void) {
  char error[512];
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGTERM, leave);
  rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, configuration(), error, sizeof error);
  if (!consumer) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  rd_kafka_poll_set_consumer(consumer);
  start(consumer);
  const long long commit_ms = atoll(setting("MEMBER_COMMIT_MS"));
  long long next_commit_ms = now_ms() + commit_ms;
  while (!leaves) {
    read_one(consumer);
    if (now_ms() < next_commit_ms) continue;
    commit(consumer);
    next_commit_ms = now_ms() + commit_ms;
  }
  commit(consumer);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return 0;
}
