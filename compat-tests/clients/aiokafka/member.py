"""One member of a group, with aiokafka: see ../groups/README.md."""
import asyncio
import os
import signal
import sys
import time

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

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
        self.consumer, self.topic = AIOKafkaConsumer(**settings(env)), env["MEMBER_TOPIC"]
        self.assign = [int(p) for p in env["MEMBER_ASSIGN"].split(",") if p]
        self.commit_seconds = int(env["MEMBER_COMMIT_MS"]) / 1000
        self.uncommitted, self.going = {}, True

    def leave(self):
        self.going = False

    def on_partitions_assigned(self, assigned):
        say("assigned", *sorted(p.partition for p in assigned))

    async def on_partitions_revoked(self, revoked):
        await self.commit()
        for p in revoked:
            self.uncommitted.pop(p, None)
        say("assigned")

    async def commit(self):
        committing, self.uncommitted = self.uncommitted, {}
        if not committing:
            return
        try:
            await self.consumer.commit(committing)
        except KafkaError as error:
            print("commit:", error, file=sys.stderr)
            self.uncommitted = {**committing, **self.uncommitted}
            return
        for p, next_offset in committing.items():
            say("committed", p.partition, next_offset)

    async def read(self):
        for p, records in (await self.consumer.getmany(timeout_ms=POLL_MS)).items():
            for record in records:
                say("record", record.partition, record.offset, record.value.decode())
                self.uncommitted[p] = record.offset + 1

    async def run(self):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.leave)
        if self.assign:
            self.consumer.assign([TopicPartition(self.topic, p) for p in self.assign])
        else:
            self.consumer.subscribe([self.topic], listener=self)
        await self.consumer.start()
        next_commit = time.monotonic() + self.commit_seconds
        while self.going:
            await self.read()
            if time.monotonic() >= next_commit:
                await self.commit()
                next_commit = time.monotonic() + self.commit_seconds
        await self.commit()
        await self.consumer.stop()


async def main():
    await Member(os.environ).run()  # Made in here, because the client wants a running loop.


asyncio.run(main())
