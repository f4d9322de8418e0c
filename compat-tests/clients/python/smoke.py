"""smoke.py HOST:PORT TOPIC MESSAGES PARTITIONS: confluent-kafka produces idempotently and reads back by offset."""
import sys
import time

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PATIENCE_SECONDS = 60


def check(holds, otherwise):
    if not holds:
        sys.exit("python: " + otherwise)


def produce(bootstrap, topic, messages, partitions):
    # A small batch limit makes a sequence of batches out of what would be a few.
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "batch.num.messages": 50})
    reports = []
    for n in range(messages):
        producer.produce(topic, f"message {n}", str(n), n % partitions,
                         on_delivery=lambda error, message: reports.append((error, message)))
    left = producer.flush(PATIENCE_SECONDS)
    check(left == 0, f"{left} messages were not acknowledged")
    for error, message in reports:
        check(error is None, f"{message.key()} was refused: {error}")
        check(message.offset() == int(message.key()) // partitions, f"{message.key()} is at offset {message.offset()}")
    check(len(reports) == messages, f"{len(reports)} delivery reports for {messages} messages")


def read_back(bootstrap, topic, messages, partitions):
    # The library insists on a group.id, but with assign() and no commit the group is never joined.
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    for p in range(partitions):
        ends = consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=PATIENCE_SECONDS)
        expected = len(range(p, messages, partitions))
        check(ends == (0, expected), f"partition {p} reaches over {ends} and not to {expected}")
    following = [0] * partitions
    deadline = time.monotonic() + PATIENCE_SECONDS
    while sum(following) < messages:
        check(time.monotonic() < deadline, f"only {sum(following)} messages came back")
        message = consumer.poll(1)
        if message is None:
            continue
        check(message.error() is None, f"consuming failed: {message.error()}")
        p = message.partition()
        n = following[p] * partitions + p
        got = (message.offset(), message.key(), message.value())
        expected = (following[p], str(n).encode(), f"message {n}".encode())
        check(got == expected, f"partition {p}: expected {expected}, got {got}")
        following[p] += 1
    consumer.close()


def main():
    bootstrap, topic, messages, partitions = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(PATIENCE_SECONDS)
    produce(bootstrap, topic, messages, partitions)
    read_back(bootstrap, topic, messages, partitions)
    admin.delete_topics([topic])[topic].result(PATIENCE_SECONDS)
    print(f"ok: confluent-kafka {confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]}): "
          f"{messages} messages in {partitions} partitions, each exactly once and in order")


main()
