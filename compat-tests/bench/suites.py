"""What is measured, one function per suite. Each gets a broker that has just started."""
import json
import pathlib
import subprocess
import time

from peers import cpu_seconds, rss_mb
from protocol import CREATE_TOPICS, INIT_PRODUCER_ID, Connection, batch_of_one

KIB, MIB = 1024, 1024 * 1024
# The suites, each with a measure that every broker has which went through it.
NAMES = {"start": "start", "lib": "lib", "latency": "latency 2000/s", "blast": "blast", "consume": "fill 1 GB",
         "connections": "idle connections", "producers": "100,000 producer ids", "topics": "1000 topics x 10", "flat": "flat"}
WARM_UP_SECONDS = 2  # of each of two loads before the raw one: a JVM needs them
# cell: (message bytes, count, partitions)
LIB = {f"{name} x{partitions}": (size, count, partitions) for partitions in (1, 12)
       for name, size, count in (("100 B", 100, 1500000), ("1 KiB", KIB, 400000), ("10 KiB", 10 * KIB, 40000))}
# cell: (batch bytes, message bytes, connections, partitions)
BLAST = {"1 record, c1 p1": (1, 100, 1, 1), "1 record, c64 p12": (1, 100, 64, 12),
         "16 KiB of 100 B, c1 p1": (16 * KIB, 100, 1, 1),
         "16 KiB, c1 p1": (16 * KIB, KIB, 1, 1), "16 KiB, c8 p12": (16 * KIB, KIB, 8, 12), "16 KiB, c64 p12": (16 * KIB, KIB, 64, 12),
         "1 MiB, c1 p1": (MIB, KIB, 1, 1), "1 MiB, c8 p12": (MIB, KIB, 8, 12)}


class Session:
    """A running broker, the programs that load it, and where the measurements go."""

    def __init__(self, running, programs, emit):
        self.running, self.programs, self.emit = running, pathlib.Path(programs), emit
        self.topics_made = {}

    def connect(self, timeout=60):
        connection = Connection(self.running.host, self.running.port, timeout=timeout)
        connection.api_versions()
        return connection

    def topic(self, partitions):
        """A fresh topic that has its leaders. The mock cannot make any, and has them beforehand under these names."""
        number = self.topics_made[partitions] = self.topics_made.get(partitions, -1) + 1
        name = f"p{partitions}-{number}"
        with self.connect() as connection:
            if CREATE_TOPICS in connection.served:
                error = connection.create_topics([name], partitions)[name]
                if error:
                    raise RuntimeError(f"CreateTopics answered {error}")
            for _ in range(1000):
                error, found = connection.metadata([name])[name]
                if error == 0 and len(found) == partitions and all(one == 0 and leader >= 0 for one, leader in found.values()):
                    time.sleep(0.2)  # Kafka names a leader a little before that leader takes writes.
                    return name
                time.sleep(0.01)
            raise RuntimeError(f"topic without leaders after 10 s (error {error}, {len(found)} partitions)")

    def held(self, topic, partitions):
        """The messages that the topic holds, by its offsets."""
        with self.connect() as connection:
            return sum(connection.offsets(topic, partitions, -1)) - sum(connection.offsets(topic, partitions, -2))

    def rss(self):
        return rss_mb(self.running.pid)

    def command(self, program, options):
        command = [str(self.programs / program), "--broker", f"{self.running.host}:{self.running.port}"]
        for name, value in options.items():
            command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return command

    def tool(self, program, limit=150, **options):
        """Runs a program of ours against the broker; what it says, its status, and what it cost the broker."""
        command = self.command(program, options)
        before = cpu_seconds(self.running.pid)
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
        after = cpu_seconds(self.running.pid)
        lines = done.stdout.strip().splitlines()
        try:
            values = json.loads(lines[-1])
        except (IndexError, ValueError):
            raise RuntimeError(f"{program}: status {done.returncode} {(done.stderr or done.stdout).strip()[-200:]}") from None
        values["exit"] = done.returncode
        if before is not None and after is not None:
            values["broker_cpu_s"] = round(after - before, 6)
        values["rss_mb"] = self.rss()
        return values

    def attempt(self, measure, cell, function):
        """A measurement; what goes wrong is a result as well."""
        try:
            values = function()
        except Exception as failure:  # pylint: disable=broad-except
            values = {"error": f"{type(failure).__name__}: {str(failure)[:300]}"}
            if not self.running.is_alive():
                values["error"] += " [the broker ended] " + self.running.last_words()
        self.emit(measure, cell, values)
        return values

    def produce_and_count(self, program, topic, partitions, acknowledged, **options):
        """A produce run, and whether the topic then holds what was acknowledged."""
        values = self.tool(program, topic=topic, partitions=partitions, **options)
        values["held"] = self.held(topic, partitions)
        values["held_right"] = values["held"] == values[acknowledged]
        return values


def measure_start(running, emit):
    """From exec until a record is acknowledged, and what the broker then weighs."""
    try:
        connection, api_versions_s, metadata_s = running.wait()
        with connection:
            topic = "p1-0"
            if CREATE_TOPICS in connection.served:
                connection.create_topics([topic], 1)
            else:
                connection.metadata([topic])
            _, producer_id, epoch = connection.init_producer_id()
            batch = batch_of_one(producer_id, epoch, 0)
            while (error := connection.produce(topic, 0, batch)) != 0:
                if time.perf_counter() > running.began + 60:
                    raise RuntimeError(f"Produce answers {error}")
                time.sleep(0.002)
            produce_s = time.perf_counter() - running.began
        running.find_pid()
        time.sleep(1)
        emit("start", "", {"api_ms": api_versions_s * 1e3, "metadata_ms": metadata_s * 1e3, "produce_ms": produce_s * 1e3,
                           "rss_mb": rss_mb(running.pid)})
    except Exception as failure:  # pylint: disable=broad-except
        emit("start", "", {"error": f"{type(failure).__name__}: {failure}"})


def measure_lib(session):
    for cell, (size, count, partitions) in LIB.items():
        session.attempt("lib", cell, lambda: session.produce_and_count(
            "bench_rdkafka_load", session.topic(partitions), partitions, "ok", mode="produce", size=size, count=count, seconds=4))
    session.attempt("rss loaded", "", lambda: {"rss_mb": session.rss()})


def measure_latency(session):
    paced = {"size": 100, "rate": 2000, "linger": 0}
    for measure, mode, count in (("warm-up", "produce", 6000), ("latency 2000/s", "produce", 8000), ("e2e 2000/s", "e2e", 8000)):
        session.attempt(measure, "", lambda: session.tool(
            "bench_rdkafka_load", mode=mode, topic=session.topic(1), count=count, seconds=15, **paced))


def measure_blast(session):
    for cell, size, connections in (("1 record, c64 p12", 1, 64), ("16 KiB of 100 B, c8 p12", 16 * KIB, 8)):
        session.attempt("cold blast", cell, lambda: session.tool(
            "bench_blaster", topic=session.topic(12), batch=size, message=100, conns=connections, partitions=12,
            seconds=WARM_UP_SECONDS, bytes=3e8))
    for cell, (size, message, connections, partitions) in BLAST.items():
        session.attempt("blast", cell, lambda: session.produce_and_count(
            "bench_blaster", session.topic(partitions), partitions, "messages", batch=size, message=message, conns=connections,
            seconds=1.5, bytes=6e8))


def measure_sink_blast(session):
    for cell, (size, message, connections, partitions) in BLAST.items():
        session.attempt("blast", cell, lambda: session.tool(
            "bench_blaster", canned=True, batch=size, message=message, conns=connections, partitions=partitions, seconds=1.2))


def measure_consume(session):
    topic = session.topic(1)
    filled = session.attempt("fill 1 GB", "", lambda: session.tool(
        "bench_rdkafka_load", mode="produce", topic=topic, size=1000, count=1000000, seconds=30))
    if "error" in filled:
        return
    for turn in ("first time", "second time"):
        session.attempt("consume 1 GB", turn, lambda: session.tool(
            "bench_rdkafka_load", mode="consume", topic=topic, count=filled["ok"], seconds=30))


# One-record requests, by how much there is beside them.
FLAT = {"batch": 1, "message": 100, "seconds": 3}
MANY_CONNECTIONS = (8, 64, 1000, 5000)


def measure_flat(session):
    # First, for what the others leave in memory is no part of it.
    topic = session.topic(12)
    for case in ("an empty log, c8 p12", "a log of 10 GB, c8 p12"):
        session.attempt("flat", case, lambda: session.tool("bench_blaster", topic=topic, partitions=12, conns=8, **FLAT))
        if case.startswith("an"):
            session.attempt("fill 10 GB", "", lambda: session.tool(
                "bench_blaster", topic=topic, partitions=12, conns=8, batch=16 * KIB, message=KIB, seconds=140, bytes=1e10))
    for partitions in (1, 100, 10000):
        topic = session.topic(partitions)
        # A partition's first record makes its files: that is not what is measured.
        session.tool("bench_blaster", topic=topic, batch=1, message=100, partitions=partitions, seconds=60, bytes=400 * partitions)
        session.attempt("flat", f"{partitions:,} partitions, c8", lambda: session.tool(
            "bench_blaster", topic=topic, partitions=partitions, conns=8, **FLAT))
    for connections in MANY_CONNECTIONS:
        session.attempt("flat", f"{connections:,} connections, p12", lambda: session.tool(
            "bench_blaster", topic=session.topic(12), partitions=12, conns=connections, inflight=1, **FLAT))


def measure_sink_flat(session):
    for connections in MANY_CONNECTIONS:
        session.attempt("flat", f"{connections:,} connections, p12", lambda: session.tool(
            "bench_blaster", canned=True, partitions=12, conns=connections, inflight=1, **FLAT))


def hold_idle_connections(session, count, before):
    """before: the memory without any, in MB; what the earlier ones leave is used again."""
    canned = {"canned": True} if session.running.peer.is_sink else {}
    command = session.command("bench_blaster", {"mode": "idle", "count": count} | canned)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        line = holder.stdout.readline()
        time.sleep(0.5)
        after = session.rss()
        holder.stdin.close()
    if not line.startswith("ready"):
        raise RuntimeError("connections were refused or closed")
    return json.loads(line[6:]) | {"rss_before_mb": before, "rss_mb": after, "kib_per_connection": (after - before) * 1024 / count}


def use_producer_ids(session, count):
    before = session.rss()
    values = session.produce_and_count("bench_blaster", session.topic(1), 1, "messages", mode="pids", count=count, message=100,
                                       inflight=20)
    return values | {"rss_before_mb": before, "bytes_per_pid": (values["rss_mb"] - before) * MIB / count}


def make_topics(session, topics, partitions):
    before = session.rss()
    values = session.tool("bench_blaster", mode="topics", count=topics, partitions=partitions)
    time.sleep(1)
    after = session.rss()
    return values | {"rss_mb": after, "kib_per_partition": (after - before) * 1024 / topics / partitions}


def measure_connections(session):
    before = session.rss()
    for count in (1000, 5000):
        session.attempt("idle connections", str(count), lambda: hold_idle_connections(session, count, before))


def measure_producers(session):
    session.attempt("100,000 producer ids", "", lambda: use_producer_ids(session, 100000))


def measure_topics(session):
    session.attempt("1000 topics x 10", "", lambda: make_topics(session, 1000, 10))


SUITES = {"lib": measure_lib, "latency": measure_latency, "blast": measure_blast, "consume": measure_consume,
          "connections": measure_connections, "producers": measure_producers, "topics": measure_topics, "flat": measure_flat}
SINK_SUITES = {"blast": measure_sink_blast, "connections": measure_connections, "flat": measure_sink_flat}


def warm_up(running):
    """Until the broker serves. The first producer id makes Kafka wake its coordinator; that is no part of any figure."""
    with running.wait()[0] as connection:
        if INIT_PRODUCER_ID in connection.served:
            connection.init_producer_id()
    running.find_pid()
