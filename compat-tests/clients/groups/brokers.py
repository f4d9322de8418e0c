"""A broker that the driver starts, kills and starts again on the same data and the same port."""
import os
import pathlib
import select
import signal
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[3]
START_SECONDS = 120

# What both brokers are told. Sessions may be short, so that nobody waits long for a member that died; few partitions of
# __consumer_offsets, because Apache Kafka makes a directory for each.
OVERRIDES = {
    "group.min.session.timeout.ms": 1000,
    "group.consumer.min.session.timeout.ms": 1000,
    "group.consumer.min.heartbeat.interval.ms": 100,
    "group.consumer.heartbeat.interval.ms": 500,
    "group.initial.rebalance.delay.ms": 0,
    "offsets.topic.num.partitions": 3,
}


class StartFailed(Exception):
    pass


class Broker:
    """One node on 127.0.0.1. Its log grows in folder/broker.log over all of its lives."""

    def __init__(self, folder):
        self.folder, self.address, self.process = pathlib.Path(folder), None, None

    def command(self, port):
        raise NotImplementedError

    def start(self):
        port = self.address.rsplit(":", 1)[1] if self.address else "0"
        with open(self.folder / "broker.log", "ab") as log:
            self.process = subprocess.Popen(self.command(port), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                            start_new_session=True, env=self.environment())
        self.address = self.first_line()

    def environment(self):
        return os.environ

    def first_line(self):
        """The address is the first line of the output; no more lines follow that would have to be read."""
        deadline = time.monotonic() + START_SECONDS
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            more = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not more:
                self.kill()
                raise StartFailed(f"the broker named no address; its log: {self.folder / 'broker.log'}")
            line += more
        return line.decode().strip()

    def kill(self):
        """kill -9 of all that belongs to it: Apache Kafka's script and its JVM are one process group."""
        self.signal(signal.SIGKILL)

    def stop(self):
        if self.process:
            self.signal(signal.SIGTERM)

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.process = None


def overrides():
    return [part for key, value in OVERRIDES.items() for part in ("--override", f"{key}={value}")]


class Understudy(Broker):
    program = os.environ.get("UNDERSTUDY", str(TOP / "build/release/broker/understudy"))

    def command(self, port):
        return [self.program, "--listen", f"127.0.0.1:{port}", "--print-bootstrap", "--data-dir", str(self.folder / "data"),
                *overrides()]


class Kafka(Broker):
    """Apache Kafka, by scripts/kafka."""

    def command(self, port):
        return [str(TOP / "scripts/kafka"), "start", "--port", port, "--data-dir", str(self.folder / "data"), *overrides()]

    def environment(self):
        # What the script makes for itself lies in the job's folder, so that a kill leaves nothing behind.
        return {**os.environ, "TMPDIR": str(self.folder), "KAFKA_HEAP": os.environ.get("KAFKA_HEAP", "256m")}
