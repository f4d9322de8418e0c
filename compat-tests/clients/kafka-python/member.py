"""One member of a group, with kafka-python: see ../groups/README.md."""
import os
import signal
import sys
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

POLL_MS = 100


def say(*words):
    print(*words, flush=True)


def settings(env):
    return {
        "bootstrap_servers": env["MEMBER_BOOTSTRAP"], "group_id": env["MEMBER_GROUP"], "enable_auto_commit": False,
        "auto_offset_reset": "earliest", "session_timeout_ms": int(env["MEMBER_SESSION_MS"]),
        "heartbeat_interval_ms": int(env["MEMBER_HEARTBEAT_MS"]), "group_instance_id": env["MEMBER_INSTANCE"] or None}


class Member(ConsumerRebalanceListener):
    def __init__(self, env):
        self.consumer, self.topic = KafkaConsumer(**settings(env)), env["MEMBER_TOPIC"]
        self.assign = [int(p) for p in env["MEMBER_ASSIGN"].split(",") if p]
        self.commit_seconds = int(env["MEMBER_COMMIT_MS"]) / 1000
        # What the member owns, and of that what is read and not committed.
        self.owned, self.uncommitted, self.going = set(), {}, True
        signal.signal(signal.SIGTERM, self.leave)

    def leave(self, *_):
        self.going = False

    def on_partitions_assigned(self, assigned):
        self.owned |= {p.partition for p in assigned}
        say("assigned", *sorted(self.owned))

    # The client may not be waited for in here, so what is not committed yet is read again by the next owner.
    def on_partitions_revoked(self, revoked):
        for p in revoked:
            self.owned.discard(p.partition)
            self.uncommitted.pop(p, None)
        say("assigned", *sorted(self.owned))

    def commit(self):
        if not self.uncommitted:
            return
        try:
            self.consumer.commit(self.uncommitted)
        except KafkaError as error:
            print("commit:", error, file=sys.stderr)
            return
        for p, next_offset in self.uncommitted.items():
            say("committed", p.partition, next_offset.offset)
        self.uncommitted = {}

    def read(self):
        for p, records in self.consumer.poll(timeout_ms=POLL_MS).items():
            for record in records:
                say("record", record.partition, record.offset, record.value.decode())
                self.uncommitted[p] = OffsetAndMetadata(record.offset + 1, "", -1)

    def run(self):
        if self.assign:
            self.consumer.assign([TopicPartition(self.topic, p) for p in self.assign])
        else:
            self.consumer.subscribe([self.topic], listener=self)
        next_commit = time.monotonic() + self.commit_seconds
        while self.going:
            self.read()
            if time.monotonic() >= next_commit:
                self.commit()
                next_commit = time.monotonic() + self.commit_seconds
        self.commit()
        self.consumer.close()


Member(os.environ).run()
