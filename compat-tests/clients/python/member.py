"""One member of a group, with confluent-kafka: see ../groups/README.md."""
import os
import signal
import sys
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

POLL_SECONDS = 0.1


def say(*words):
    print(*words, flush=True)


def settings(env):
    conf = {"bootstrap.servers": env["MEMBER_BOOTSTRAP"], "group.id": env["MEMBER_GROUP"], "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "group.protocol": env["MEMBER_PROTOCOL"], "reconnect.backoff.max.ms": 500}
    if env["MEMBER_PROTOCOL"] == "classic":
        conf["session.timeout.ms"] = int(env["MEMBER_SESSION_MS"])
        conf["heartbeat.interval.ms"] = int(env["MEMBER_HEARTBEAT_MS"])
    if env["MEMBER_INSTANCE"]:
        conf["group.instance.id"] = env["MEMBER_INSTANCE"]
    return conf


class Member:
    def __init__(self, env):
        self.consumer, self.topic = Consumer(settings(env)), env["MEMBER_TOPIC"]
        self.assign = [int(p) for p in env["MEMBER_ASSIGN"].split(",") if p]
        self.commit_seconds = int(env["MEMBER_COMMIT_MS"]) / 1000
        self.owned, self.going = set(), True
        signal.signal(signal.SIGTERM, self.leave)

    def leave(self, *_):
        self.going = False

    def gained(self, _, partitions):
        self.owned |= {p.partition for p in partitions}
        say("assigned", *sorted(self.owned))

    def given_up(self, consumer, partitions):
        self.commit()
        self.lost(consumer, partitions)

    def lost(self, _, partitions):
        self.owned -= {p.partition for p in partitions}
        say("assigned", *sorted(self.owned))

    def commit(self):
        try:
            for p in self.consumer.commit(asynchronous=False):
                if p.error:
                    print(p.error, file=sys.stderr)
                elif p.offset >= 0:
                    say("committed", p.partition, p.offset)
        except KafkaException as error:
            if error.args[0].code() != KafkaError._NO_OFFSET:
                print(error, file=sys.stderr)

    def start(self):
        if self.assign:
            self.consumer.assign([TopicPartition(self.topic, p) for p in self.assign])
        else:
            self.consumer.subscribe([self.topic], on_assign=self.gained, on_revoke=self.given_up, on_lost=self.lost)

    def run(self):
        self.start()
        next_commit = time.monotonic() + self.commit_seconds
        while self.going:
            message = self.consumer.poll(POLL_SECONDS)
            if message and message.error():
                print(message.error(), file=sys.stderr)
            elif message:
                say("record", message.partition(), message.offset(), message.value().decode())
            if time.monotonic() >= next_commit:
                self.commit()
                next_commit = time.monotonic() + self.commit_seconds
        self.commit()
        self.consumer.close()


Member(os.environ).run()
