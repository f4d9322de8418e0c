"""A steady stream of numbered records into a topic, by kcat's idempotent producer, which outlives a restart of the broker."""
import subprocess
import threading
import time

from members import Failure

INTERVAL_SECONDS = 0.02
FINISH_SECONDS = 60


class Stream:
    """Record n has the key and the value n; kcat's partitioner spreads the keys over the partitions."""

    def __init__(self, address, topic, log, first=0):
        self.sent, self.going = first, True
        self.kcat = subprocess.Popen(
            ["kcat", "-P", "-E", "-b", address, "-t", topic, "-K", ":", "-X", "enable.idempotence=true",
             "-X", "linger.ms=5", "-X", "reconnect.backoff.max.ms=500", "-X", "message.timeout.ms=60000"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=open(log, "ab"), text=True)
        self.writer = threading.Thread(target=self.write, daemon=True)
        self.writer.start()

    def write(self):
        while self.going:
            self.send(1)
            time.sleep(INTERVAL_SECONDS)

    def send(self, count):
        for _ in range(count):
            self.kcat.stdin.write(f"{self.sent}:{self.sent}\n")
            self.sent += 1
        self.kcat.stdin.flush()

    def finish(self):
        """Waits until everything is acknowledged, and returns how many records there are."""
        self.going = False
        self.writer.join()
        self.kcat.stdin.close()
        try:
            status = self.kcat.wait(FINISH_SECONDS)
        except subprocess.TimeoutExpired:
            self.kcat.kill()
            raise Failure("kcat could not deliver the stream of records") from None
        if status:
            raise Failure(f"kcat, which sends the stream of records, ended with status {status}")
        return self.sent

    def kill(self):
        self.going = False
        self.kcat.kill()
        self.kcat.wait()
